using System.Diagnostics.CodeAnalysis;

namespace RtcHub.Rtc.Sdp;

/// <summary>Descriptions as text (RFC 8866), and fragments of them (RFC 8840).</summary>
public static class SdpText
{
    /// <summary>Characters of a text that are read. Offers of browsers have 3,000-12,000, of fifty sections about 100,000.</summary>
    public const int MaxLength = 256 * 1024;

    /// <summary>Characters of one line.</summary>
    public const int MaxLineLength = 16 * 1024;

    /// <summary>Media sections.</summary>
    public const int MaxMedia = 256;

    /// <summary>Lines of one kind in one section.</summary>
    public const int MaxItems = 1024;

    /// <summary>Characters of a mid.</summary>
    public const int MaxMid = 64;

    /// <summary>
    /// Reads a description; lines end with CRLF or LF, and attributes that are not known are passed over. False, with the first
    /// line that is at fault, for anything else that cannot be understood; it never throws.
    /// </summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out SessionDescription? description, [NotNullWhen(false)] out SdpError? error) =>
        SdpReader.TryRead(text, out description, out error);

    /// <summary>Reads a fragment of trickle ICE (RFC 8840 section 9), with or without media lines.</summary>
    public static bool TryParseFragment(string? text, [NotNullWhen(true)] out SdpFragment? fragment, [NotNullWhen(false)] out SdpError? error) =>
        SdpReader.TryReadFragment(text, out fragment, out error);

    /// <summary>The text, with CRLF.</summary>
    public static string Write(SessionDescription description)
    {
        var writer = new SdpWriter();
        writer.Add(description);
        return writer.ToString();
    }

    /// <summary>The text, with CRLF.</summary>
    public static string Write(SdpFragment fragment)
    {
        var writer = new SdpWriter();
        writer.Add(fragment);
        return writer.ToString();
    }
}
