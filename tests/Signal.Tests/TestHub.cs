using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using RtcHub.Sfu.Control;
using RtcHub.Signal.Rooms;
using RtcHub.Signal.Sockets;

namespace RtcHub.Signal.Tests;

/// <summary>The real hub with a real Kestrel on a free port, in this process, with rooms in memory.</summary>
public sealed class TestHub : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);
    private readonly WebApplication _app;

    private TestHub(WebApplication app, FakeTimeProvider? time)
    {
        _app = app;
        Time = time!;
        Address = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
    }

    /// <summary>Where it listens, as <c>http://127.0.0.1:PORT/</c>.</summary>
    public Uri Address { get; }

    /// <summary>The hub's clock, if it was started with one of its own.</summary>
    public FakeTimeProvider Time { get; }

    public IServiceProvider Services => _app.Services;

    /// <param name="settings">As on the command line: <c>Signal:Burst=10</c>.</param>
    public static Task<TestHub> StartAsync(params string[] settings) => StartAsync(null, null, settings);

    /// <param name="configure">Last word on services and settings.</param>
    public static Task<TestHub> StartAsync(Action<WebApplicationBuilder> configure, params string[] settings) => StartAsync(null, null, sfu: null, settings, configure);

    /// <param name="time">The hub's clock, or null for the real one.</param>
    /// <param name="store">A store that lives longer than this hub: what the next one finds after a restart.</param>
    internal static Task<TestHub> StartAsync(FakeTimeProvider? time, IRoomStore? store, params string[] settings) => StartAsync(time, store, sfu: null, settings);

    /// <param name="sfu">The media service, or null: the real one.</param>
    internal static Task<TestHub> StartAsync(FakeTimeProvider? time, IRoomStore? store, ISfu? sfu, params string[] settings) => StartAsync(time, store, sfu, settings, configure: null);

    private static async Task<TestHub> StartAsync(FakeTimeProvider? time, IRoomStore? store, ISfu? sfu, string[] settings, Action<WebApplicationBuilder>? configure)
    {
        string[] args =
        [
            "--urls=http://127.0.0.1:0", "--environment=Testing", "--Storage:Provider=memory", "--Stun:Enabled=false", "--Sfu:Port=0", "--Sfu:Workers=1",
            .. settings.Select(s => "--" + s),
        ];
        var app = HubApplication.Build(args, builder =>
        {
            builder.Logging.ClearProviders();
            if (time is not null)
                builder.Services.AddSingleton<TimeProvider>(time);
            if (store is not null)
                builder.Services.AddSingleton(store);
            if (sfu is not null)
                builder.Services.AddSingleton(sfu);
            configure?.Invoke(builder);
        });
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new TestHub(app, time);
    }

    public HttpClient Http() => new() { BaseAddress = Address };

    /// <summary>Moves the clock on, second by second, as the heartbeat wants it.</summary>
    public void Advance(TimeSpan time)
    {
        var sockets = _app.Services.GetRequiredService<Heartbeat>();
        for (var second = 0; second < time.TotalSeconds; second++)
        {
            // A client may have read a frame before the hub knows that it is written: a clock that leaps then makes it a slow reader.
            SpinWait.SpinUntil(() => !sockets.Sockets.Any(socket => socket.IsWriting), Patience);
            Time.Advance(TimeSpan.FromSeconds(1));
        }
    }

    public async ValueTask DisposeAsync()
    {
        using var atOnce = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        try
        {
            await _app.StopAsync(atOnce.Token);
        }
        finally
        {
            await _app.DisposeAsync();
        }
    }
}
