using System.ComponentModel.DataAnnotations;

namespace RtcHub.Signal.IceServers;

/// <summary>Section <c>Turn</c>: TURN servers that share a secret with the hub (coturn: <c>use-auth-secret</c>).</summary>
internal sealed class TurnOptions : IValidatableObject
{
    public const string Section = "Turn";

    private static readonly string[] Schemes = ["turn:", "turns:"];

    /// <summary>For example <c>turn:turn.example.org:3478?transport=udp</c>; none: no TURN.</summary>
    public string[] Urls { get; set; } = [];

    /// <summary>coturn's <c>static-auth-secret</c>. Never sent, never logged.</summary>
    public string? Secret { get; set; }

    /// <summary>
    /// Seconds that credentials are good for. Most servers check it when an allocation is made only, and sessions get new
    /// ones at half of it, so an hour is short enough to be useless when stolen and long enough not to matter.
    /// </summary>
    [Range(60, 86_400)]
    public int TtlSeconds { get; set; } = 3600;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Urls.Length > 0 && string.IsNullOrEmpty(Secret))
            yield return new ValidationResult("Turn:Urls needs Turn:Secret, the secret shared with the TURN server.");
        if (Urls.FirstOrDefault(url => !Schemes.Any(scheme => url.StartsWith(scheme, StringComparison.Ordinal) && url.Length > scheme.Length)) is { } wrong)
            yield return new ValidationResult($"Turn:Urls: '{wrong}' must begin with turn: or turns: and name a host.");
    }
}
