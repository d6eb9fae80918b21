using System.Buffers.Binary;
using System.Text;

namespace RtcHub.Signal.Cluster;

/// <summary>What nodes say to each other.</summary>
internal enum FrameKind : byte
{
    /// <summary>A client of the sender wants to talk to the receiver: head (JSON), then the first message.</summary>
    Open = 1,

    /// <summary>A piece of a WebSocket message, unread: flags, bytes.</summary>
    Message = 2,

    /// <summary>So many bytes more may be sent.</summary>
    Credit = 3,

    /// <summary>One side has closed: code, reason.</summary>
    Close = 4,

    /// <summary>The bridge is gone, without a word.</summary>
    Abort = 5,

    /// <summary>An HTTP request: head (JSON), then the body.</summary>
    Request = 6,

    /// <summary>Its response.</summary>
    Response = 7,
}

/// <summary>One frame between two nodes.</summary>
/// <param name="Answers">It comes from the node that did not open the bridge or send the request: ids are the opener's.</param>
internal readonly record struct RelayFrame(FrameKind Kind, bool Answers, uint Id, ReadOnlyMemory<byte> Payload)
{
    private const int Header = 9;
    private const byte AnswerBit = 0x80;

    public int Length => Header + Payload.Length;

    public void WriteTo(Span<byte> target)
    {
        target[0] = (byte)((byte)Kind | (Answers ? AnswerBit : 0));
        BinaryPrimitives.WriteUInt32BigEndian(target[1..], Id);
        BinaryPrimitives.WriteInt32BigEndian(target[5..], Payload.Length);
        Payload.Span.CopyTo(target[Header..]);
    }

    /// <summary>Reads the frame at the start and moves on behind it; false at the end, or where there is no whole frame.</summary>
    public static bool TryRead(ref ReadOnlyMemory<byte> source, out RelayFrame frame)
    {
        frame = default;
        if (source.Length < Header) return false;
        var span = source.Span;
        var length = BinaryPrimitives.ReadInt32BigEndian(span[5..]);
        if (length < 0 || length > source.Length - Header) return false;
        frame = new((FrameKind)(span[0] & ~AnswerBit), (span[0] & AnswerBit) != 0, BinaryPrimitives.ReadUInt32BigEndian(span[1..]), source.Slice(Header, length));
        source = source[(Header + length)..];
        return true;
    }

    /// <summary>A payload of a head and what follows it.</summary>
    public static byte[] Join(ReadOnlySpan<byte> head, ReadOnlySpan<byte> body)
    {
        var payload = new byte[4 + head.Length + body.Length];
        BinaryPrimitives.WriteInt32BigEndian(payload, head.Length);
        head.CopyTo(payload.AsSpan(4));
        body.CopyTo(payload.AsSpan(4 + head.Length));
        return payload;
    }

    public static bool TrySplit(ReadOnlyMemory<byte> payload, out ReadOnlyMemory<byte> head, out ReadOnlyMemory<byte> body)
    {
        (head, body) = (default, default);
        if (payload.Length < 4) return false;
        var length = BinaryPrimitives.ReadInt32BigEndian(payload.Span);
        if (length < 0 || length > payload.Length - 4) return false;
        (head, body) = (payload.Slice(4, length), payload[(4 + length)..]);
        return true;
    }
}

/// <summary>What Redis carries in one piece: some frames, in order, of one sender.</summary>
/// <param name="Sender">The node.</param>
/// <param name="Run">Counts how often the sender had to give up on the receiver and begin anew.</param>
/// <param name="Number">1, 2, 3, … within a run: what is missing is noticed, what comes twice is dropped.</param>
internal readonly record struct RelayBatch(string Sender, uint Run, long Number, ReadOnlyMemory<byte> Frames)
{
    public static byte[] Write(string sender, uint run, long number, IReadOnlyList<RelayFrame> frames)
    {
        var batch = new byte[13 + sender.Length + frames.Sum(frame => frame.Length)];
        batch[0] = (byte)sender.Length;
        var at = 1 + Encoding.ASCII.GetBytes(sender, batch.AsSpan(1));
        BinaryPrimitives.WriteUInt32BigEndian(batch.AsSpan(at), run);
        BinaryPrimitives.WriteInt64BigEndian(batch.AsSpan(at + 4), number);
        at += 12;
        foreach (var frame in frames)
        {
            frame.WriteTo(batch.AsSpan(at));
            at += frame.Length;
        }

        return batch;
    }

    public static bool TryRead(ReadOnlyMemory<byte> source, out RelayBatch batch)
    {
        batch = default;
        var span = source.Span;
        if (span.Length < 13 || span.Length < 13 + span[0]) return false;
        var at = 1 + span[0];
        batch = new(Encoding.ASCII.GetString(span[1..at]), BinaryPrimitives.ReadUInt32BigEndian(span[at..]), BinaryPrimitives.ReadInt64BigEndian(span[(at + 4)..]), source[(at + 12)..]);
        return true;
    }
}
