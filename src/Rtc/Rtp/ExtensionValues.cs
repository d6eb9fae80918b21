using System.Buffers.Binary;

namespace RtcHub.Rtc.Rtp;

/// <summary>How loud a packet of audio is (RFC 6464 section 3).</summary>
/// <param name="Level">In -dBov: 0 is the loudest, 127 silence.</param>
/// <param name="Voice">The sender takes it for speech; only meaningful when SDP did not say <c>vad=off</c>.</param>
public readonly record struct AudioLevel(byte Level, bool Voice)
{
    /// <summary>False when the value is empty. A second byte is padding of the two-byte form (section 3).</summary>
    public static bool TryRead(ReadOnlySpan<byte> value, out AudioLevel level)
    {
        level = value.IsEmpty ? default : new AudioLevel((byte)(value[0] & 0x7F), (value[0] & 0x80) != 0);
        return !value.IsEmpty;
    }

    /// <summary>The value of the extension.</summary>
    public byte ToByte() => (byte)(Level & 0x7F | (Voice ? 0x80 : 0));
}

/// <summary>
/// When a packet left its sender: seconds as a fixed-point number of 6 and 18 bits, which wraps every 64 s
/// (http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time).
/// </summary>
public static class AbsSendTime
{
    /// <summary>Bytes.</summary>
    public const int Length = 3;

    private const int Bits = 24;
    private const int Fraction = 18;
    private const long Cycle = 64_000_000;

    /// <summary>From microseconds of a clock that does not go below 0.</summary>
    public static uint FromMicroseconds(long now) => (uint)((now % Cycle << Fraction) / 1_000_000);

    /// <summary>Microseconds from one to the other by the short way round, thus -32 s to 32 s.</summary>
    public static long Elapsed(uint from, uint to) => (SequenceNumber.Unwrap(from, to, Bits) - from) * 1_000_000 >> Fraction;

    /// <summary>False when the value is not of 3 bytes.</summary>
    public static bool TryRead(ReadOnlySpan<byte> value, out uint time)
    {
        time = value.Length == Length ? (uint)(value[0] << 16 | BinaryPrimitives.ReadUInt16BigEndian(value[1..])) : 0;
        return value.Length == Length;
    }

    /// <summary>Into 3 bytes.</summary>
    public static void Write(Span<byte> value, uint time)
    {
        BinaryPrimitives.WriteUInt16BigEndian(value[1..], (ushort)time);
        value[0] = (byte)(time >> 16);
    }
}

/// <summary>
/// A sequence number that counts all packets of a transport, whatever their SSRC
/// (draft-holmer-rmcat-transport-wide-cc-extensions-01 section 2).
/// </summary>
public static class TransportSequence
{
    /// <summary>Bytes.</summary>
    public const int Length = 2;

    /// <summary>False when the value is shorter than 2 bytes. A second version of the extension has more behind them.</summary>
    public static bool TryRead(ReadOnlySpan<byte> value, out ushort sequenceNumber) => BinaryPrimitives.TryReadUInt16BigEndian(value, out sequenceNumber);

    /// <summary>Into 2 bytes.</summary>
    public static void Write(Span<byte> value, ushort sequenceNumber) => BinaryPrimitives.WriteUInt16BigEndian(value, sequenceNumber);
}

/// <summary>How a picture is to be turned before it is shown (3GPP TS 26.114 section 7.4.5).</summary>
/// <param name="BackCamera">The camera looks away from its user.</param>
/// <param name="Flipped">Mirrored, applied after the rotation.</param>
/// <param name="Degrees">0, 90, 180 or 270 counter-clockwise as sent, to be undone clockwise.</param>
public readonly record struct VideoOrientation(bool BackCamera, bool Flipped, int Degrees)
{
    /// <summary>False when the value is empty.</summary>
    public static bool TryRead(ReadOnlySpan<byte> value, out VideoOrientation orientation)
    {
        orientation = value.IsEmpty ? default : new VideoOrientation((value[0] & 8) != 0, (value[0] & 4) != 0, (value[0] & 3) * 90);
        return !value.IsEmpty;
    }

    /// <summary>The value of the extension.</summary>
    public byte ToByte() => (byte)((BackCamera ? 8 : 0) | (Flipped ? 4 : 0) | Degrees / 90 & 3);
}
