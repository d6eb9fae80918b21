using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using RtcHub.Sfu.Control;
using RtcHub.Sfu.Pool;
using RtcHub.Sfu.Redis;
using RtcHub.Sfu.Tests.Control;

namespace RtcHub.Sfu.Tests.Pool;

/// <summary>A hub's side of the pool, without the hub.</summary>
internal sealed class TestPool : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly IHost _host;
    private readonly IAsyncEnumerator<SfuEvent> _events;

    private TestPool(IHost host)
    {
        _host = host;
        Sfu = host.Services.GetRequiredService<ISfu>();
        _events = Sfu.EventsAsync(Cancel).GetAsyncEnumerator(Cancel);
    }

    public ISfu Sfu { get; }

    public PoolMembers Members => _host.Services.GetRequiredService<PoolMembers>();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static async Task<TestPool> StartAsync(RedisProcess redis, string? region = null)
    {
        var builder = Host.CreateApplicationBuilder([$"--Redis:Connection={redis.Connection}", $"--Sfu:Secret={SfuService.Secret}", $"--Sfu:Region={region}"]);
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(TimeProvider.System);
        builder.AddRedis();
        builder.Services.AddOptions<ControlOptions>().BindConfiguration(ControlOptions.Section);
        builder.Services.AddSfuPool();
        var host = builder.Build();
        await host.StartAsync(Cancel);
        return new TestPool(host);
    }

    /// <summary>A service that notes what it is asked, in the pool.</summary>
    public static async Task<(RecordingSfu Sfu, SfuService Service)> ServeAsync(RedisProcess redis, string name)
    {
        var transport = $"{name}-0-abc";
        var sfu = new RecordingSfu
        {
            Status = new SfuStatus(name, 0, 0, 0, []),
            Answer = new TransportAnswer(transport, "v=0\r\n", "uFrg"),
            Offer = new TransportOffer(transport, "v=0\r\n", []),
            Room = null,
        };
        return (sfu, await SfuService.StartAsync(sfu, null, $"Redis:Connection={redis.Connection}", $"Sfu:Region={name}"));
    }

    /// <summary>Until so many services are there.</summary>
    public async Task<TestPool> HasAsync(int services)
    {
        await UntilAsync(() => Members.All.Count(member => member.State == MemberState.There) == services);
        return this;
    }

    /// <summary>The next event of one of these kinds.</summary>
    public async Task<SfuEvent> NextAsync(params string[] kinds)
    {
        while (await _events.MoveNextAsync().AsTask().WaitAsync(Patience, Cancel))
        {
            if (kinds.Contains(_events.Current.Kind)) return _events.Current;
        }

        throw new InvalidOperationException("The events ended.");
    }

    /// <summary>Puts somebody into a room.</summary>
    /// <returns>The service that the room is on.</returns>
    public async Task<string> EnterAsync(string room) => (await Sfu.ConnectAsync(new ConnectRequest(room, "ada", "v=0\r\n"), Cancel)).Transport.Split('-')[0];

    public static async Task UntilAsync(Func<bool> holds)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        patience.CancelAfter(Patience);
        while (!holds()) await Task.Delay(20, patience.Token); // There is no event to wait for but the next look.
    }

    public async ValueTask DisposeAsync()
    {
        await _events.DisposeAsync();
        await _host.StopAsync(CancellationToken.None);
        _host.Dispose();
    }
}
