using RtcHub.Rtc;
using RtcHub.Signal.IceServers;

namespace RtcHub.Signal.Tests.IceServers;

public sealed class SourceLimitTests
{
    [Fact]
    public void Ports_of_one_address_share_an_allowance_which_comes_back_each_second()
    {
        var limit = new SourceLimit(perSecond: 2);
        Assert.True(limit.Allows(Of("192.0.2.1:1"), second: 7));
        Assert.True(limit.Allows(Of("192.0.2.1:2"), second: 7));
        Assert.False(limit.Allows(Of("192.0.2.1:3"), second: 7));
        Assert.True(limit.Allows(Of("192.0.2.1:3"), second: 8));
    }

    [Fact]
    public void A_64_of_IPv6_is_one_source()
    {
        var limit = new SourceLimit(perSecond: 1);
        Assert.True(limit.Allows(Of("[2001:db8::1]:1"), second: 7));
        Assert.False(limit.Allows(Of("[2001:db8::2]:1"), second: 7));
    }

    [Fact]
    public void A_flood_of_sources_gets_no_more_than_the_table_holds()
    {
        var limit = new SourceLimit(perSecond: 5, slots: 16);
        var allowed = 0;
        for (var i = 0; i < 100_000; i++)
        {
            Assert.True(Address.TryFromIp([10, (byte)(i >> 16), (byte)(i >> 8), (byte)i], 1, out var source));
            if (limit.Allows(source, second: 7)) allowed++;
        }

        Assert.Equal(5 * 16, allowed);
    }

    private static Address Of(string text) => Address.TryParse(text, out var address) ? address : throw new FormatException(text);
}
