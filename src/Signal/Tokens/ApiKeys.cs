using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using RtcHub.Signal.Hosting;

namespace RtcHub.Signal.Tokens;

/// <summary>The keys of <see cref="AuthOptions.ApiKeys"/>, as <c>Authorization: Bearer KEY</c> (RFC 6750).</summary>
internal sealed class ApiKeys(IOptions<AuthOptions> options)
{
    private const string Scheme = "Bearer ";
    private readonly byte[][] _hashes = [.. options.Value.ApiKeys.Select(Hash)];

    /// <summary>No keys are set: everybody may do everything.</summary>
    public bool IsOpen => _hashes.Length == 0;

    /// <summary>Compares with every key, in a time that tells nothing about any of them.</summary>
    public bool Accept(string authorization)
    {
        if (!authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
            return false;
        var hash = Hash(authorization[Scheme.Length..].Trim());
        var found = false;
        foreach (var known in _hashes)
            found |= CryptographicOperations.FixedTimeEquals(hash, known);
        return found;
    }

    private static byte[] Hash(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));
}

/// <summary>On an endpoint: needs a key, if the hub has keys at all.</summary>
internal sealed class NeedsKey;

/// <summary>Endpoints that need a key, and the door in front of them.</summary>
internal static class ApiKeyDoor
{
    public static TBuilder RequireApiKey<TBuilder>(this TBuilder endpoints)
        where TBuilder : IEndpointConventionBuilder => endpoints.WithMetadata(new NeedsKey());

    /// <summary>Stands before the endpoint and before the reading of its body: nobody without a key learns more.</summary>
    public static IApplicationBuilder UseApiKeys(this IApplicationBuilder app)
    {
        var keys = app.ApplicationServices.GetRequiredService<ApiKeys>();
        return app.Use((context, next) =>
        {
            if (keys.IsOpen || context.GetEndpoint()?.Metadata.GetMetadata<NeedsKey>() is null)
                return next(context);
            var authorization = context.Request.Headers.Authorization.ToString();
            if (authorization.Length == 0)
                return Problems.WriteAsync(context, Errors.Unauthorized.With("This needs a key: Authorization: Bearer KEY."));
            return keys.Accept(authorization) ? next(context) : Problems.WriteAsync(context, Errors.Unauthorized.With("That is not a key of this hub."));
        });
    }
}
