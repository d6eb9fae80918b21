using System.ComponentModel.DataAnnotations;

namespace RtcHub.Signal.Hosting;

/// <summary>Section <c>Web</c>: the pages.</summary>
internal sealed class WebOptions
{
    public const string Section = "Web";

    /// <summary>
    /// Folder with the pages, relative to the working directory, or null: <c>web</c> beside the program (published) or in a
    /// folder above it (a clone).
    /// </summary>
    public string? Root { get; set; }

    /// <summary>Who may show the pages in a frame: the sources of the CSP directive <c>frame-ancestors</c>.</summary>
    [RegularExpression("^[^;,\r\n]+$", ErrorMessage = "Web:FrameAncestors is a list of sources with spaces between them.")]
    public string FrameAncestors { get; set; } = "'self'";
}
