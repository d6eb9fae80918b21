using System.Runtime.CompilerServices;

namespace RtcHub.Rtc.Rtp;

/// <summary>The header extensions that are understood here.</summary>
public enum ExtensionKind : byte
{
    /// <summary>Not one of these.</summary>
    None,

    /// <summary>The m-section a packet belongs to (RFC 9143 section 15), <see cref="ShortText"/>.</summary>
    Mid,

    /// <summary>The simulcast layer a packet belongs to (RFC 8852 section 3.1), <see cref="ShortText"/>.</summary>
    Rid,

    /// <summary>The simulcast layer that a retransmission repairs (RFC 8852 section 3.2), <see cref="ShortText"/>.</summary>
    RepairedRid,

    /// <summary><see cref="Rtp.AudioLevel"/>.</summary>
    AudioLevel,

    /// <summary><see cref="Rtp.AbsSendTime"/>.</summary>
    AbsSendTime,

    /// <summary><see cref="TransportSequence"/>.</summary>
    TransportCc,

    /// <summary><see cref="Rtp.VideoOrientation"/>.</summary>
    VideoOrientation,

    /// <summary><see cref="Rtp.DependencyDescriptor"/>.</summary>
    DependencyDescriptor,
}

/// <summary>The URIs that stand for header extensions in SDP's <c>a=extmap</c>.</summary>
public static class ExtensionUris
{
    /// <summary>RFC 9143 section 15.</summary>
    public const string Mid = "urn:ietf:params:rtp-hdrext:sdes:mid";

    /// <summary>RFC 8852 section 4.1.</summary>
    public const string Rid = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id";

    /// <summary>RFC 8852 section 4.2.</summary>
    public const string RepairedRid = "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id";

    /// <summary>RFC 6464 section 4.</summary>
    public const string AudioLevel = "urn:ietf:params:rtp-hdrext:ssrc-audio-level";

    /// <summary>Of libwebrtc.</summary>
    public const string AbsSendTime = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time";

    /// <summary>draft-holmer-rmcat-transport-wide-cc-extensions-01 section 2.</summary>
    public const string TransportCc = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01";

    /// <summary>3GPP TS 26.114 section 7.4.5.</summary>
    public const string VideoOrientation = "urn:3gpp:video-orientation";

    /// <summary>RTP Payload Format For AV1, appendix A.</summary>
    public const string DependencyDescriptor = "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension";
}

/// <summary>Which id stands for which extension in one m-section; a value without references. The default knows none.</summary>
public struct ExtensionMap
{
    private Ids _ids;

    /// <summary>The id, or 0 when the extension was not negotiated.</summary>
    public readonly byte this[ExtensionKind kind] => kind == ExtensionKind.None ? (byte)0 : _ids[(int)kind];

    /// <summary>What the id stands for; None when nothing known here has it.</summary>
    public readonly ExtensionKind KindOf(int id)
    {
        for (var kind = ExtensionKind.Mid; kind <= ExtensionKind.DependencyDescriptor; kind++)
        {
            if (_ids[(int)kind] == id && id != 0) return kind;
        }

        return ExtensionKind.None;
    }

    /// <summary>
    /// Takes one <c>a=extmap</c> in. False, and nothing changes, when the URI is not known here, the id is out of range (1-255
    /// without 15, which ends a block of the one-byte form), or one of the two is taken.
    /// </summary>
    public bool TryAdd(int id, string uri)
    {
        var kind = KindOf(uri);
        if (kind == ExtensionKind.None || id is < 1 or > byte.MaxValue or RtpExtensions.Reserved) return false;
        if (_ids[(int)kind] != 0 || KindOf(id) != ExtensionKind.None) return false;
        _ids[(int)kind] = (byte)id;
        return true;
    }

    /// <summary>None for a URI that is not known here.</summary>
    public static ExtensionKind KindOf(string uri) => uri switch
    {
        ExtensionUris.Mid => ExtensionKind.Mid,
        ExtensionUris.Rid => ExtensionKind.Rid,
        ExtensionUris.RepairedRid => ExtensionKind.RepairedRid,
        ExtensionUris.AudioLevel => ExtensionKind.AudioLevel,
        ExtensionUris.AbsSendTime => ExtensionKind.AbsSendTime,
        ExtensionUris.TransportCc => ExtensionKind.TransportCc,
        ExtensionUris.VideoOrientation => ExtensionKind.VideoOrientation,
        ExtensionUris.DependencyDescriptor => ExtensionKind.DependencyDescriptor,
        _ => ExtensionKind.None,
    };

    /// <summary>Empty for None.</summary>
    public static string UriOf(ExtensionKind kind) => kind switch
    {
        ExtensionKind.Mid => ExtensionUris.Mid,
        ExtensionKind.Rid => ExtensionUris.Rid,
        ExtensionKind.RepairedRid => ExtensionUris.RepairedRid,
        ExtensionKind.AudioLevel => ExtensionUris.AudioLevel,
        ExtensionKind.AbsSendTime => ExtensionUris.AbsSendTime,
        ExtensionKind.TransportCc => ExtensionUris.TransportCc,
        ExtensionKind.VideoOrientation => ExtensionUris.VideoOrientation,
        ExtensionKind.DependencyDescriptor => ExtensionUris.DependencyDescriptor,
        _ => "",
    };

    // Indexed by kind; the first is not used.
    [InlineArray((int)ExtensionKind.DependencyDescriptor + 1)]
    private struct Ids
    {
        private byte _first;
    }
}
