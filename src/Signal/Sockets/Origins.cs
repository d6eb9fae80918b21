using Microsoft.Extensions.Options;

namespace RtcHub.Signal.Sockets;

/// <summary>
/// Which pages may use the hub from a browser: its own, and those in <see cref="SocketOptions.AllowedOrigins"/>. Without this any
/// page on the web could use a hub on somebody's own machine.
/// </summary>
internal sealed class Origins(IOptions<SocketOptions> options)
{
    /// <summary>Browsers say which page they come from; programs that are none may come anyhow.</summary>
    public bool Allow(HttpRequest request)
    {
        var origin = request.Headers.Origin.ToString();
        if (origin.Length == 0)
            return true;
        if (Uri.TryCreate(origin, UriKind.Absolute, out var uri) && string.Equals(uri.Authority, request.Host.Value, StringComparison.OrdinalIgnoreCase))
            return true;
        return options.Value.AllowedOrigins.Contains("*") || options.Value.AllowedOrigins.Contains(origin, StringComparer.OrdinalIgnoreCase);
    }
}
