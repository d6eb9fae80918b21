using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using RtcHub.Rtc;
using RtcHub.Sfu.Io;

namespace RtcHub.Sfu.Tests.Io;

public sealed class LinuxSenderTests
{
    // <linux/in6.h>
    private const int IpProtocolIPv6 = 41;
    private const int IPv6Mtu = 24;
    private const int IPv6DontFragment = 62;

    [Fact]
    public void Segments_that_the_path_is_too_narrow_for_leave_as_single_datagrams()
    {
        Assert.SkipUnless(Linux.IsSupported, "Segmentation offload is of Linux.");
        using var socket = Ports.Client(IPAddress.IPv6Loopback);
        socket.SetRawSocketOption(IpProtocolIPv6, IPv6Mtu, MemoryMarshal.AsBytes([1280]));
        using var narrow = Ports.Client(IPAddress.IPv6Loopback);
        using var other = Ports.Client(IPAddress.IPv6Loopback);
        var counters = new PortCounters();
        var batch = new SendBatch(20, udpSockets: 1);
        var sender = new LinuxSender(batch, [socket], segmentation: true, counters);
        SendChain[] to = [new(new NetworkPath(Ports.AddressOf(narrow), 0)), new(new NetworkPath(Ports.AddressOf(other), 0))];
        int[] lengths = [1400, 1000];
        for (byte packet = 0; packet < 4; packet++)
        {
            for (var i = 0; i < to.Length; i++)
            {
                batch.Reserve()[0] = packet;
                batch.Commit(lengths[i], ref to[i]);
            }
        }

        sender.Send();
        var received = new byte[2000];
        foreach (var (client, length) in (IEnumerable<(Socket, int)>)[(narrow, 1400), (other, 1000)])
        {
            for (var packet = 0; packet < 4; packet++)
            {
                Assert.Equal(length, client.Receive(received));
                Assert.Equal(packet, received[0]);
            }
        }

        Assert.Equal((1, 4, 8), (counters.SegmentationRefused, counters.Segments, counters.DatagramsOut));
        Assert.Equal(0, counters.SendFailures + counters.OversizeOut);
    }

    [Fact]
    public void What_is_longer_than_the_path_takes_is_counted_and_harms_nobody_else()
    {
        Assert.SkipUnless(Linux.IsSupported, "The option is of Linux.");
        using var socket = Ports.Client(IPAddress.IPv6Loopback);
        socket.SetRawSocketOption(IpProtocolIPv6, IPv6Mtu, MemoryMarshal.AsBytes([1280]));
        socket.SetRawSocketOption(IpProtocolIPv6, IPv6DontFragment, MemoryMarshal.AsBytes([1]));
        using var client = Ports.Client(IPAddress.IPv6Loopback);
        var counters = new PortCounters();
        var batch = new SendBatch(20, udpSockets: 1);
        var sender = new LinuxSender(batch, [socket], segmentation: true, counters);
        var to = new SendChain(new NetworkPath(Ports.AddressOf(client), 0));
        foreach (var length in (int[])[1400, 1400, 1000, 100, 1500, 50])
        {
            batch.Reserve();
            batch.Commit(length, ref to);
        }

        sender.Send();
        foreach (var length in (int[])[1000, 100, 50]) Assert.Equal(length, client.Receive(new byte[2000]));
        Assert.Equal((3, 3), (counters.OversizeOut, counters.DatagramsOut));
    }
}
