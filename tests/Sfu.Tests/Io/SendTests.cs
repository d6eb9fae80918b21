using System.Buffers.Binary;
using System.Net;
using CsCheck;
using RtcHub.Rtc;
using RtcHub.Sfu.Io;

namespace RtcHub.Sfu.Tests.Io;

public sealed class SendTests
{
    private static readonly int[] Lengths = [1, 100, 1150, 1200, Port.MaxOutgoing];

    public static TheoryData<bool> Implementations => Ports.Implementations;

    public static TheoryData<bool, string> Sizes => new MatrixTheoryData<bool, string>([false, true], ["equal", "equal but the last of five", "unequal", "growing", "mixed"]);

    [Theory, MemberData(nameof(Sizes))]
    public void Thousands_of_datagrams_arrive_complete_and_in_order(bool portable, string sizes)
    {
        // No more to one of them than the receive buffer of an untuned machine holds.
        const int Destinations = 40;
        const int Packets = 60;
        using var port = Ports.Open(portable, options => options with { SendBatch = Destinations * Packets, Addresses = [IPAddress.Loopback, IPAddress.IPv6Loopback] });
        var clients = Enumerable.Range(0, Destinations).Select(i => Ports.Client(port.LocalEndPoints[i % 2].Address)).ToArray();
        var chains = clients.Select((client, i) => new SendChain(new NetworkPath(Ports.AddressOf(client), i % 2))).ToArray();
        for (var packet = 0; packet < Packets; packet++)
        {
            for (var i = 0; i < Destinations; i++)
            {
                WritePacket(port.Reserve(), i, packet, Length(packet, i));
                port.Commit(Length(packet, i), ref chains[i]);
            }
        }

        port.Flush();
        var received = new byte[Port.MaxDatagram];
        var expected = new byte[Port.MaxOutgoing];
        for (var i = 0; i < Destinations; i++)
        {
            for (var packet = 0; packet < Packets; packet++)
            {
                var length = clients[i].Receive(received);
                WritePacket(expected, i, packet, Length(packet, i));
                Assert.Equal(expected.AsSpan(0, Length(packet, i)), received.AsSpan(0, length));
            }

            clients[i].Dispose();
        }

        Assert.Equal(Destinations * Packets, port.Counters.DatagramsOut);
        Assert.Equal(Enumerable.Range(0, Packets).Sum(packet => Enumerable.Range(0, Destinations).Sum(i => (long)Length(packet, i))), port.Counters.BytesOut);
        if (portable || sizes == "growing") Assert.Equal(0, port.Counters.Segments);
        else Assert.NotEqual(0, port.Counters.Segments);
        Assert.Equal(0, port.Counters.SegmentationRefused);

        int Length(int packet, int destination) => sizes switch
        {
            "equal" => 1150,
            "equal but the last of five" => packet % 5 == 4 ? 300 : 1200,
            "unequal" => 100 + (packet * 37 % 61 * 10),
            "growing" => 100 + packet,
            _ => packet / 20 % 2 == 0 ? 1200 : 20 + ((packet + destination) * 97 % 1180),
        };
    }

    [Fact]
    public void Any_lengths_in_any_order_to_anybody_arrive_as_they_were_sent()
    {
        using var port = Ports.Open(portable: false, options => options with { SendBatch = 40 });
        var clients = Enumerable.Range(0, 3).Select(_ => Ports.Client(IPAddress.Loopback)).ToArray();
        var received = new byte[Port.MaxDatagram];
        var expected = new byte[Port.MaxOutgoing];
        Gen.Select(Gen.Int[0, 2], Gen.Int[0, 4].Select(i => Lengths[i])).List[1, 100].Sample(
            packets =>
            {
                var chains = clients.Select(client => new SendChain(new NetworkPath(Ports.AddressOf(client), 0))).ToArray();
                foreach (var (number, (to, length)) in packets.Index())
                {
                    WritePacket(port.Reserve(), to, number, length);
                    port.Commit(length, ref chains[to]);
                }

                port.Flush();
                foreach (var (number, (to, length)) in packets.Index())
                {
                    WritePacket(expected, to, number, length);
                    var count = clients[to].Receive(received);
                    Assert.Equal(expected.AsSpan(0, length), received.AsSpan(0, count));
                }
            },
            threads: 1, iter: 200);
        Assert.NotEqual(0, port.Counters.Segments);
        foreach (var client in clients) client.Dispose();
    }

    [Fact]
    public void Packets_of_a_frame_leave_as_one_message_per_destination()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Segmentation offload is of Linux.");
        using var port = Ports.Open(portable: false);
        using var one = Ports.Client(IPAddress.Loopback);
        using var two = Ports.Client(IPAddress.Loopback);
        SendChain[] chains = [new(new NetworkPath(Ports.AddressOf(one), 0)), new(new NetworkPath(Ports.AddressOf(two), 0))];
        foreach (var length in (int[])[1150, 1150, 1150, 1150, 700, 1000, 1000])
        {
            for (var i = 0; i < chains.Length; i++) port.Send(new byte[length], ref chains[i]);
        }

        port.Flush();
        Assert.Equal(1, port.Counters.SendCalls);
        Assert.Equal((4, 14), (port.Counters.SegmentedMessages, port.Counters.Segments));
    }

    [Fact]
    public void A_run_is_cut_where_a_message_is_full()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Segmentation offload is of Linux.");
        using var port = Ports.Open(portable: false);
        using var client = Ports.Client(IPAddress.Loopback);
        var to = new SendChain(new NetworkPath(Ports.AddressOf(client), 0));
        for (var i = 0; i < 70; i++) port.Send(new byte[10], ref to); // 64 segments
        for (var i = 0; i < 45; i++) port.Send(new byte[1600], ref to); // 65,507 bytes: 40 segments
        port.Flush();
        for (var i = 0; i < 115; i++) Assert.Equal(i < 70 ? 10 : 1600, client.Receive(new byte[2000]));
        Assert.Equal((4, 115), (port.Counters.SegmentedMessages, port.Counters.Segments));
        Assert.Equal(0, port.Counters.SegmentationRefused);
    }

    [Fact]
    public void Without_segmentation_each_datagram_is_a_message()
    {
        using var port = Ports.Open(portable: false, options => options with { Segmentation = false });
        using var client = Ports.Client(IPAddress.Loopback);
        var to = new SendChain(new NetworkPath(Ports.AddressOf(client), 0));
        for (var i = 0; i < 100; i++) port.Send(new byte[1000], ref to);
        port.Flush();
        for (var i = 0; i < 100; i++) Assert.Equal(1000, client.Receive(new byte[2000]));
        Assert.Equal((0, 100), (port.Counters.Segments, port.Counters.DatagramsOut));
    }

    [Theory, MemberData(nameof(Implementations))]
    public void Whom_nothing_can_be_sent_to_harms_nobody_else(bool portable)
    {
        using var port = Ports.Open(portable);
        using var client = Ports.Client(IPAddress.Loopback);
        SendChain[] lost =
        [
            new(new NetworkPath(Parse("127.0.0.1:1"), 0)), // Nobody is there.
            new(new NetworkPath(Parse("[::1]:5"), 0)), // IPv6 from a socket of IPv4
            new(new NetworkPath(Parse("255.255.255.255:5"), 0)), // EACCES
            new(new NetworkPath(Parse("203.0.113.1:5"), 0)), // EINVAL: not from a loopback address
            new(new NetworkPath(Parse("127.0.0.1:0"), 0)), // EINVAL
            new(new NetworkPath(Parse("127.0.0.1:5"), 999)), // no such socket
            new(new NetworkPath(Parse("127.0.0.1:5"), Port.FirstTcp + 5)), // no such connection
        ];
        var to = new SendChain(new NetworkPath(Ports.AddressOf(client), 0));
        for (byte round = 0; round < 4; round++)
        {
            for (byte packet = 0; packet < 3; packet++)
            {
                for (var i = 0; i < lost.Length; i++)
                {
                    port.Send([round, packet, 0], ref lost[i]);
                    port.Send([round, packet, (byte)i], ref to);
                }
            }

            port.Flush();
        }

        var buffer = new byte[10];
        for (byte round = 0; round < 4; round++)
        {
            for (byte packet = 0; packet < 3; packet++)
            {
                for (var i = 0; i < lost.Length; i++)
                {
                    Assert.Equal(3, client.Receive(buffer));
                    Assert.Equal([round, packet, (byte)i], buffer[..3]);
                }
            }
        }

        // The system tells nobody of the ICMP error, so the first of them count as sent.
        Assert.Equal(12 * (lost.Length - 1), port.Counters.SendFailures);
        Assert.Equal(12 * (lost.Length + 1), port.Counters.DatagramsOut);
    }

    [Theory, MemberData(nameof(Implementations))]
    public void A_new_path_takes_over_with_the_next_datagram(bool portable)
    {
        using var port = Ports.Open(portable);
        using var before = Ports.Client(IPAddress.Loopback);
        using var after = Ports.Client(IPAddress.Loopback);
        var to = new SendChain(new NetworkPath(Ports.AddressOf(before), 0));
        port.Send([1], ref to);
        to.Path = new NetworkPath(Ports.AddressOf(after), 0);
        port.Send([2, 2], ref to);
        port.Flush();
        Assert.Equal(1, before.Receive(new byte[10]));
        Assert.Equal(2, after.Receive(new byte[10]));
    }

    [Theory, MemberData(nameof(Implementations))]
    public void A_chain_may_change_ports(bool portable)
    {
        using var one = Ports.Open(portable);
        using var two = Ports.Open(portable);
        using var client = Ports.Client(IPAddress.Loopback);
        var to = new SendChain(new NetworkPath(Ports.AddressOf(client), 0));
        one.Send([1], ref to);
        two.Send([1], ref to);
        one.Flush();
        two.Flush();
        foreach (var port in (Port[])[one, two])
        {
            EndPoint from = new IPEndPoint(IPAddress.Any, 0);
            Assert.Equal(1, client.ReceiveFrom(new byte[10], ref from));
            Assert.Equal(port.LocalEndPoints[0], from);
        }
    }

    [Fact]
    public void A_length_that_was_not_reserved_is_refused()
    {
        using var port = Ports.Open(portable: false);
        var to = new SendChain(default);
        Assert.Equal(Port.MaxOutgoing, port.Reserve().Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => port.Commit(Port.MaxOutgoing + 1, ref to));
        Assert.Throws<ArgumentOutOfRangeException>(() => port.Commit(0, ref to));
        port.Flush();
        Assert.Equal(0, port.Counters.SendCalls);
    }

    private static Address Parse(string text) => Address.TryParse(text, out var address) ? address : throw new FormatException(text);

    private static void WritePacket(Span<byte> into, int destination, int number, int length)
    {
        into = into[..length];
        into.Fill((byte)(destination + (number * 5)));
        if (length >= 4) BinaryPrimitives.WriteInt32BigEndian(into, (destination << 16) | number);
    }
}
