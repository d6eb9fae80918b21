using System.Runtime.InteropServices;

namespace RtcHub.Sfu.Pool;

/// <summary>SIGTERM drains; a second one, or Ctrl+C, stops at once.</summary>
internal sealed class DrainLifetime(Drain drain, IHostApplicationLifetime lifetime) : IHostLifetime, IDisposable
{
    private readonly List<PosixSignalRegistration> _signals = [];

    public Task WaitForStartAsync(CancellationToken cancellationToken)
    {
        _signals.Add(PosixSignalRegistration.Create(PosixSignal.SIGTERM, Drain));
        _signals.Add(PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop));
        _signals.Add(PosixSignalRegistration.Create(PosixSignal.SIGQUIT, Stop));
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _signals.ForEach(signal => signal.Dispose());

    private void Drain(PosixSignalContext signal)
    {
        if (drain.IsOn)
        {
            Stop(signal);
            return;
        }

        signal.Cancel = true;
        drain.Begin();
    }

    private void Stop(PosixSignalContext signal)
    {
        signal.Cancel = true;
        lifetime.StopApplication();
    }
}
