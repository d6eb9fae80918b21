using System.Buffers.Binary;

namespace RtcHub.Rtc.Tests.Dtls;

/// <summary>Cuts handshake messages as RFC 6347 section 4.2.3 allows, for whom the path has no room.</summary>
internal static class Fragments
{
    private const int RecordHeader = 13;
    private const int MessageHeader = 12;

    /// <summary>Each piece of a plain message, and each other record, as a datagram; plain records are numbered from <paramref name="sequence"/> on.</summary>
    public static List<byte[]> Of(byte[] datagram, int size, ref int sequence)
    {
        var pieces = new List<byte[]>();
        for (var rest = datagram.AsSpan(); rest.Length > 0;)
        {
            var length = RecordHeader + BinaryPrimitives.ReadUInt16BigEndian(rest[11..]);
            var record = rest[..length];
            rest = rest[length..];
            var isPlain = record[4] == 0;
            var body = record[Math.Min(RecordHeader + MessageHeader, length)..];
            for (var at = 0; at == 0 || at < body.Length; at += size)
            {
                var piece = isPlain && record[0] == 22 ? Cut(record, at, Math.Min(size, body.Length - at)) : record.ToArray();
                if (isPlain) BinaryPrimitives.WriteInt32BigEndian(piece.AsSpan(7), sequence++);
                pieces.Add(piece);
                if (!isPlain || record[0] != 22) break;
            }
        }

        return pieces;
    }

    private static byte[] Cut(ReadOnlySpan<byte> record, int at, int length)
    {
        byte[] piece = [.. record[..(RecordHeader + MessageHeader)], .. record.Slice(RecordHeader + MessageHeader + at, length)];
        BinaryPrimitives.WriteUInt16BigEndian(piece.AsSpan(11), (ushort)(MessageHeader + length));
        BinaryPrimitives.WriteUInt16BigEndian(piece.AsSpan(RecordHeader + 7), (ushort)at);
        BinaryPrimitives.WriteUInt16BigEndian(piece.AsSpan(RecordHeader + 10), (ushort)length);
        return piece;
    }
}
