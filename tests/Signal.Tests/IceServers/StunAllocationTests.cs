using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using RtcHub.Rtc.Stun;
using RtcHub.Signal.IceServers;

namespace RtcHub.Signal.Tests.IceServers;

/// <summary>Counts what the whole process allocates, so nothing else may run meanwhile.</summary>
[CollectionDefinition(nameof(StunAllocationTests), DisableParallelization = true)]
[Collection(nameof(StunAllocationTests))]
public sealed class StunAllocationTests
{
    private const int Rounds = 5_000;

    [Fact]
    public async Task A_request_costs_the_listener_no_memory()
    {
        using var listener = new StunListener(
            Options.Create(new StunOptions { Ports = [0], RequestsPerSecond = 1_000_000 }), TimeProvider.System, NullLogger<StunListener>.Instance);
        await listener.StartAsync(TestContext.Current.CancellationToken);

        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = 10_000 };
        var server = new IPEndPoint(IPAddress.Loopback, listener.Ports[0]).Serialize();
        var request = StunClient.Request(StunMethod.Binding);
        var response = new byte[128];
        Ask(200);
        // The best of three: while it gets hot the code is compiled anew, which allocates on the side.
        var perRequest = Enumerable.Range(0, 3).Min(_ => Measure());
        await listener.StopAsync(TestContext.Current.CancellationToken);

        // A single object per request would be 24 bytes at least; the runner's own threads account for a fraction of one.
        Assert.InRange(perRequest, 0, 12);

        double Measure()
        {
            var before = GC.GetTotalAllocatedBytes(precise: true);
            Ask(Rounds);
            return (GC.GetTotalAllocatedBytes(precise: true) - before) / (double)Rounds;
        }

        void Ask(int times)
        {
            for (var i = 0; i < times; i++)
            {
                client.SendTo(request, SocketFlags.None, server);
                client.Receive(response);
            }
        }
    }
}
