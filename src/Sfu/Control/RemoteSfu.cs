using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Polly;
using Polly.CircuitBreaker;
using Polly.Retry;
using Polly.Timeout;

namespace RtcHub.Sfu.Control;

/// <summary>
/// A media service on another machine. A request that gets no answer is sent again, under the same key, which makes that safe;
/// when the service does not answer at all, requests are refused at once for a while instead of waiting each.
/// </summary>
internal sealed class RemoteSfu(HttpClient http, RemoteEvents events, TimeProvider time) : ISfu, IDisposable
{
    /// <summary>For one try; the service does its work in milliseconds.</summary>
    public static readonly TimeSpan TryTimeout = TimeSpan.FromSeconds(2);

    /// <summary>How long requests are refused at once before one is let through to see.</summary>
    public static readonly TimeSpan Break = TimeSpan.FromSeconds(2);

    private static readonly SfuJson Json = SfuJson.Default;
    private readonly ResiliencePipeline<Reply> _pipeline = Pipeline(time);

    public Task<TransportAnswer> ConnectAsync(ConnectRequest request, CancellationToken cancel = default) =>
        GetAsync(HttpMethod.Post, "transports", Body(request, Json.ConnectRequest), Json.TransportAnswer, cancel);

    public Task<TransportOffer> SubscribeAsync(SubscribeRequest request, CancellationToken cancel = default) =>
        GetAsync(HttpMethod.Post, "offers", Body(request, Json.SubscribeRequest), Json.TransportOffer, cancel);

    public Task AnswerAsync(string transport, string sdp, CancellationToken cancel = default) =>
        SendAsync(HttpMethod.Put, $"transports/{Escape(transport)}/answer", Body(new SdpBody(sdp), Json.SdpBody), cancel);

    public Task AssignAsync(string transport, IReadOnlyList<SlotAssignment> slots, CancellationToken cancel = default) =>
        SendAsync(HttpMethod.Patch, $"transports/{Escape(transport)}/slots", Body(new SlotsBody(slots), Json.SlotsBody), cancel);

    public async Task<IceRestart?> TrickleAsync(string transport, string fragment, CancellationToken cancel = default)
    {
        var reply = await SendAsync(HttpMethod.Patch, $"transports/{Escape(transport)}/ice", Body(new FragmentBody(fragment), Json.FragmentBody), cancel);
        return reply.Json.IsEmpty ? null : Read(reply, Json.IceRestart);
    }

    public Task MuteAsync(string track, bool muted, CancellationToken cancel = default) =>
        SendAsync(HttpMethod.Put, $"tracks/muted?id={Escape(track)}", Body(new MutedBody(muted), Json.MutedBody), cancel);

    public Task CloseAsync(string transport, CancellationToken cancel = default) => SendAsync(HttpMethod.Delete, $"transports/{Escape(transport)}", body: null, cancel);

    public Task CloseRoomAsync(string room, CancellationToken cancel = default) => SendAsync(HttpMethod.Delete, $"rooms?id={Escape(room)}", body: null, cancel);

    public async Task<SfuRoom?> GetRoomAsync(string room, CancellationToken cancel = default)
    {
        try
        {
            return await GetAsync(HttpMethod.Get, $"rooms?id={Escape(room)}", body: null, Json.SfuRoom, cancel);
        }
        catch (SfuException nobody) when (nobody.Error == SfuError.NotFound)
        {
            return null;
        }
    }

    public Task<SfuStatus> GetStatusAsync(CancellationToken cancel = default) => GetAsync(HttpMethod.Get, "status", body: null, Json.SfuStatus, cancel);

    public IAsyncEnumerable<SfuEvent> EventsAsync(CancellationToken cancel = default) => events.ListenAsync(cancel);

    public void Dispose() => http.Dispose();

    private async Task<T> GetAsync<T>(HttpMethod method, string path, byte[]? body, JsonTypeInfo<T> type, CancellationToken cancel) =>
        Read(await SendAsync(method, path, body, cancel), type);

    private async Task<Reply> SendAsync(HttpMethod method, string path, byte[]? body, CancellationToken cancel)
    {
        var key = Guid.NewGuid().ToString("N");
        Reply reply;
        try
        {
            reply = await _pipeline.ExecuteAsync(async cancelTry => await TryAsync(method, path, body, key, cancelTry), cancel);
        }
        catch (Exception silence) when (silence is HttpRequestException or TimeoutRejectedException or BrokenCircuitException or ObjectDisposedException)
        {
            throw new SfuException(SfuError.Unavailable, "The media service does not answer.", silence);
        }

        if (reply.IsSuccess) return reply;
        var (error, message) = Read(reply, Json.ErrorBody);
        throw new SfuException(error, message);
    }

    private async Task<Reply> TryAsync(HttpMethod method, string path, byte[]? body, string key, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(method, path);
        request.Headers.Add(SfuEndpoints.IdempotencyKey, key);
        if (body is not null) request.Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        using var response = await http.SendAsync(request, cancel);
        return new Reply((int)response.StatusCode, await response.Content.ReadAsByteArrayAsync(cancel));
    }

    private T Read<T>(Reply reply, JsonTypeInfo<T> type)
    {
        try
        {
            return JsonSerializer.Deserialize(reply.Json.Span, type) ?? throw new JsonException("It is null.");
        }
        catch (JsonException wrong)
        {
            throw new SfuException(SfuError.Unavailable, $"What answers at {http.BaseAddress} with {reply.Status} is no media service of this version.", wrong);
        }
    }

    private static byte[] Body<T>(T value, JsonTypeInfo<T> type) => JsonSerializer.SerializeToUtf8Bytes(value, type);

    private static string Escape(string id) => Uri.EscapeDataString(id);

    // Refusals are answers: neither repeated nor counted.
    private static ResiliencePipeline<Reply> Pipeline(TimeProvider time)
    {
        var silence = new PredicateBuilder<Reply>().Handle<HttpRequestException>().Handle<TimeoutRejectedException>()
            .HandleResult(reply => reply.Status is StatusCodes.Status502BadGateway or StatusCodes.Status503ServiceUnavailable or StatusCodes.Status504GatewayTimeout);
        return new ResiliencePipelineBuilder<Reply> { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions<Reply>
            {
                ShouldHandle = silence,
                MaxRetryAttempts = 2,
                BackoffType = DelayBackoffType.Exponential,
                Delay = TimeSpan.FromMilliseconds(100),
                UseJitter = true,
            })
            .AddCircuitBreaker(new CircuitBreakerStrategyOptions<Reply>
            {
                ShouldHandle = silence,
                FailureRatio = 0.5,
                MinimumThroughput = 3,
                SamplingDuration = TimeSpan.FromSeconds(10),
                BreakDuration = Break,
            })
            .AddTimeout(TryTimeout)
            .Build();
    }
}
