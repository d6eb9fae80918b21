using System.Buffers.Binary;

namespace RtcHub.Sfu.Routing;

/// <summary>
/// The payload of a retransmission (RFC 4588 section 4): the original sequence number (OSN), then the original payload.
/// </summary>
/// <remarks>
/// As the payload is sealed from where it lies, the OSN is written over the last two bytes of the header in the cache, and
/// those are put back at the end of the scope.
/// </remarks>
internal readonly ref struct RtxPayload
{
    private const int OsnLength = 2;

    private readonly Span<byte> _place;
    private readonly ushort _saved;

    /// <param name="packet">The cached packet, with the picture ids of the first sending.</param>
    /// <param name="sent">What was sent then.</param>
    public RtxPayload(in CachedPacket packet, in SentPacket sent)
    {
        var start = packet.Facts.HeaderLength - OsnLength;
        _place = packet.Bytes.Slice(start, OsnLength);
        _saved = BinaryPrimitives.ReadUInt16BigEndian(_place);
        BinaryPrimitives.WriteUInt16BigEndian(_place, (ushort)sent.Sequence);
        Bytes = packet.Bytes.Slice(start, OsnLength + (sent.IsEmpty ? 0 : packet.Facts.PayloadLength));
    }

    /// <summary>What to send behind a header with the SSRC, payload type and sequence number of the retransmission stream.</summary>
    public ReadOnlySpan<byte> Bytes { get; }

    /// <summary>Puts the header back.</summary>
    public void Dispose() => BinaryPrimitives.WriteUInt16BigEndian(_place, _saved);
}
