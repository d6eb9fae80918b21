using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using CsCheck;
using Microsoft.Extensions.Time.Testing;
using RtcHub.Rtc;
using RtcHub.Sfu.Io;

namespace RtcHub.Sfu.Tests.Io;

public sealed class TcpTests
{
    public static TheoryData<bool> Implementations => Ports.Implementations;

    [Theory, MemberData(nameof(Implementations))]
    public void Frames_go_both_ways(bool portable)
    {
        using var port = Ports.Open(portable, options => options with { Addresses = [IPAddress.Loopback, IPAddress.IPv6Loopback] });
        for (var local = 0; local < 2; local++)
        {
            using var client = Ports.ConnectTcp(port, local);
            client.Send(Frames([1, 2, 3]));
            Assert.Equal(1, port.ReceiveSome());
            Assert.Equal([1, 2, 3], port.Datagram(0, out var path).ToArray());
            Assert.Equal(Ports.AddressOf(client), path.Remote);
            Assert.True(Port.IsTcp(path));

            var to = new SendChain(path);
            port.Send([4], ref to);
            port.Send([5, 6], ref to);
            port.Flush();
            Assert.Equal([4], ReadFrame(client));
            Assert.Equal([5, 6], ReadFrame(client));
        }

        Assert.Equal((2, 2, 4), (port.Counters.TcpAccepted, port.Counters.DatagramsIn, port.Counters.DatagramsOut));
    }

    [Theory, MemberData(nameof(Implementations))]
    public void However_the_stream_is_cut_the_frames_are_the_same(bool portable)
    {
        using var port = Ports.Open(portable, options => options with { ReceiveBatch = 8 });
        using var client = Ports.ConnectTcp(port);
        var lengths = Gen.OneOf(Gen.Int[0, 3], Gen.Int[0, Port.MaxDatagram], Gen.Const(Port.MaxDatagram));
        Gen.Select(lengths.SelectMany(length => Gen.Byte.Array[length]).List[1, 30], Gen.Int[1, 3000].List[1, 10]).Sample(
            (frames, cuts) =>
            {
                var stream = Frames([.. frames]);
                var expected = new Queue<byte[]>(frames.Where(frame => frame.Length > 0));
                var sent = 0;
                for (var i = 0; sent < stream.Length; i++)
                {
                    sent += client.Send(stream.AsSpan(sent, Math.Min(cuts[i % cuts.Count], stream.Length - sent)));
                    TakeFrames(port.Receive(0));
                }

                while (expected.Count > 0) TakeFrames(port.ReceiveSome());

                void TakeFrames(int count)
                {
                    for (var i = 0; i < count; i++) Assert.Equal(expected.Dequeue(), port.Datagram(i, out _).ToArray());
                }
            },
            threads: 1, iter: 200);
    }

    [Theory, MemberData(nameof(Implementations))]
    public void A_connection_full_of_tiny_frames_leaves_room_for_datagrams(bool portable)
    {
        using var port = Ports.Open(portable, options => options with { ReceiveBatch = 8 });
        using var tcp = Ports.ConnectTcp(port);
        using var udp = Ports.Client(IPAddress.Loopback);
        tcp.Send(Frames([.. Enumerable.Range(0, 100).Select(i => new[] { (byte)i })]));
        port.ReceiveUntil(() => port.Counters.DatagramsIn > 0);
        udp.SendTo([200], port.LocalEndPoints[0]);
        Assert.Equal((8 / 2) + 1, port.Receive(0));
        Assert.Equal([8, 9, 10, 11, 200], Enumerable.Range(0, 5).Select(i => port.Datagram(i, out _)[0]));
        port.ReceiveUntil(() => port.Counters.DatagramsIn == 101);
    }

    [Theory, MemberData(nameof(Implementations))]
    public void What_a_peer_said_before_it_left_is_heard(bool portable)
    {
        using var port = Ports.Open(portable, options => options with { ReceiveBatch = 2 });
        using (var client = Ports.ConnectTcp(port)) client.Send(Frames([1], [2], [3], [4], [5]));
        var heard = new List<byte>();
        int closed;
        while (!port.TryTakeClosed(out closed))
        {
            var count = port.Receive(10_000);
            for (var i = 0; i < count; i++)
            {
                heard.Add(port.Datagram(i, out var path)[0]);
                Assert.True(Port.IsTcp(path));
            }
        }

        Assert.Equal([1, 2, 3, 4, 5], heard);
        Assert.InRange(closed, Port.FirstTcp, int.MaxValue);
        Assert.False(port.TryTakeClosed(out _));
    }

    [Theory, MemberData(nameof(Implementations))]
    public void The_worker_ends_a_connection_and_what_it_received_stays_readable(bool portable)
    {
        using var port = Ports.Open(portable);
        using var client = Ports.ConnectTcp(port);
        client.Send(Frames([1], [2]));
        Assert.Equal(2, port.ReceiveSome());
        port.Datagram(0, out var path);
        port.Close(path.Local);
        port.Close(path.Local);
        port.Close(0);
        Assert.Equal([2], port.Datagram(1, out _).ToArray());
        Assert.Equal(0, client.Receive(new byte[10]));
        Assert.True(port.TryTakeClosed(out var closed));
        Assert.Equal(path.Local, closed);
        Assert.False(port.TryTakeClosed(out _));

        using var next = Ports.ConnectTcp(port);
        next.Send(Frames([3]));
        port.ReceiveSome();
        port.Datagram(0, out var other);
        Assert.NotEqual(path.Local, other.Local);
    }

    [Theory, MemberData(nameof(Implementations))]
    public void A_frame_that_is_too_long_ends_its_connection(bool portable)
    {
        using var port = Ports.Open(portable);
        using var client = Ports.ConnectTcp(port);
        client.Send([0, 1, 9, (Port.MaxDatagram + 1) >> 8, (Port.MaxDatagram + 1) & 255, 1, 2]);
        Assert.Equal(1, port.ReceiveSome());
        Assert.Equal([9], port.Datagram(0, out _).ToArray());
        port.ReceiveUntil(() => port.TryTakeClosed(out _));
        Assert.Equal(1, port.Counters.TcpExpelled);
        AssertEnded(client);
    }

    [Theory, MemberData(nameof(Implementations))]
    public void Who_says_nothing_in_time_is_sent_away(bool portable)
    {
        var time = new FakeTimeProvider();
        using var port = Ports.Open(portable, options => options with { Time = time });
        using var speaks = Ports.ConnectTcp(port);
        using var stammers = Ports.ConnectTcp(port);
        using var silent = Ports.ConnectTcp(port);
        stammers.Send([0, 200, 1]);
        speaks.Send(Frames([1]));
        port.ReceiveUntil(() => port.Counters.TcpAccepted == 3 && port.Counters.DatagramsIn == 1);

        time.Advance(TimeSpan.FromSeconds(9.9));
        port.Receive(0);
        Assert.False(port.TryTakeClosed(out _));
        time.Advance(TimeSpan.FromSeconds(1));
        port.Receive(0);
        Assert.True(port.TryTakeClosed(out _));
        Assert.True(port.TryTakeClosed(out _));
        Assert.False(port.TryTakeClosed(out _));
        AssertEnded(silent);
        AssertEnded(stammers);

        time.Advance(TimeSpan.FromHours(1));
        speaks.Send(Frames([2]));
        Assert.Equal(1, port.ReceiveSome());
        Assert.Equal(2, port.Counters.TcpExpelled);
    }

    [Theory, MemberData(nameof(Implementations))]
    public void Connections_are_limited_in_all_and_for_one_network(bool portable)
    {
        using var port = Ports.Open(portable, options => options with { Addresses = [IPAddress.Loopback, IPAddress.IPv6Loopback], TcpConnections = 3, TcpConnectionsPerNetwork = 2 });
        using var one = Ports.ConnectTcp(port);
        using var two = Ports.ConnectTcp(port);
        using var oneTooMuchForIPv4 = Ports.ConnectTcp(port);
        AssertRefused(oneTooMuchForIPv4, refused: 1);
        using var three = Ports.ConnectTcp(port, local: 1);
        using var oneTooMuch = Ports.ConnectTcp(port, local: 1);
        AssertRefused(oneTooMuch, refused: 2);

        two.Dispose();
        port.ReceiveUntil(() => port.TryTakeClosed(out _));
        using var instead = Ports.ConnectTcp(port);
        instead.Send(Frames([1]));
        Assert.Equal(1, port.ReceiveSome());
        Assert.Equal((4, 2), (port.Counters.TcpAccepted, port.Counters.TcpRefused));

        void AssertRefused(Socket client, int refused)
        {
            port.ReceiveUntil(() => port.Counters.TcpRefused == refused);
            AssertEnded(client);
        }
    }

    [Theory, MemberData(nameof(Implementations))]
    public void A_slow_reader_loses_whole_frames_and_harms_nobody(bool portable)
    {
        const int Count = 3000;
        using var port = Ports.Open(portable, options => options with { TcpSendBuffer = 64 << 10 });
        using var slow = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 16 << 10, ReceiveTimeout = 10_000 };
        slow.Connect(port.LocalEndPoints[0]);
        slow.Send(Frames([1]));
        port.ReceiveSome();
        port.Datagram(0, out var path);
        using var swift = Ports.Client(IPAddress.Loopback);
        var (toSlow, toSwift) = (new SendChain(path), new SendChain(new NetworkPath(Ports.AddressOf(swift), 0)));
        var frame = new byte[1000];
        for (var i = 0; i < Count; i++)
        {
            BinaryPrimitives.WriteInt32BigEndian(frame, i);
            port.Send(frame, ref toSlow);
            port.Send(frame, ref toSwift);
            if (i % 10 != 9) continue;
            port.Flush();
            for (var n = 0; n < 10; n++) Assert.Equal(1000, swift.Receive(new byte[2000]));
            port.Receive(0);
        }

        Assert.NotEqual(0, port.Counters.TcpOverflow);
        Assert.Equal(2 * Count, port.Counters.DatagramsOut + port.Counters.TcpOverflow);

        // What was accepted comes, in order and whole, as soon as it is read.
        var expected = port.Counters.DatagramsOut - Count;
        Assert.InRange(expected, 64, 1000);
        var reader = new Thread(() => { for (long i = 0, last = -1; i < expected; i++) last = ReadNumber(slow, last); });
        reader.Start();
        port.ReceiveUntil(() => !reader.IsAlive);
        port.Send([7], ref toSlow);
        port.Flush();
        Assert.Equal([7], ReadFrame(slow));

        static long ReadNumber(Socket socket, long last)
        {
            var frame = ReadFrame(socket);
            var number = frame.Length == 1000 ? BinaryPrimitives.ReadInt32BigEndian(frame) : -1;
            return number > last ? number : throw new InvalidDataException($"{number} after {last}");
        }
    }

    [Theory, MemberData(nameof(Implementations))]
    public void A_port_opens_again_at_once_on_its_number(bool portable)
    {
        // Nobody else binds this address, so nobody takes the number in between.
        PortOptions OnItsOwn(PortOptions options) => options with { Addresses = [IPAddress.Parse("127.0.0.77")] };
        var port = Ports.Open(portable, OnItsOwn);
        using var client = Ports.ConnectTcp(port);
        client.Send(Frames([1]));
        port.ReceiveSome();
        port.Dispose();
        AssertEnded(client);
        using var again = Ports.Open(portable, options => OnItsOwn(options) with { Port = port.Number });
        Assert.Equal(port.Number, again.Number);
    }

    [Theory, MemberData(nameof(Implementations))]
    public void Without_TCP_nobody_listens(bool portable)
    {
        using var port = Ports.Open(portable, options => options with { Tcp = false });
        Assert.Throws<SocketException>(() => Ports.ConnectTcp(port));
    }

    private static byte[] Frames(params byte[][] frames) =>
        [.. frames.SelectMany(frame => (byte[])[(byte)(frame.Length >> 8), (byte)frame.Length, .. frame])];

    private static byte[] ReadFrame(Socket socket)
    {
        var header = Read(2);
        return Read(BinaryPrimitives.ReadUInt16BigEndian(header));

        byte[] Read(int length)
        {
            var buffer = new byte[length];
            for (var read = 0; read < length;)
            {
                var count = socket.Receive(buffer.AsSpan(read));
                if (count == 0) throw new EndOfStreamException();
                read += count;
            }

            return buffer;
        }
    }

    private static void AssertEnded(Socket client)
    {
        var count = client.Receive(new byte[10], SocketFlags.None, out var error);
        Assert.True(count == 0 && error is SocketError.Success or SocketError.ConnectionReset, error.ToString());
    }
}
