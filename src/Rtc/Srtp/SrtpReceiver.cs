using System.Buffers.Binary;

namespace RtcHub.Rtc.Srtp;

/// <summary>Why a packet was not opened.</summary>
public enum SrtpError
{
    /// <summary>It was.</summary>
    None,

    /// <summary>Too short, or its header goes beyond its end.</summary>
    Malformed,

    /// <summary>The tag is wrong: damaged, forged, or of other keys.</summary>
    AuthenticationFailed,

    /// <summary>It has come before.</summary>
    Replayed,

    /// <summary>So late that nobody knows whether it has come before.</summary>
    TooOld,

    /// <summary>Genuine, but of one source more than are followed.</summary>
    TooManySources,
}

/// <summary>
/// Opens what one end receives (RFC 3711, RFC 7714). For one thread. Replays are found before anything is decrypted; a source is
/// remembered only after its first genuine packet, so what a stranger sends leaves no trace.
/// </summary>
public sealed class SrtpReceiver : IDisposable
{
    /// <summary>Sources that are followed, of RTP and of RTCP each.</summary>
    public const int MaxSources = 128;

    private const int RtcpHeaderLength = 8;
    private const uint Encrypted = 0x8000_0000;

    private readonly SrtpCipher _rtp;
    private readonly SrtpCipher _rtcp;
    private readonly bool _isAead;
    private readonly Dictionary<uint, ReplayWindow> _rtpSources = [];
    private readonly Dictionary<uint, ReplayWindow> _rtcpSources = [];

    /// <param name="profile">Which ciphers.</param>
    /// <param name="key">Master key, 16 bytes.</param>
    /// <param name="salt">Master salt, 12 bytes for GCM, else 14.</param>
    public SrtpReceiver(SrtpProfile profile, ReadOnlySpan<byte> key, ReadOnlySpan<byte> salt)
    {
        _isAead = profile == SrtpProfile.AeadAes128Gcm;
        _rtp = SrtpCipher.Create(profile, key, salt, isRtcp: false);
        _rtcp = SrtpCipher.Create(profile, key, salt, isRtcp: true);
    }

    /// <summary>Opens an RTP packet in place.</summary>
    /// <param name="packet">As it came.</param>
    /// <param name="length">Of the plain packet.</param>
    /// <param name="index">Its extended sequence number (section 3.3.1).</param>
    public SrtpError OpenRtp(Span<byte> packet, out int length, out ulong index)
    {
        (length, index) = (0, 0);
        if (!TryGetHeaderLength(packet, out var header) || packet.Length < header + _rtp.TagLength) return SrtpError.Malformed;
        var ssrc = BinaryPrimitives.ReadUInt32BigEndian(packet[8..]);
        var isKnown = _rtpSources.TryGetValue(ssrc, out var window);
        if (!isKnown) window = ReplayWindow.Empty;
        var guess = Guess(window.Highest, BinaryPrimitives.ReadUInt16BigEndian(packet[2..]));
        if (guess < 0 || window.IsTooOld(guess)) return SrtpError.TooOld;
        if (window.Contains(guess)) return SrtpError.Replayed;
        if (!_rtp.TryOpen(packet, header, ssrc, (ulong)guess, (uint)(guess >> 16))) return SrtpError.AuthenticationFailed;
        if (!isKnown && _rtpSources.Count == MaxSources) return SrtpError.TooManySources;
        window.Add(guess);
        _rtpSources[ssrc] = window;
        (length, index) = (packet.Length - _rtp.TagLength, (ulong)guess);
        return SrtpError.None;
    }

    /// <summary>Opens an RTCP packet in place. One that is not encrypted (E = 0) is refused: WebRTC has none.</summary>
    /// <param name="packet">As it came.</param>
    /// <param name="length">Of the plain compound.</param>
    public SrtpError OpenRtcp(Span<byte> packet, out int length)
    {
        length = 0;
        var tag = _rtcp.TagLength;
        if (packet.Length < RtcpHeaderLength + sizeof(uint) + tag || packet[0] >> 6 != 2) return SrtpError.Malformed;
        var trailerAt = _isAead ? packet.Length - sizeof(uint) : packet.Length - tag - sizeof(uint);
        var trailer = BinaryPrimitives.ReadUInt32BigEndian(packet[trailerAt..]);
        if ((trailer & Encrypted) == 0) return SrtpError.AuthenticationFailed;
        var ssrc = BinaryPrimitives.ReadUInt32BigEndian(packet[4..]);
        long index = trailer & ~Encrypted;
        var isKnown = _rtcpSources.TryGetValue(ssrc, out var window);
        if (!isKnown) window = ReplayWindow.Empty;
        if (window.IsTooOld(index)) return SrtpError.TooOld;
        if (window.Contains(index)) return SrtpError.Replayed;

        // Counter mode has E and index between text and tag: the tag is moved up to the text, and back if it is wrong.
        Span<byte> text;
        if (_isAead)
        {
            text = packet[..^sizeof(uint)];
        }
        else
        {
            Span<byte> saved = stackalloc byte[sizeof(uint) + 16];
            var end = packet[trailerAt..];
            end.CopyTo(saved);
            end[sizeof(uint)..].CopyTo(end);
            text = packet[..^sizeof(uint)];
            if (!_rtcp.TryOpen(text, RtcpHeaderLength, ssrc, (ulong)index, trailer))
            {
                saved[..end.Length].CopyTo(end);
                return SrtpError.AuthenticationFailed;
            }
        }

        if (_isAead && !_rtcp.TryOpen(text, RtcpHeaderLength, ssrc, (ulong)index, trailer)) return SrtpError.AuthenticationFailed;
        if (!isKnown && _rtcpSources.Count == MaxSources) return SrtpError.TooManySources;
        window.Add(index);
        _rtcpSources[ssrc] = window;
        length = text.Length - tag;
        return SrtpError.None;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _rtp.Dispose();
        _rtcp.Dispose();
    }

    // The index nearest to the highest so far (appendix A). The first packet of a source is taken for one without roll-over, as
    // senders begin below 2^15.
    private static long Guess(long highest, ushort sequence) =>
        highest < 0 ? sequence : highest + (short)(sequence - (ushort)highest);

    private static bool TryGetHeaderLength(ReadOnlySpan<byte> packet, out int length)
    {
        length = 0;
        if (packet.Length < 12 || packet[0] >> 6 != 2) return false;
        length = 12 + 4 * (packet[0] & 0x0F);
        if ((packet[0] & 0x10) == 0) return packet.Length >= length;
        if (packet.Length < length + 4) return false;
        length += 4 + 4 * BinaryPrimitives.ReadUInt16BigEndian(packet[(length + 2)..]);
        return packet.Length >= length;
    }
}
