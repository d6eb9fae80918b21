namespace RtcHub.Rtc.Srtp;

/// <summary>
/// Seals what one side of a transport sends: SRTP and SRTCP (RFC 3711, RFC 7714). Belongs to one thread; allocates nothing after
/// construction.
/// <para>
/// The key stream of a packet depends on key, SSRC and index alone. Whoever gets two different payloads under the same three can
/// XOR them, and with GCM forge packets as well. So an index may be sealed a second time only with the very same bytes (a plain
/// retransmission); anything else needs a new index, and a retransmission with another header its own SSRC, which is what RTX
/// (RFC 4588) is for.
/// </para>
/// </summary>
public sealed class SrtpSender : IDisposable
{
    private const uint RtcpIndexLimit = 1u << 31;

    private readonly SrtpTransform _transform;
    private uint _rtcpIndex;
    private bool _disposed;

    /// <param name="profile">As negotiated.</param>
    /// <param name="key">Our master key, 16 bytes.</param>
    /// <param name="salt">Our master salt: 12 bytes for GCM, 14 for AES-CM.</param>
    /// <exception cref="ArgumentException">Key or salt have another length.</exception>
    public SrtpSender(SrtpProfile profile, ReadOnlySpan<byte> key, ReadOnlySpan<byte> salt)
        : this(SrtpTransform.Create(profile, key, salt))
    {
    }

    internal SrtpSender(SrtpTransform transform) => _transform = transform;

    /// <summary>Bytes that sealing adds to an RTP packet.</summary>
    public int Overhead => _transform.RtpOverhead;

    /// <summary>Bytes that sealing adds to an RTCP packet.</summary>
    public int RtcpOverhead => _transform.RtcpOverhead;

    /// <summary>Seals an RTP packet. Its header is in place, its payload anywhere.</summary>
    /// <param name="packet">Begins with the finished header and has room for payload and <see cref="Overhead"/>.</param>
    /// <param name="headerLength">With CSRCs and extensions.</param>
    /// <param name="payload">With padding, if there is any. It is what follows the header in the packet, or does not overlap the packet.</param>
    /// <param name="index">Roll-over counter and sequence number, 48 bits; the low 16 bits are those in the header.</param>
    /// <returns>Length of the sealed packet.</returns>
    /// <exception cref="ArgumentException">There is no room, or the payload overlaps the packet elsewhere.</exception>
    public int SealRtp(Span<byte> packet, int headerLength, ReadOnlySpan<byte> payload, ulong index)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        var length = headerLength + payload.Length + _transform.RtpOverhead;
        if (packet.Length < length) throw new ArgumentException("No room for payload and tag.", nameof(packet));
        if (packet[..length].Overlaps(payload, out var at) && at != headerLength) throw new ArgumentException("It lies across the packet.", nameof(payload));
        _transform.SealRtp(packet, headerLength, payload, index);
        return length;
    }

    /// <summary>Seals an RTCP compound in place and numbers it.</summary>
    /// <param name="packet">The compound, and room for <see cref="RtcpOverhead"/>.</param>
    /// <param name="length">Of the compound, at least 8.</param>
    /// <returns>Length of the sealed packet.</returns>
    /// <exception cref="ArgumentException">There is no room, or it is no RTCP packet.</exception>
    /// <exception cref="InvalidOperationException">2^31 packets have been sealed: the key is spent (RFC 3711 section 9.2).</exception>
    public int SealRtcp(Span<byte> packet, int length)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (length < SrtpTransform.RtcpHeaderLength) throw new ArgumentException("An RTCP packet has at least 8 bytes.", nameof(length));
        if (packet.Length < length + _transform.RtcpOverhead) throw new ArgumentException("No room for index and tag.", nameof(packet));
        if (_rtcpIndex == RtcpIndexLimit) throw new InvalidOperationException("The key has sealed as many RTCP packets as it may.");
        _transform.SealRtcp(packet, length, _rtcpIndex++);
        return length + _transform.RtcpOverhead;
    }

    /// <summary>Wipes the keys.</summary>
    public void Dispose()
    {
        _disposed = true;
        _transform.Dispose();
    }
}
