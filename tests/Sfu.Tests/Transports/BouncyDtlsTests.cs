using RtcHub.Rtc.Dtls;
using RtcHub.Rtc.Srtp;
using RtcHub.Rtc.Tests.Dtls;
using RtcHub.Sfu.Transports;

namespace RtcHub.Sfu.Tests.Transports;

[Collection(nameof(BouncyDtls))] // All that use its threads.
public sealed class BouncyDtlsTests : DtlsTests
{
    protected override IDtls CreateClient(DtlsCertificate certificate, Fingerprint expected, params SrtpProfile[] profiles) =>
        new BouncyDtls(DtlsRole.Client, certificate, expected, profiles);

    protected override IDtls CreateServer(DtlsCertificate certificate, Fingerprint expected, params SrtpProfile[] profiles) =>
        new BouncyDtls(DtlsRole.Server, certificate, expected, profiles);

    /// <summary>Twice as many as there are threads say hello and no more; then come as many who mean it.</summary>
    [Fact]
    public void Who_fell_silent_does_not_keep_others_out()
    {
        const int Count = 2 * BouncyDtlsThread.MaxThreads;
        var buffer = new byte[IDtls.MaxDatagram];
        var silent = Enumerable.Range(0, Count).Select(_ => CreateServer(ServerCertificate, ClientCertificate.Fingerprint)).ToList();
        foreach (var server in silent)
        {
            server.Start(0);
            foreach (var fragment in ClientHellos.Chromium156) server.Receive(0, fragment);
        }

        var clients = Enumerable.Range(0, Count).Select(_ => new OpenSslDtls(DtlsRole.Client, ClientCertificate, ServerCertificate.Fingerprint)).ToList();
        var servers = Enumerable.Range(0, Count).Select(_ => CreateServer(ServerCertificate, ClientCertificate.Fingerprint)).ToList();
        clients.ForEach(client => client.Start(0));
        servers.ForEach(server => server.Start(0));
        var now = 0L;
        for (; now < 20_000_000 && servers.Exists(server => server.State == DtlsState.Handshaking); now += 10_000)
        {
            silent.ForEach(server => server.Timeout(now));
            for (var i = 0; i < Count; i++)
            {
                clients[i].Timeout(now);
                servers[i].Timeout(now);
                while (clients[i].TryPoll(buffer, out var length)) servers[i].Receive(now, buffer.AsSpan(0, length));
                while (servers[i].TryPoll(buffer, out var length)) clients[i].Receive(now, buffer.AsSpan(0, length));
            }
        }

        Assert.All(servers, server => Assert.Equal(DtlsState.Connected, server.State));
        Assert.All(clients, client => Assert.Equal(DtlsState.Connected, client.State));
        Assert.Contains(silent, server => server.Failure == DtlsFailure.Timeout);
        IEnumerable<IDtls> all = [.. silent, .. clients, .. servers];
        foreach (var machine in all) machine.Dispose();
    }
}
