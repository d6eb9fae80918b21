using System.Buffers.Binary;

namespace RtcHub.Load.Clients;

/// <summary>
/// The last 16 bytes of every payload: a pattern, so that a viewer which decrypts sees whether it got what was sent, and the time
/// of sending. Servers that rewrite headers leave it alone.
/// </summary>
internal static class Stamp
{
    public const int Length = 16;

    private const ulong Pattern = 0x5274_6348_7562_4C64;

    /// <summary>Microseconds since 1970: the clock that the kernel stamps arriving datagrams with.</summary>
    public static long Now => (DateTime.UtcNow.Ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;

    public static void Write(Span<byte> payload, long now)
    {
        var stamp = payload[^Length..];
        BinaryPrimitives.WriteUInt64BigEndian(stamp, Pattern);
        BinaryPrimitives.WriteInt64BigEndian(stamp[8..], now);
    }

    /// <summary>False: this is not what a publisher sent.</summary>
    public static bool TryRead(ReadOnlySpan<byte> payload, out long sent)
    {
        sent = 0;
        if (payload.Length < Length || BinaryPrimitives.ReadUInt64BigEndian(payload[^Length..]) != Pattern) return false;
        sent = BinaryPrimitives.ReadInt64BigEndian(payload[^8..]);
        return true;
    }
}
