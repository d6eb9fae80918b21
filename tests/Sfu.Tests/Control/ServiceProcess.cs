using System.Diagnostics;
using RtcHub.Sfu.Control;

namespace RtcHub.Sfu.Tests.Control;

/// <summary>The program of src/Sfu as a process of its own, as <c>dotnet run --project src/Sfu</c> starts it.</summary>
internal sealed class ServiceProcess : IDisposable
{
    private readonly Process _process;

    private ServiceProcess(Process process, Uri address) => (_process, Address) = (process, address);

    public Uri Address { get; }

    /// <param name="address">Where it listens, or null: somewhere free.</param>
    public static async Task<ServiceProcess> StartAsync(Uri? address = null)
    {
        address ??= new Uri($"http://127.0.0.1:{TestMachine.FreeTcpPort()}");
        string[] arguments = [typeof(ISfu).Assembly.Location, $"--urls={address}", "--Sfu:Port=0", "--Sfu:Workers=1", "--Sfu:ListenAddresses:0=127.0.0.1", $"--Sfu:Secret={SfuService.Secret}"];
        var process = Process.Start(new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        try
        {
            // It says where it is when it is ready.
            while (await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
            {
                if (!line.Contains("Ctrl+C", StringComparison.Ordinal)) continue;
                _ = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
                return new ServiceProcess(process, address);
            }

            throw new InvalidOperationException(await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
        }
        catch
        {
            process.Kill();
            process.Dispose();
            throw;
        }
    }

    /// <summary>As kill -9 does: it has no time to say anything to anybody.</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    public void Dispose()
    {
        if (!_process.HasExited) Kill();
        _process.Dispose();
    }
}
