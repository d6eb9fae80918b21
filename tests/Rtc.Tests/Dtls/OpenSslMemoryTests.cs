using System.Diagnostics;
using RtcHub.Rtc.Dtls;

namespace RtcHub.Rtc.Tests.Dtls;

/// <summary>The memory of the process is looked at, so nothing else may run.</summary>
[CollectionDefinition(nameof(OpenSslMemoryTests), DisableParallelization = true)]
[Collection(nameof(OpenSslMemoryTests))]
public sealed class OpenSslMemoryTests
{
    /// <summary>What OpenSSL allocates, no garbage collector sees. Ends that were not freed would leave 49 KB each behind, 49 MB.</summary>
    [Fact]
    public void Handshakes_leave_no_memory_behind()
    {
        using var certificate = DtlsCertificate.Create(new DateTimeOffset(2026, 11, 23, 0, 0, 0, TimeSpan.Zero), TimeSpan.FromDays(30));
        Shake(certificate, 100);
        var before = ResidentBytes();
        Shake(certificate, 500);
        Assert.InRange(ResidentBytes() - before, long.MinValue, 15_000_000);
    }

    private static void Shake(DtlsCertificate certificate, int times)
    {
        for (var i = 0; i < times; i++)
        {
            using var pair = new DtlsPair(
                new OpenSslDtls(DtlsRole.Client, certificate, certificate.Fingerprint), new OpenSslDtls(DtlsRole.Server, certificate, certificate.Fingerprint));
            pair.Run();
            Assert.Equal(DtlsState.Connected, pair.Server.State);
        }

        GC.Collect();
    }

    private static long ResidentBytes()
    {
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }
}
