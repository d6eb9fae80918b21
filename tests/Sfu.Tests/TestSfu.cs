using Microsoft.Extensions.DependencyInjection;
using RtcHub.Sfu.Control;
using RtcHub.Sfu.Routing;
using RtcHub.Sfu.Workers;

namespace RtcHub.Sfu.Tests;

/// <summary>The real media service with real sockets on loopback, on free ports.</summary>
internal sealed class TestSfu : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    private TestSfu(ServiceProvider services) => _services = services;

    public ISfu Sfu => _services.GetRequiredService<ISfu>();

    public WorkerPool Workers => _services.GetRequiredService<WorkerPool>();

    public Counters Counters => Workers.Workers[0].Counters;

    public static TestSfu Start(int workers = 1, Action<SfuOptions>? configure = null)
    {
        var options = new SfuOptions { Port = 0, Workers = workers };
        options.ListenAddresses.Add("127.0.0.1");
        configure?.Invoke(options);
        var services = new ServiceCollection().AddSingleton(TimeProvider.System).AddLogging().AddMetrics();
        services.AddEmbeddedSfu().AddSingleton(options);
        return new TestSfu(services.BuildServiceProvider());
    }

    public ValueTask DisposeAsync() => _services.DisposeAsync();
}
