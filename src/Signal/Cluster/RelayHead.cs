using System.Net;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http.Features;

namespace RtcHub.Signal.Cluster;

/// <summary>A request as the node that answers it needs to know it: who asks, by which name of the hub, for what.</summary>
/// <param name="Scheme">As the client used it: links in answers are made of it.</param>
internal sealed record RequestHead(
    string Method, string Scheme, string PathBase, string Path, string Query, string? Address, IReadOnlyList<KeyValuePair<string, string[]>> Headers)
{
    // What concerns one connection alone (RFC 9110 section 7.6.1) stays with it, and what proxies said has been looked at where it came.
    private static readonly HashSet<string> OfConnection = new(StringComparer.OrdinalIgnoreCase)
    {
        "Connection", "Keep-Alive", "Proxy-Connection", "Transfer-Encoding", "TE", "Trailer", "Upgrade", "Expect", "Content-Length",
        "Forwarded", "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host",
        "Sec-WebSocket-Key", "Sec-WebSocket-Version", "Sec-WebSocket-Extensions", "Sec-WebSocket-Protocol",
    };

    public static RequestHead Of(HttpContext context) => new(
        context.Request.Method, context.Request.Scheme, context.Request.PathBase.Value ?? "", context.Request.Path.Value ?? "", context.Request.QueryString.Value ?? "",
        context.Connection.RemoteIpAddress?.ToString(), Passed(context.Request.Headers));

    public static IReadOnlyList<KeyValuePair<string, string[]>> Passed(IHeaderDictionary headers) =>
        [.. headers.Where(header => !OfConnection.Contains(header.Key)).Select(header => KeyValuePair.Create<string, string[]>(header.Key, [.. header.Value.OfType<string>()]))];

    /// <summary>The request as if it had come to this node.</summary>
    /// <param name="gone">The one who asks went away.</param>
    public FeatureCollection ToFeatures(byte[] body, Stream response, CancellationToken gone)
    {
        var request = new HttpRequestFeature
        {
            Method = Method,
            Scheme = Scheme,
            PathBase = PathBase,
            Path = Path,
            QueryString = Query,
            Protocol = "HTTP/1.1",
            Body = new MemoryStream(body, writable: false),
        };
        foreach (var (name, values) in Headers) request.Headers[name] = values;
        if (body.Length > 0) request.Headers.ContentLength = body.Length;
        var features = new FeatureCollection();
        features.Set<IHttpRequestFeature>(request);
        features.Set<IHttpRequestBodyDetectionFeature>(new Body(body.Length > 0));
        features.Set<IHttpResponseFeature>(new HttpResponseFeature());
        features.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(response));
        features.Set<IHttpConnectionFeature>(new HttpConnectionFeature { RemoteIpAddress = Address is null ? null : IPAddress.Parse(Address) });
        features.Set<IHttpRequestLifetimeFeature>(new HttpRequestLifetimeFeature { RequestAborted = gone });
        features.Set(Relayed.Instance);
        return features;
    }

    private sealed record Body(bool CanHaveBody) : IHttpRequestBodyDetectionFeature;
}

/// <summary>Marks a request that another node has passed on: it is not passed on again.</summary>
internal sealed class Relayed
{
    public static readonly Relayed Instance = new();
}

internal sealed record ResponseHead(int Status, IReadOnlyList<KeyValuePair<string, string[]>> Headers);

[JsonSerializable(typeof(RequestHead))]
[JsonSerializable(typeof(ResponseHead))]
internal sealed partial class ClusterJson : JsonSerializerContext;
