using System.ComponentModel.DataAnnotations;

namespace RtcHub.Sfu.Control;

/// <summary>Section <c>Sfu</c>: who may command a media service that runs alone.</summary>
public sealed class ControlOptions
{
    /// <summary>The section of the configuration.</summary>
    public const string Section = "Sfu";

    /// <summary>
    /// Shared by the hub and the service, at least 32 characters; sent as a bearer token. Without it the service obeys
    /// programs of its own machine only.
    /// </summary>
    [MinLength(32, ErrorMessage = "A secret has at least 32 characters.")]
    public string? Secret { get; set; }
}
