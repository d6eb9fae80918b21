using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Net;

namespace RtcHub.Rtc;

/// <summary>
/// An IP address and a port (a transport address, RFC 8489 section 4) as a value: copied, compared and hashed without
/// allocation. IPv4 is held as IPv4-mapped IPv6 (RFC 4291 section 2.5.5.2), so that what a dual-mode socket reports and
/// what an IPv4 socket reports are one and the same value. The scope of a link-local address is not part of it.
/// </summary>
public readonly record struct Address
{
    private const ulong MappedPrefix = 0x0000_FFFF_0000_0000;

    private readonly ulong _high;
    private readonly ulong _low;

    private Address(ulong high, ulong low, ushort port) => (_high, _low, Port) = (high, low, port);

    /// <summary>0-65535, host order.</summary>
    public ushort Port { get; }

    /// <summary>True for an IPv4 address, mapped or not.</summary>
    public bool IsIPv4 => _high == 0 && _low >> 32 == MappedPrefix >> 32;

    /// <summary>
    /// What one subscriber of a network usually owns: the IPv4 address, or the first 64 bits of the IPv6 address.
    /// Limits are counted by it, as whoever has one IPv6 address has 2^64 of them.
    /// </summary>
    public ulong Network => IsIPv4 ? _low : _high;

    /// <summary>4 or 16 bytes in network order; false for any other length.</summary>
    public static bool TryFromIp(ReadOnlySpan<byte> ip, ushort port, out Address address)
    {
        switch (ip.Length)
        {
            case 4:
                address = new Address(0, MappedPrefix | BinaryPrimitives.ReadUInt32BigEndian(ip), port);
                return true;
            case 16:
                address = new Address(BinaryPrimitives.ReadUInt64BigEndian(ip), BinaryPrimitives.ReadUInt64BigEndian(ip[8..]), port);
                return true;
            default:
                address = default;
                return false;
        }
    }

    /// <summary>
    /// From a <c>sockaddr_in</c> (16 bytes) or <c>sockaddr_in6</c> (28 bytes). The two are told apart by length, because the
    /// number of the family differs between systems while the offsets of port and address do not.
    /// </summary>
    public static bool TryFromSockaddr(ReadOnlySpan<byte> sockaddr, out Address address)
    {
        address = default;
        return sockaddr.Length switch
        {
            16 => TryFromIp(sockaddr[4..8], BinaryPrimitives.ReadUInt16BigEndian(sockaddr[2..]), out address),
            28 => TryFromIp(sockaddr[8..24], BinaryPrimitives.ReadUInt16BigEndian(sockaddr[2..]), out address),
            _ => false,
        };
    }

    /// <summary><c>192.0.2.1:3478</c> or <c>[2001:db8::1]:3478</c>.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out Address address)
    {
        address = default;
        if (!IPEndPoint.TryParse(text ?? "", out var endPoint)) return false;
        address = From(endPoint);
        return true;
    }

    /// <summary>The same address without its scope.</summary>
    public static Address From(IPEndPoint endPoint)
    {
        Span<byte> ip = stackalloc byte[16];
        endPoint.Address.TryWriteBytes(ip, out var length);
        TryFromIp(ip[..length], (ushort)endPoint.Port, out var address);
        return address;
    }

    /// <summary>IPv4 as IPv4, not mapped.</summary>
    public IPEndPoint ToIPEndPoint()
    {
        Span<byte> ip = stackalloc byte[16];
        return new IPEndPoint(new IPAddress(ip[..WriteIp(ip)]), Port);
    }

    /// <summary>Writes 4 or 16 bytes in network order and says how many; 0 when they do not fit.</summary>
    public int WriteIp(Span<byte> destination)
    {
        if (IsIPv4) return BinaryPrimitives.TryWriteUInt32BigEndian(destination, (uint)_low) ? 4 : 0;
        if (destination.Length < 16) return 0;
        BinaryPrimitives.WriteUInt64BigEndian(destination, _high);
        BinaryPrimitives.WriteUInt64BigEndian(destination[8..], _low);
        return 16;
    }

    /// <summary>
    /// Writes port and address into a <c>sockaddr_in</c> (16 bytes) or <c>sockaddr_in6</c> (28 bytes, IPv4 as mapped) and clears
    /// the rest, except the family at its start: that number is the system's. False when the address does not go into it.
    /// </summary>
    public bool TryWriteSockaddr(Span<byte> sockaddr)
    {
        if (sockaddr.Length != 28 && (sockaddr.Length != 16 || !IsIPv4)) return false;
        BinaryPrimitives.WriteUInt16BigEndian(sockaddr[2..], Port);
        sockaddr[4..].Clear();
        if (sockaddr.Length == 16)
        {
            BinaryPrimitives.WriteUInt32BigEndian(sockaddr[4..], (uint)_low);
        }
        else
        {
            BinaryPrimitives.WriteUInt64BigEndian(sockaddr[8..], _high);
            BinaryPrimitives.WriteUInt64BigEndian(sockaddr[16..], _low);
        }

        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => ToIPEndPoint().ToString();
}
