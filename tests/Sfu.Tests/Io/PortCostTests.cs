using System.Net;
using System.Net.Sockets;
using RtcHub.Sfu.Io;

namespace RtcHub.Sfu.Tests.Io;

/// <summary>Counts what the whole process holds open, so nothing else may run meanwhile.</summary>
[CollectionDefinition(nameof(PortCostTests), DisableParallelization = true)]
[Collection(nameof(PortCostTests))]
public sealed class PortCostTests
{
    public static TheoryData<bool> Implementations => Ports.Implementations;

    [Theory, MemberData(nameof(Implementations))]
    public void A_datagram_in_and_out_costs_no_memory(bool portable)
    {
        using var port = Ports.Open(portable);
        using var client = Ports.Client(IPAddress.Loopback);
        client.Connect(port.LocalEndPoints[0]);
        AssertFree(port, client, new byte[1150]);
    }

    [Theory, MemberData(nameof(Implementations))]
    public void A_frame_in_and_out_costs_no_memory(bool portable)
    {
        using var port = Ports.Open(portable);
        using var client = Ports.ConnectTcp(port);
        var frame = new byte[1002];
        (frame[0], frame[1]) = (1000 >> 8, 1000 & 255);
        AssertFree(port, client, frame);
    }

    [Theory, MemberData(nameof(Implementations))]
    public void A_port_that_is_disposed_leaves_nothing_open(bool portable)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Counted in /proc.");
        const int Rounds = 30;
        OpenAndDispose();
        var before = Directory.GetFiles("/proc/self/fd").Length;
        for (var i = 0; i < Rounds; i++) OpenAndDispose();
        Assert.InRange(Directory.GetFiles("/proc/self/fd").Length, 0, before + (Rounds / 2));

        void OpenAndDispose()
        {
            using var port = Ports.Open(portable);
            using var connected = Ports.ConnectTcp(port);
            connected.Send([0, 1, 1]);
            port.ReceiveSome();
            Assert.Throws<SocketException>(() => Ports.Open(portable, options => options with { Port = port.Number }));
        }
    }

    /// <summary>What comes is sent back, five times over.</summary>
    private static void AssertFree(Port port, Socket client, byte[] message)
    {
        const int Copies = 5;
        var received = new byte[Copies * message.Length];
        SendChain to = default;
        Echo(2000);

        // The best of three: while code gets hot it is compiled anew, which allocates on the side.
        Assert.Equal(0, Enumerable.Range(0, 3).Min(_ => Measure()));

        long Measure()
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            Echo(1000);
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }

        void Echo(int times)
        {
            for (var i = 0; i < times; i++)
            {
                client.Send(message);
                var count = port.ReceiveSome();
                for (var d = 0; d < count; d++)
                {
                    var datagram = port.Datagram(d, out var source);
                    if (to.Path != source) to.Path = source;
                    for (var copy = 0; copy < Copies; copy++) port.Send(datagram, ref to);
                }

                port.Flush();
                for (var bytes = 0; bytes < Copies * message.Length;) bytes += client.Receive(received.AsSpan(bytes));
            }
        }
    }
}
