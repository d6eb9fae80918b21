using System.Net;
using System.Net.Sockets;
using RtcHub.Rtc;
using RtcHub.Sfu.Io;

namespace RtcHub.Sfu.Tests.Io;

public sealed class UdpTests
{
    private static readonly IPAddress Second = IPAddress.Parse("127.0.0.2");

    public static TheoryData<bool> Implementations => Ports.Implementations;

    [Theory, MemberData(nameof(Implementations))]
    public void A_datagram_comes_with_its_source_and_the_socket_it_came_to(bool portable)
    {
        using var port = Ports.Open(portable, options => options with { Addresses = [IPAddress.Loopback, Second, IPAddress.IPv6Loopback] });
        foreach (var (local, endPoint) in port.LocalEndPoints.Index())
        {
            Assert.Equal(port.Number, endPoint.Port);
            using var client = Ports.Client(endPoint.Address);
            client.SendTo([1, 2, (byte)local], endPoint);
            Assert.Equal(1, port.ReceiveSome());
            Assert.Equal([1, 2, (byte)local], port.Datagram(0, out var source).ToArray());
            Assert.Equal(new NetworkPath(Ports.AddressOf(client), local), source);
            Assert.False(Port.IsTcp(source));
        }
    }

    [Theory, MemberData(nameof(Implementations))]
    public void An_answer_leaves_from_the_address_that_was_asked(bool portable)
    {
        using var port = Ports.Open(portable, options => options with { Addresses = [IPAddress.Loopback, Second, IPAddress.IPv6Loopback] });
        foreach (var endPoint in port.LocalEndPoints)
        {
            using var client = Ports.Client(endPoint.Address);
            client.SendTo([1], endPoint);
            port.ReceiveSome();
            port.Datagram(0, out var source);
            var to = new SendChain(source);
            port.Send([7, 8], ref to);
            port.Flush();
            EndPoint from = new IPEndPoint(endPoint.Address, 0);
            var buffer = new byte[10];
            Assert.Equal(2, client.ReceiveFrom(buffer, ref from));
            Assert.Equal(endPoint, from);
        }
    }

    [Theory, MemberData(nameof(Implementations))]
    public void A_wildcard_of_IPv6_alone_serves_IPv4_too(bool portable)
    {
        using var port = Ports.Open(portable, options => options with { Addresses = [IPAddress.IPv6Any] });
        foreach (var address in (IPAddress[])[IPAddress.Loopback, IPAddress.IPv6Loopback])
        {
            using var client = Ports.Client(address);
            client.SendTo([1], new IPEndPoint(address, port.Number));
            port.ReceiveSome();
            port.Datagram(0, out var source);
            Assert.Equal(Ports.AddressOf(client), source.Remote);
            var to = new SendChain(source);
            port.Send([2], ref to);
            port.Flush();
            Assert.Equal(1, client.Receive(new byte[10]));
        }
    }

    [Theory, MemberData(nameof(Implementations))]
    public void By_default_every_address_of_the_machine_is_bound(bool portable)
    {
        using var port = Ports.Open(portable, options => options with { Addresses = null });
        Assert.Contains(port.LocalEndPoints, endPoint => endPoint.Address.Equals(IPAddress.Loopback));
        Assert.All(port.LocalEndPoints, endPoint => Assert.Equal(port.Number, endPoint.Port));
    }

    [Theory, MemberData(nameof(Implementations))]
    public void A_number_that_is_taken_is_refused(bool portable)
    {
        using var port = Ports.Open(portable);
        Assert.Throws<SocketException>(() => Ports.Open(portable, options => options with { Port = port.Number, Tcp = false }));
        using var tcp = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        tcp.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        tcp.Listen();
        Assert.Throws<SocketException>(() => Ports.Open(portable, options => options with { Port = ((IPEndPoint)tcp.LocalEndPoint!).Port }));
    }

    [Theory, MemberData(nameof(Implementations))]
    public void More_than_a_batch_is_received_in_several(bool portable)
    {
        using var port = Ports.Open(portable, options => options with { ReceiveBatch = 8 });
        using var client = Ports.Client(IPAddress.Loopback);
        for (var i = 0; i < 20; i++) client.SendTo([(byte)i], port.LocalEndPoints[0]);
        var received = new List<byte>();
        while (received.Count < 20)
        {
            var count = port.ReceiveSome();
            Assert.InRange(count, 1, 8);
            for (var i = 0; i < count; i++) received.Add(port.Datagram(i, out _)[0]);
        }

        Assert.Equal(Enumerable.Range(0, 20).Select(i => (byte)i), received);
        Assert.Equal((20, 20), (port.Counters.DatagramsIn, port.Counters.BytesIn));
    }

    [Theory, MemberData(nameof(Implementations))]
    public void What_is_too_long_is_dropped_and_counted_and_what_is_just_not_is_received(bool portable)
    {
        using var port = Ports.Open(portable);
        using var client = Ports.Client(IPAddress.Loopback);
        foreach (var length in (int[])[Port.MaxDatagram + 1, 9000, Port.MaxDatagram, 0, 1])
            client.SendTo(new byte[length], port.LocalEndPoints[0]);
        var lengths = new List<int>();
        while (lengths.LastOrDefault() != 1)
        {
            var count = port.ReceiveSome();
            for (var i = 0; i < count; i++) lengths.Add(port.Datagram(i, out _).Length);
        }

        Assert.Equal([Port.MaxDatagram, 0, 1], lengths);
        Assert.Equal(2, port.Counters.OversizeIn);
    }

    [Theory, MemberData(nameof(Implementations))]
    public void What_the_receive_buffer_cannot_hold_is_counted(bool portable)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Other systems do not tell.");
        const int Sent = 100;
        using var port = Ports.Open(portable, options => options with { SocketBuffer = 16 << 10 });
        using var client = Ports.Client(IPAddress.Loopback);
        for (var i = 0; i < Sent; i++) client.SendTo(new byte[1000], port.LocalEndPoints[0]);
        while (port.Receive(0) > 0)
        {
        }

        Assert.InRange(port.Overflows, 1, Sent - 1);
        Assert.Equal(Sent, port.Counters.DatagramsIn + port.Overflows);
    }

    [Theory, MemberData(nameof(Implementations))]
    public void Receiving_ends_when_time_is_over(bool portable)
    {
        using var port = Ports.Open(portable);
        Assert.Equal(0, port.Receive(0));
        Assert.Equal(0, port.Receive(1));
        Assert.Equal(0, port.Receive(-5_000));
        Assert.Equal(0, port.Receive(long.MinValue));
    }

    [Theory, MemberData(nameof(Implementations))]
    public void Waking_ends_the_receive_that_waits_or_the_next_one(bool portable)
    {
        using var port = Ports.Open(portable);
        for (var i = 0; i < 3; i++)
        {
            port.Wake();
            port.Wake();
            Assert.Equal(0, port.Receive(long.MaxValue));
        }

        // Strictly in turns, a waking for each receive: one that were lost would stop both.
        const int Turns = 1000;
        using var turn = new SemaphoreSlim(0);
        var waker = new Thread(() =>
        {
            for (var i = 0; i < Turns; i++)
            {
                port.Wake();
                turn.Wait();
            }
        });
        waker.Start();
        for (var i = 0; i < Turns; i++)
        {
            Assert.Equal(0, port.Receive(long.MaxValue));
            turn.Release();
        }

        waker.Join();
        port.Dispose();
        port.Wake();
    }
}
