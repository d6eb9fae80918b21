using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;

namespace RtcHub.Sfu.Control;

/// <summary>Who may command the service: whoever has the secret; while none is set, programs of this machine.</summary>
internal sealed class ControlDoor(IOptions<ControlOptions> options) : IEndpointFilter
{
    private const string Scheme = "Bearer ";
    private readonly byte[]? _secret = options.Value.Secret is { } secret ? Hash(secret) : null;

    public ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next) =>
        Refuse(context.HttpContext) is { } why ? new(Reply.Refused(StatusCodes.Status401Unauthorized, why)) : next(context);

    private string? Refuse(HttpContext context)
    {
        // No page has business here: without this any page on the web could command a service on somebody's own machine.
        if (context.Request.Headers.Origin.Count > 0) return "Pages may not command the media service.";
        if (_secret is null)
            return IPAddress.IsLoopback(context.Connection.RemoteIpAddress ?? IPAddress.None) ? null : "Without Sfu:Secret only this machine may command the media service.";
        var authorization = context.Request.Headers.Authorization.ToString();
        return authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) && CryptographicOperations.FixedTimeEquals(Hash(authorization[Scheme.Length..]), _secret)
            ? null
            : "That is not the secret of this media service (Sfu:Secret).";
    }

    // Equal lengths for the comparison, whatever is sent.
    private static byte[] Hash(string secret) => SHA256.HashData(Encoding.UTF8.GetBytes(secret));
}
