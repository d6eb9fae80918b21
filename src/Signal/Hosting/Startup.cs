using System.Reflection;
using Microsoft.Extensions.Configuration.Json;
using Microsoft.Extensions.Options;
using RtcHub.Sfu.Hosting;
using RtcHub.Signal.Diagnosis;
using RtcHub.Signal.IceServers;
using RtcHub.Signal.Tokens;

namespace RtcHub.Signal.Hosting;

/// <summary>Starting as a person sees it: one short text when it works, one sentence when it does not.</summary>
internal static partial class Startup
{
    private const int Failed = 1;

    public static WebApplicationBuilder AddStartup(this WebApplicationBuilder builder)
    {
        // The program's own defaults, wherever it is started from; settings of the working directory come on top.
        var own = new JsonConfigurationSource { Path = Path.Combine(AppContext.BaseDirectory, "appsettings.json"), Optional = true };
        own.ResolveFileProvider();
        builder.Configuration.Sources.Insert(0, own);

        // Until the hub runs, RunAsync says what went wrong; the host would print every stack trace a second time.
        var phase = new Phase();
        builder.Services.AddSingleton(phase);
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", level => phase.IsRunning && level >= LogLevel.Warning);
        builder.Services.AddOptionsWithValidateOnStart<StartupOptions>().BindConfiguration(StartupOptions.Section);
        return builder;
    }

    /// <summary>
    /// Builds and runs the hub. What its owner can put right (a port that is taken, a setting that is wrong) ends it with a
    /// sentence on standard error; anything else is a bug and keeps its stack trace.
    /// </summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(Func<WebApplication> build)
    {
        try
        {
            await using var app = build();
            await app.StartAsync();
            app.Services.GetRequiredService<Phase>().IsRunning = true;
            await AnnounceAsync(app);
            await app.WaitForShutdownAsync();
            return 0;
        }
        catch (Exception exception) when (StartFailure.Explain(exception, "RtcHub", "--urls http://localhost:PORT, --Https:Port PORT") is { } sentence)
        {
            await Console.Error.WriteLineAsync(sentence);
            return Failed;
        }
    }

    private static async Task AnnounceAsync(WebApplication app)
    {
        var options = app.Services.GetRequiredService<IOptions<StartupOptions>>().Value;
        var facts = new StartupFacts(
            Assembly.GetExecutingAssembly().GetName().Version!.ToString(fieldCount: 3),
            [.. app.Urls],
            LanAddresses.Find() is [var lan, ..] ? lan : null,
            app.Services.GetRequiredService<StunListener>().Ports,
            app.Services.GetRequiredService<IOptions<HttpsOptions>>().Value.SelfSigned,
            app.Services.GetRequiredService<JoinToken>().Required,
            options.SelfTest ? await app.Services.GetRequiredService<SelfTest>().RunAsync() : null);
        if (options.Text) await Console.Out.WriteAsync(StartupText.Compose(facts, options.QrCode ?? !Console.IsOutputRedirected));
        else StartupText.Warnings(facts).ToList().ForEach(warning => Log.Warn(app.Logger, warning)); // whoever wants no text still has to know
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "{Warning}")]
        public static partial void Warn(ILogger logger, string warning);
    }

    /// <summary>Whether the hub has started.</summary>
    private sealed class Phase
    {
        public bool IsRunning { get; set; }
    }
}
