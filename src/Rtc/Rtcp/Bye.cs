using System.Buffers.Binary;

namespace RtcHub.Rtc.Rtcp;

/// <summary>BYE: sources that send no more (RFC 3550 section 6.6).</summary>
public readonly ref struct Bye
{
    private readonly ReadOnlySpan<byte> _body;

    private Bye(ReadOnlySpan<byte> body, int count)
    {
        _body = body;
        Count = count;
    }

    /// <summary>0-31 sources.</summary>
    public int Count { get; }

    /// <summary>Text in UTF-8; empty when there is none, or it is cut.</summary>
    public ReadOnlySpan<byte> Reason
    {
        get
        {
            var rest = _body[(4 * Count)..];
            return rest.IsEmpty || rest[0] > rest.Length - 1 ? default : rest.Slice(1, rest[0]);
        }
    }

    /// <summary>One of the sources; <paramref name="index"/> below <see cref="Count"/>.</summary>
    public uint Ssrc(int index) => BinaryPrimitives.ReadUInt32BigEndian(_body[..(4 * Count)][(4 * index)..]);

    /// <summary>False when the packet is no BYE, or too short for its count of sources.</summary>
    public static bool TryRead(in RtcpPacket packet, out Bye bye)
    {
        bye = default;
        if (packet.Type != RtcpType.Bye || packet.Body.Length < 4 * packet.Count) return false;
        bye = new Bye(packet.Body, packet.Count);
        return true;
    }

    /// <summary>Up to 31 sources, without a reason.</summary>
    public static void Write(ref RtcpWriter writer, scoped ReadOnlySpan<uint> ssrcs)
    {
        var body = writer.Reserve(RtcpType.Bye, ssrcs.Length, 4 * ssrcs.Length);
        for (var i = 0; i < ssrcs.Length && !body.IsEmpty; i++) BinaryPrimitives.WriteUInt32BigEndian(body[(4 * i)..], ssrcs[i]);
    }
}
