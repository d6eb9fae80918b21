using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace RtcHub.Rtc.Rtp;

/// <summary>
/// The text of a mid or rid (RFC 9143 section 15, RFC 8852 section 3) as a value: 1-16 visible ASCII characters, compared and
/// hashed without allocation. Sixteen is what the one-byte form of a header extension carries.
/// </summary>
public readonly record struct ShortText
{
    /// <summary>Characters, and bytes.</summary>
    public const int MaxLength = 16;

    // The characters in network order, zeros behind the last.
    private readonly ulong _high;
    private readonly ulong _low;

    private ShortText(ReadOnlySpan<byte> padded)
    {
        _high = BinaryPrimitives.ReadUInt64BigEndian(padded);
        _low = BinaryPrimitives.ReadUInt64BigEndian(padded[8..]);
    }

    /// <summary>True for the default only.</summary>
    public bool IsEmpty => _high == 0;

    /// <summary>0-16.</summary>
    public int Length => MaxLength - (_low != 0 ? BitOperations.TrailingZeroCount(_low) : 64 + BitOperations.TrailingZeroCount(_high)) / 8;

    /// <summary>From the value of a header extension. False when it is empty, too long or not visible ASCII.</summary>
    public static bool TryRead(ReadOnlySpan<byte> value, out ShortText text)
    {
        text = default;
        if (value.Length is 0 or > MaxLength || value.ContainsAnyExceptInRange((byte)'!', (byte)'~')) return false;
        Span<byte> padded = stackalloc byte[MaxLength];
        padded.Clear();
        value.CopyTo(padded);
        text = new ShortText(padded);
        return true;
    }

    /// <summary>From SDP. False when it is empty, too long or not visible ASCII.</summary>
    public static bool TryParse(ReadOnlySpan<char> characters, out ShortText text)
    {
        text = default;
        if (characters.Length is 0 or > MaxLength || characters.ContainsAnyExceptInRange('!', '~')) return false;
        Span<byte> bytes = stackalloc byte[MaxLength];
        return TryRead(bytes[..Encoding.ASCII.GetBytes(characters, bytes)], out text);
    }

    /// <summary>Writes the characters; gives their number, 0 when they do not fit.</summary>
    public int CopyTo(Span<byte> value)
    {
        var length = Length;
        if (value.Length < length) return 0;
        Span<byte> padded = stackalloc byte[MaxLength];
        BinaryPrimitives.WriteUInt64BigEndian(padded, _high);
        BinaryPrimitives.WriteUInt64BigEndian(padded[8..], _low);
        padded[..length].CopyTo(value);
        return length;
    }

    /// <summary>As it stands in SDP.</summary>
    public override string ToString()
    {
        Span<byte> value = stackalloc byte[MaxLength];
        return Encoding.ASCII.GetString(value[..CopyTo(value)]);
    }
}
