using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using RtcHub.Sfu.Control;
using RtcHub.Sfu.Hosting;

namespace RtcHub.Sfu.Tests.Control;

/// <summary>The program of src/Sfu in this process, on free ports.</summary>
internal sealed class SfuService : IAsyncDisposable
{
    public static readonly string Secret = new('s', 32);

    private readonly WebApplication _app;

    private SfuService(WebApplication app) => _app = app;

    public Uri Address => new(_app.Urls.First());

    public IServiceProvider Services => _app.Services;

    /// <param name="sfu">What it serves, or null: the real one.</param>
    /// <param name="url">Where it listens; of a service that has ended, for example.</param>
    public static async Task<SfuService> StartAsync(ISfu? sfu = null, Uri? url = null, params string[] settings)
    {
        string[] args = [$"--urls={url ?? new Uri("http://127.0.0.1:0")}", "--Sfu:Port=0", "--Sfu:Workers=1", $"--Sfu:Secret={Secret}", .. settings.Select(each => "--" + each)];
        var app = SfuApplication.Build(args, builder =>
        {
            builder.Logging.ClearProviders();
            if (sfu is not null) builder.Services.AddSingleton(sfu);
        });
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new SfuService(app);
    }

    /// <summary>A client of a service, as the hub is one.</summary>
    public static RemoteSfu Connect(Uri address, TimeProvider? time = null, string? secret = null) =>
        RemoteSfuServices.Create(address, secret ?? Secret, time ?? TimeProvider.System, NullLogger<RemoteEvents>.Instance);

    public async ValueTask DisposeAsync()
    {
        using var atOnce = new CancellationTokenSource(0);
        await _app.StopAsync(atOnce.Token);
        await _app.DisposeAsync();
    }
}
