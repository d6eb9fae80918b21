using System.Buffers.Binary;

namespace RtcHub.Rtc.Dtls;

/// <summary>
/// The header of a record (RFC 6347 section 4.1), which even an encrypted one shows:
/// <code>
///  0      1         3       5                 11       13
/// +------+---------+-------+-----------------+--------+----------
/// | type | version | epoch | sequence number | length | fragment
/// +------+---------+-------+-----------------+--------+----------
/// </code>
/// A datagram holds one record or several.
/// </summary>
internal static class DtlsRecord
{
    public const int HeaderLength = 13;

    public const byte ChangeCipherSpec = 20;
    public const byte Alert = 21;
    public const byte Handshake = 22;

    private const byte MajorVersion = 0xFE;

    // With AES-GCM (RFC 5288): explicit nonce, one byte, tag. OpenSSL 3.0 takes offence at less, for good, though anybody can forge it.
    private const int MinEncrypted = 8 + 1 + 16;

    /// <summary>
    /// The length of the record that <paramref name="datagram"/> begins with, or 0 when it is not whole or not of a kind that a
    /// handshake is made of. Application data is not: what comes before its time would spoil the handshake, what comes
    /// later is not ours.
    /// </summary>
    public static int Measure(ReadOnlySpan<byte> datagram)
    {
        if (datagram.Length < HeaderLength || datagram[0] is not (ChangeCipherSpec or Alert or Handshake) || datagram[1] != MajorVersion) return 0;
        int fragment = BinaryPrimitives.ReadUInt16BigEndian(datagram[11..]);
        var length = HeaderLength + fragment;
        return length <= datagram.Length && fragment >= (IsPlain(datagram) ? 1 : MinEncrypted) ? length : 0;
    }

    /// <summary>The records up to the first that is none.</summary>
    public static ReadOnlySpan<byte> TakeWhole(ReadOnlySpan<byte> datagram)
    {
        var taken = 0;
        while (Measure(datagram[taken..]) is var length and > 0) taken += length;
        return datagram[..taken];
    }

    /// <summary>True when one of the records, which are whole, belongs to a handshake.</summary>
    public static bool ContainsHandshake(ReadOnlySpan<byte> records)
    {
        for (; records.Length > 0; records = records[Measure(records)..])
        {
            if (records[0] is Handshake or ChangeCipherSpec) return true;
        }

        return false;
    }

    /// <summary>True when the first of the records, which are whole, is an alert.</summary>
    public static bool IsAlert(ReadOnlySpan<byte> records) => records[0] == Alert;

    /// <summary>True when the first of the records, which are whole, is an alert that is not encrypted.</summary>
    public static bool IsPlainAlert(ReadOnlySpan<byte> records) => IsAlert(records) && IsPlain(records);

    /// <summary>True when the first of the records, which are whole, is the beginning of a ClientHello.</summary>
    public static bool IsClientHello(ReadOnlySpan<byte> records) => records[0] == Handshake && IsPlain(records) && records[HeaderLength] == 1;

    /// <summary>The message_seq of the first of the records, which are whole, or -1 when it shows none (RFC 6347 section 4.2.2).</summary>
    public static int MessageSequence(ReadOnlySpan<byte> records) =>
        records[0] == Handshake && IsPlain(records) && records.Length >= HeaderLength + 6 ? BinaryPrimitives.ReadUInt16BigEndian(records[(HeaderLength + 4)..]) : -1;

    /// <summary>Gives the plain records of a datagram new sequence numbers, from <paramref name="next"/> on.</summary>
    public static void Renumber(Span<byte> datagram, ref uint next)
    {
        for (var record = datagram; Measure(record) is var length and > 0; record = record[length..])
        {
            if (!IsPlain(record)) continue;
            BinaryPrimitives.WriteUInt16BigEndian(record[5..], 0);
            BinaryPrimitives.WriteUInt32BigEndian(record[7..], next++);
        }
    }

    // A record of the first epoch is neither encrypted nor authenticated.
    private static bool IsPlain(ReadOnlySpan<byte> record) => record[3] == 0 && record[4] == 0;
}
