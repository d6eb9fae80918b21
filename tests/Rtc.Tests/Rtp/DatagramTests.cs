using RtcHub.Rtc.Rtp;

namespace RtcHub.Rtc.Tests.Rtp;

public sealed class DatagramTests
{
    [Fact]
    public void Every_first_byte_has_the_kind_that_RFC_7983_draws()
    {
        for (var first = 0; first < 256; first++)
        {
            var expected = first switch
            {
                < 4 => DatagramKind.Stun,
                < 16 => DatagramKind.Unknown,
                < 20 => DatagramKind.Zrtp,
                < 64 => DatagramKind.Dtls,
                < 80 => DatagramKind.TurnChannel,
                < 128 => DatagramKind.Unknown,
                < 192 => DatagramKind.Rtp,
                _ => DatagramKind.Unknown,
            };
            Assert.Equal(expected, Datagram.Classify([(byte)first, 96]));
        }
    }

    [Fact]
    public void The_second_byte_tells_RTCP_from_RTP_by_RFC_5761()
    {
        for (var second = 0; second < 256; second++)
        {
            var expected = second is >= 192 and <= 223 ? DatagramKind.Rtcp : DatagramKind.Rtp;
            Assert.Equal(expected, Datagram.Classify([0x80, (byte)second]));
        }
    }

    [Fact]
    public void Less_than_two_bytes_are_nothing()
    {
        Assert.Equal(DatagramKind.Unknown, Datagram.Classify([]));
        Assert.Equal(DatagramKind.Unknown, Datagram.Classify([0x80]));
    }
}
