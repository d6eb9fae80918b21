using System.Globalization;
using System.Net;
using System.Reflection;
using System.Text;
using Microsoft.Extensions.Options;
using RtcHub.Sfu.Control;
using RtcHub.Sfu.Pool;
using RtcHub.Sfu.Redis;

namespace RtcHub.Sfu.Hosting;

/// <summary>The media service alone: its ports for clients, its control API for a hub, health and metrics.</summary>
internal static class SfuApplication
{
    /// <summary>Seen by nobody else unless <c>Urls</c> says so.</summary>
    public const string DefaultUrl = "http://localhost:7880";

    private const int Failed = 1;
    private const string NotReached = "not reached from here: right behind a 1:1 NAT, else look at Sfu:AnnouncedAddresses and the firewall";

    /// <param name="configure">Last word on services and settings; for tests.</param>
    public static WebApplication Build(string[] args, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = WebApplication.CreateBuilder(args);
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning).AddFilter("System", LogLevel.Warning)
            .AddSimpleConsole(console => (console.SingleLine, console.TimestampFormat) = (true, "HH:mm:ss "));
        // RunAsync says what went wrong; the host would print every stack trace a second time.
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None);
        if (!IsSaidWhere(builder.Configuration)) builder.WebHost.UseUrls(DefaultUrl);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddEmbeddedSfu().AddSfuEndpoints().AddSfuMetricsForPrometheus();
        if (builder.AddRedis()) builder.Services.AddPoolRegistration();
        configure?.Invoke(builder);

        var app = builder.Build();
        app.MapSfuEndpoints();
        app.MapDrain();
        app.MapHealth();
        app.MapMetrics();
        return app;
    }

    /// <summary>Builds and runs the service; what its owner can put right ends it with a sentence on standard error.</summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(string[] args)
    {
        try
        {
            await using var app = Build(args);
            await app.StartAsync();
            CheckDoor(app);
            await Console.Out.WriteAsync(await ComposeAsync(app));
            await app.WaitForShutdownAsync();
            return 0;
        }
        catch (Exception exception) when (StartFailure.Explain(exception, "The media service", "--urls http://localhost:PORT, --Sfu:Port=PORT") is { } sentence)
        {
            await Console.Error.WriteLineAsync(sentence);
            return Failed;
        }
    }

    private static bool IsSaidWhere(ConfigurationManager settings) =>
        settings[WebHostDefaults.ServerUrlsKey] is { Length: > 0 } || settings[WebHostDefaults.HttpPortsKey] is { Length: > 0 }
        || settings[WebHostDefaults.HttpsPortsKey] is { Length: > 0 } || settings.GetSection("Kestrel:Endpoints").GetChildren().Any();

    // Whoever opens the control API to other machines means somebody to use it, and ControlDoor would let in nobody.
    private static void CheckDoor(WebApplication app)
    {
        if (app.Services.GetRequiredService<IOptions<ControlOptions>>().Value.Secret is not null) return;
        if (app.Urls.FirstOrDefault(url => !IsLoopback(url)) is { } open)
        {
            throw new OptionsValidationException(nameof(ControlOptions), typeof(ControlOptions),
                [$"the control API listens on {open} and has no secret; set Sfu:Secret, here and at the hub, or listen on this machine only."]);
        }
    }

    private static bool IsLoopback(string url) => BindingAddress.Parse(url).Host is var host
        && (host == "localhost" || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address)));

    private static async Task<string> ComposeAsync(WebApplication app)
    {
        var status = await app.Services.GetRequiredService<ISfu>().GetStatusAsync();
        var text = new StringBuilder();
        text.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"  RtcHub media service {Assembly.GetExecutingAssembly().GetName().Version!.ToString(fieldCount: 3)}").AppendLine();
        text.AppendLine(CultureInfo.InvariantCulture, $"  Control  {string.Join(", ", app.Urls)}");
        var probes = await Task.WhenAll(status.Candidates.Select(candidate => Probe.CandidateAsync(candidate)));
        for (var i = 0; i < probes.Length; i++)
            text.AppendLine(CultureInfo.InvariantCulture, $"  {(i == 0 ? "Media" : ""),-9}{probes[i].Target}   ({(probes[i].Outcome == ProbeOutcome.Ok ? "answers" : NotReached)})");
        return text.AppendLine().AppendLine("  Ctrl+C stops it.").ToString();
    }
}
