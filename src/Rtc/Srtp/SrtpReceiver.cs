using System.Buffers.Binary;
using RtcHub.Rtc.Rtp;

namespace RtcHub.Rtc.Srtp;

/// <summary>
/// Opens what the other side of a transport sends: SRTP and SRTCP (RFC 3711, RFC 7714). Belongs to one thread; allocates only for
/// an SSRC that it has not heard before. Only an authentic packet changes what it remembers.
/// </summary>
public sealed class SrtpReceiver : IDisposable
{
    /// <summary>SSRCs that one peer may use, for RTP and RTCP each.</summary>
    public const int MaxSources = SrtpSources.Capacity;

    // A roll-over counter has 32 bits, a sequence number 16.
    private const long IndexLimit = 1L << 48;

    private readonly SrtpTransform _transform;
    private readonly SrtpSources _rtp = new();
    private readonly SrtpSources _rtcp = new();
    private bool _disposed;

    /// <param name="profile">As negotiated.</param>
    /// <param name="key">The peer's master key, 16 bytes.</param>
    /// <param name="salt">The peer's master salt: 12 bytes for GCM, 14 for AES-CM.</param>
    /// <exception cref="ArgumentException">Key or salt have another length.</exception>
    public SrtpReceiver(SrtpProfile profile, ReadOnlySpan<byte> key, ReadOnlySpan<byte> salt)
        : this(SrtpTransform.Create(profile, key, salt))
    {
    }

    internal SrtpReceiver(SrtpTransform transform) => _transform = transform;

    /// <summary>SSRCs that have sent RTP so far.</summary>
    public int Sources => _rtp.Count;

    /// <summary>Opens an RTP packet in place (RFC 3711 section 3.3). When it fails the bytes are spoilt: drop them.</summary>
    /// <param name="packet">The datagram.</param>
    /// <param name="length">Of the packet in the clear.</param>
    /// <param name="index">Roll-over counter and sequence number, 48 bits.</param>
    public SrtpError OpenRtp(Span<byte> packet, out int length, out ulong index)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        (length, index) = (0, 0);
        var sealedLength = packet.Length - _transform.RtpOverhead;
        if (sealedLength < RtpHeader.FixedLength) return SrtpError.Malformed;
        if (!RtpHeader.TryGetLength(packet[..sealedLength], out var headerLength)) return SrtpError.Malformed;

        var ssrc = RtpHeader.Ssrc(packet);
        var sequenceNumber = RtpHeader.SequenceNumber(packet);
        var source = _rtp.Find(ssrc);
        if (source is null && _rtp.Count == MaxSources) return SrtpError.TooManySources;

        // The roll-over counter that brings the packet nearest to the highest (appendix A); a new source starts with zero.
        var estimate = source is null ? sequenceNumber : SequenceNumber.Unwrap(source.Window.Highest, sequenceNumber, 16);
        if (estimate is < 0 or >= IndexLimit) return SrtpError.TooOld;
        if (source is not null && source.Window.Check(estimate) is not SrtpError.None and var error) return error;
        if (!_transform.OpenRtp(packet, headerLength, (ulong)estimate)) return SrtpError.AuthenticationFailed;

        source ??= _rtp.Add(ssrc);
        source.Window.Accept(estimate);
        (length, index) = (sealedLength, (ulong)estimate);
        return SrtpError.None;
    }

    /// <summary>Opens an RTCP packet in place (RFC 3711 section 3.4). When it fails the bytes are spoilt: drop them.</summary>
    /// <param name="packet">The datagram.</param>
    /// <param name="length">Of the compound in the clear.</param>
    public SrtpError OpenRtcp(Span<byte> packet, out int length)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        length = 0;
        if (packet.Length < SrtpTransform.RtcpHeaderLength + _transform.RtcpOverhead || packet[0] >> 6 != 2) return SrtpError.Malformed;

        var ssrc = BinaryPrimitives.ReadUInt32BigEndian(packet[4..]);
        var indexAndFlag = BinaryPrimitives.ReadUInt32BigEndian(packet[^_transform.RtcpIndexFromEnd..]);
        var index = indexAndFlag & ~SrtpTransform.EncryptedFlag;
        var source = _rtcp.Find(ssrc);
        if (source is null && _rtcp.Count == MaxSources) return SrtpError.TooManySources;
        if (source is not null && source.Window.Check(index) is not SrtpError.None and var error) return error;
        if (!_transform.OpenRtcp(packet, indexAndFlag)) return SrtpError.AuthenticationFailed;

        source ??= _rtcp.Add(ssrc);
        source.Window.Accept(index);
        length = packet.Length - _transform.RtcpOverhead;
        return SrtpError.None;
    }

    /// <summary>Wipes the keys.</summary>
    public void Dispose()
    {
        _disposed = true;
        _transform.Dispose();
    }
}
