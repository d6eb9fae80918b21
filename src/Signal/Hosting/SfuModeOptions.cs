using System.ComponentModel.DataAnnotations;

namespace RtcHub.Signal.Hosting;

/// <summary>Where the media service runs.</summary>
internal enum SfuMode
{
    /// <summary>In the hub's own process.</summary>
    Embedded,

    /// <summary>As a program of its own, at <see cref="SfuModeOptions.Url"/>.</summary>
    Remote,

    /// <summary>As many programs of their own, which are found in Redis (<c>Redis:Connection</c>).</summary>
    Pool,

    /// <summary>Nowhere: calls are peer to peer, and there is no WHIP.</summary>
    Off,
}

/// <summary>Section <c>Sfu</c>: which media service the hub uses.</summary>
internal sealed class SfuModeOptions : IValidatableObject
{
    public const string Section = "Sfu";

    /// <summary>Where it runs.</summary>
    public SfuMode Mode { get; set; }

    /// <summary>The address of its control API, for example <c>http://10.0.0.7:7880</c>; for <see cref="SfuMode.Remote"/>.</summary>
    public Uri? Url { get; set; }

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Mode == SfuMode.Remote && Url is not { IsAbsoluteUri: true, Scheme: "http" or "https" })
            yield return new ValidationResult("Sfu:Mode=Remote needs Sfu:Url, the http or https address of the media service.");
    }
}
