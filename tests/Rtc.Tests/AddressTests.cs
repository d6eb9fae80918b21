using System.Net;
using CsCheck;

namespace RtcHub.Rtc.Tests;

public sealed class AddressTests
{
    [Theory]
    [InlineData("192.0.2.1:3478")]
    [InlineData("0.0.0.0:0")]
    [InlineData("[2001:db8::1]:65535")]
    [InlineData("[::]:1")]
    public void Text_survives(string text)
    {
        Assert.True(Address.TryParse(text, out var address));
        Assert.Equal(text, address.ToString());
        Assert.Equal(IPEndPoint.Parse(text), address.ToIPEndPoint());
        Assert.Equal(address, Address.From(IPEndPoint.Parse(text)));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("host:3478")]
    [InlineData("192.0.2.1:70000")]
    public void What_is_no_address_does_not_parse(string? text) => Assert.False(Address.TryParse(text, out _));

    [Fact]
    public void Bytes_survive() =>
        Gen.Select(Gen.OneOf(Gen.Byte.Array[4], Gen.Byte.Array[16]), Gen.UShort).Sample((ip, port) =>
        {
            Assert.True(Address.TryFromIp(ip, port, out var address));
            Span<byte> back = stackalloc byte[16];
            back = back[..address.WriteIp(back)];
            Assert.True(back.SequenceEqual(ip) || new IPAddress(ip).IsIPv4MappedToIPv6);
            Assert.Equal(port, address.Port);
            Assert.Equal(0, address.WriteIp(back[..^1]));
        });

    [Fact]
    public void An_IPv4_address_is_the_same_value_mapped_or_not()
    {
        Assert.True(Address.TryParse("192.0.2.1:3478", out var plain));
        Assert.True(Address.TryParse("[::ffff:192.0.2.1]:3478", out var mapped));
        Assert.Equal(plain, mapped);
        Assert.Equal(plain.GetHashCode(), mapped.GetHashCode());
        Assert.True(mapped.IsIPv4);
    }

    [Theory]
    [InlineData("192.0.2.1:1")]
    [InlineData("[2001:db8::1]:3478")]
    public void What_the_system_calls_a_sockaddr_reads_back(string text)
    {
        var sockaddr = IPEndPoint.Parse(text).Serialize();
        Assert.True(Address.TryFromSockaddr(sockaddr.Buffer.Span[..sockaddr.Size], out var address));
        Assert.Equal(text, address.ToString());
        Assert.False(Address.TryFromSockaddr(sockaddr.Buffer.Span[..(sockaddr.Size - 1)], out _));
    }

    [Theory]
    [InlineData("192.0.2.1:1", 16)]
    [InlineData("192.0.2.1:1", 28)]
    [InlineData("[2001:db8::1]:3478", 28)]
    public void A_sockaddr_is_written_as_the_system_would_but_for_its_family(string text, int length)
    {
        Assert.True(Address.TryParse(text, out var address));
        var endPoint = IPEndPoint.Parse(text);
        if (length == 28) endPoint.Address = endPoint.Address.MapToIPv6();
        var sockaddr = endPoint.Serialize();
        var written = Enumerable.Repeat((byte)0xAA, length).ToArray();
        Assert.True(address.TryWriteSockaddr(written));
        Assert.Equal([0xAA, 0xAA], written[..2]);
        Assert.Equal(sockaddr.Buffer[2..sockaddr.Size].ToArray(), written[2..]);
        Assert.False(address.TryWriteSockaddr(new byte[length + 1]));
    }

    [Fact]
    public void An_IPv6_address_does_not_go_into_a_sockaddr_of_IPv4() =>
        Assert.False(Address.TryParse("[2001:db8::1]:1", out var address) && address.TryWriteSockaddr(new byte[16]));

    [Fact]
    public void A_network_is_an_IPv4_address_or_the_first_half_of_an_IPv6_address()
    {
        Assert.Equal(Network("192.0.2.1:1"), Network("192.0.2.1:2"));
        Assert.NotEqual(Network("192.0.2.1:1"), Network("192.0.2.2:1"));
        Assert.Equal(Network("[2001:db8::1]:1"), Network("[2001:db8::ffff:2]:1"));
        Assert.NotEqual(Network("[2001:db8::1]:1"), Network("[2001:db8:0:1::1]:1"));

        static ulong Network(string text) => Address.TryParse(text, out var address) ? address.Network : throw new FormatException(text);
    }
}
