using System.Diagnostics;
using System.Net.Sockets;
using RtcHub.Rtc.Dtls;
using RtcHub.Sfu.Control;
using RtcHub.Sfu.Transports;

namespace RtcHub.Sfu.Tests.Transports;

/// <summary>A real worker on loopback, to which everybody comes in the same moment.</summary>
[Collection(nameof(BouncyDtls))]
public sealed class JoinStormTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData(DtlsLibrary.OpenSsl)]
    [InlineData(DtlsLibrary.BouncyCastle)]
    public async Task Five_hundred_who_join_at_once_all_get_in_and_out_again(DtlsLibrary library)
    {
        const int Count = 500;
        await using var sfu = TestSfu.Start(configure: options => options.Dtls = library);
        var clients = await AnnounceAsync(sfu, Count, DtlsRole.Client);
        Run(clients, () => clients.TrueForAll(client => client.State == DtlsState.Connected));
        // The worker is through with a handshake before its client is.
        Assert.Equal(Count, sfu.Counters.Handshakes);
        Assert.Equal(0, sfu.Counters.Exceptions);
        Assert.Equal(Count, sfu.Workers.Transports);

        clients.ForEach(client => client.Leave());
        Run(clients, () => sfu.Workers.Transports == 0);
        Assert.Equal(Count, sfu.Counters.Closes[(int)CloseReason.PeerClosed]);
        await sfu.Sfu.GetStatusAsync(TestContext.Current.CancellationToken); // By now the worker's turn is over.
        var worker = sfu.Workers.Workers[0];
        Assert.Equal((0, 0, 0), (worker.Transports.Count, worker.Known, worker.Timers.Count));
        clients.ForEach(client => client.Dispose());
    }

    /// <summary>A client may insist on being spoken to first (RFC 5763 section 5).</summary>
    [Theory]
    [InlineData(DtlsLibrary.OpenSsl)]
    [InlineData(DtlsLibrary.BouncyCastle)]
    public async Task Clients_that_wait_for_our_hello_get_it_when_there_is_a_path(DtlsLibrary library)
    {
        await using var sfu = TestSfu.Start(configure: options => options.Dtls = library);
        var clients = await AnnounceAsync(sfu, 20, DtlsRole.Server);
        Run(clients, () => clients.TrueForAll(client => client.State == DtlsState.Connected) && sfu.Counters.Handshakes == 20);
        Assert.Equal(0, sfu.Counters.Exceptions);
        clients.ForEach(client => client.Dispose());
    }

    // Signalling first, so that the handshakes all begin together.
    private static async Task<List<StormClient>> AnnounceAsync(TestSfu sfu, int count, DtlsRole role)
    {
        var clients = Enumerable.Range(0, count).Select(_ => new StormClient(role)).ToList();
        for (var i = 0; i < count; i++)
        {
            var answer = await sfu.Sfu.ConnectAsync(new ConnectRequest($"room {i % 10}", $"client {i}", clients[i].Offer), TestContext.Current.CancellationToken);
            clients[i].Take(answer.Sdp);
        }

        return clients;
    }

    private static void Run(List<StormClient> clients, Func<bool> until)
    {
        var sockets = new List<Socket>();
        for (var waited = Stopwatch.StartNew(); !until();)
        {
            if (waited.Elapsed > Patience)
                Assert.Fail(string.Join(", ", clients.CountBy(client => client.State).Select(state => $"{state.Value} {state.Key}")));
            clients.ForEach(client => client.Turn());
            sockets.Clear();
            sockets.AddRange(clients.Select(client => client.Socket));
            Socket.Select(sockets, null, null, microSeconds: 5_000);
        }
    }
}
