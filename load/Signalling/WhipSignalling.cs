using System.Net;
using System.Net.Http.Headers;
using System.Text;
using RtcHub.Load.Clients;

namespace RtcHub.Load.Signalling;

/// <summary>
/// WHIP to publish (RFC 9725) and WHEP to view, at the paths of RtcHub: <c>/whip/ROOM</c>, <c>/whep/ROOM</c>.
/// </summary>
internal sealed class WhipSignalling(Uri server, string? token) : ISignalling
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromMilliseconds(200);

    private readonly HttpClient _http = new(new SocketsHttpHandler { PooledConnectionIdleTimeout = TimeSpan.FromMinutes(5) }) { BaseAddress = server, Timeout = TimeSpan.FromSeconds(30) };
    private readonly List<Uri> _resources = [];
    private readonly string _prefix = $"load-{Environment.ProcessId}-";

    public async Task PublishAsync(int room, Publisher publisher, CancellationToken cancel)
    {
        var answer = RemoteSdp.Parse(await PostAsync($"/whip/{_prefix}{room}", LocalSdp.Offer(publisher), cancel));
        publisher.Extensions = LocalSdp.ExtensionsOf(answer);
        await publisher.ConnectAsync(answer);
    }

    public async Task SubscribeAsync(int room, Viewer viewer, CancellationToken cancel) =>
        await viewer.ConnectAsync(RemoteSdp.Parse(await PostAsync($"/whep/{_prefix}{room}", LocalSdp.Offer(viewer), cancel)));

    public async ValueTask DisposeAsync()
    {
        // A server that is about to be stopped may be slow or gone; that is no error here.
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        await Task.WhenAll(_resources.Select(async resource =>
        {
            try
            {
                using var response = await _http.DeleteAsync(resource, limit.Token);
            }
            catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
            {
                _ = e;
            }
        }));
        _http.Dispose();
    }

    private async Task<string> PostAsync(string path, string offer, CancellationToken cancel)
    {
        while (true)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(offer, Encoding.UTF8, "application/sdp") };
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/sdp");
            if (token is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
            using var response = await _http.SendAsync(request, cancel);
            var body = await response.Content.ReadAsStringAsync(cancel);
            if (response.StatusCode == HttpStatusCode.Created)
            {
                if (response.Headers.Location is { } location)
                {
                    lock (_resources) _resources.Add(new Uri(_http.BaseAddress!, location));
                }

                return body;
            }

            // Nobody publishes yet, or the server asks for patience: it says so with Retry-After.
            if (response.Headers.RetryAfter is null) throw new HttpRequestException($"{path} was answered with {(int)response.StatusCode}: {body}");
            await Task.Delay(RetryAfter, cancel);
        }
    }
}
