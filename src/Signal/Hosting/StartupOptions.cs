namespace RtcHub.Signal.Hosting;

/// <summary>Section <c>Startup</c>: the text at the start.</summary>
internal sealed class StartupOptions
{
    public const string Section = "Startup";

    /// <summary>Print it.</summary>
    public bool Text { get; set; } = true;

    /// <summary>Ask every address that clients are told whether it answers, and say what does not.</summary>
    public bool SelfTest { get; set; } = true;

    /// <summary>Print the HTTPS address as a QR code, too; null: if the output is a terminal.</summary>
    public bool? QrCode { get; set; }
}
