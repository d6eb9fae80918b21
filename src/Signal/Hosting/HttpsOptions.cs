using System.ComponentModel.DataAnnotations;

namespace RtcHub.Signal.Hosting;

/// <summary>
/// Section <c>Https</c>: a certificate of the hub's own making, for a local network. A certificate from an authority is
/// configured with Kestrel's own settings (<c>Kestrel:Endpoints</c>) instead.
/// </summary>
internal sealed class HttpsOptions
{
    public const string Section = "Https";

    /// <summary>Listen on HTTPS on all addresses, too. Off a localhost page a browser gives camera and microphone to HTTPS only.</summary>
    public bool SelfSigned { get; set; }

    /// <summary>TCP port; 0 takes a free one.</summary>
    [Range(0, ushort.MaxValue)]
    public int Port { get; set; } = 8443;

    /// <summary>File that the certificate with its key is kept in, relative to the content root; readable by its owner only.</summary>
    [Required]
    public string CertificateFile { get; set; } = "data/https.pfx";
}
