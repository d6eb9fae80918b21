using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace RtcHub.Signal.Tests.Security;

/// <summary>Nobody writes lines of their own into the log, and no secret gets there.</summary>
public sealed class LogTests : ILoggerProvider
{
    private const string Key = "0123456789abcdef0123456789abcdef";
    private const string Forged = "\r\n12:00:00 info: RtcHub.Hub[1] all is well\u001b[2J\u2028";

    private readonly ConcurrentQueue<string> _lines = new();

    [Fact]
    public async Task What_clients_say_stays_in_its_line_and_secrets_stay_out()
    {
        await using var hub = await TestHub.StartAsync(ConfigureLogging, $"Auth:ApiKeys:0={Key}");
        using var http = hub.Http();
        (await http.SendAsync("POST", "/api/v1/rooms", """{"id":"logged"}""", key: $"Bearer {Key}")).Expect(System.Net.HttpStatusCode.Created);
        var token = (string)(await http.SendAsync("POST", "/api/v1/tokens", """{"room":"logged"}""", key: $"Bearer {Key}"))["token"]!;
        await using var eve = await SignalClient.OpenAsync(hub, "Eve" + Forged, "logged", passcode: "tulip-passcode", token: token);
        await eve.DoAsync("chat", new JsonObject { ["text"] = "hello" + Forged });
        await eve.RefusedAsync("mute", new JsonObject { ["target"] = Forged, ["kind"] = Forged });
        await eve.RefusedAsync("publish", new JsonObject { ["sdp"] = "v=0" + Forged });
        await http.SendAsync("GET", "/api/v1/rooms/" + Uri.EscapeDataString("x" + Forged), key: $"Bearer {Key}{Uri.EscapeDataString(Forged)}");
        await http.SendAsync("POST", "/whip/logged" + Uri.EscapeDataString(Forged), "v=0" + Forged, type: "application/sdp", key: $"Bearer {token}");

        await eve.SendAsync("""{"t":"chat","id":9999,"d":{}}""");
        await eve.ClosedAsync();

        Assert.NotEmpty(_lines);
        Assert.All(_lines, line => Assert.DoesNotContain(line, char.IsControl));
        Assert.All(_lines, line => Assert.DoesNotContain('\u2028', line));
        foreach (var secret in new[] { Key, token, eve.Secret, "tulip-passcode" })
            Assert.All(_lines, line => Assert.DoesNotContain(secret, line, StringComparison.Ordinal));
    }

    public ILogger CreateLogger(string categoryName) => new Lines(_lines, categoryName);

    public void Dispose()
    {
    }

    // Everything of the hub, and of the platform what it says unless its owner asks for more.
    private void ConfigureLogging(WebApplicationBuilder builder)
    {
        builder.Logging.AddProvider(this);
        builder.Services.PostConfigure<LoggerFilterOptions>(filter =>
        {
            filter.Rules.Clear();
            filter.Rules.Add(new LoggerFilterRule(null, "RtcHub", LogLevel.Trace, null));
            filter.MinLevel = LogLevel.Warning;
        });
    }

    private sealed class Lines(ConcurrentQueue<string> lines, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            lines.Enqueue($"{category}: {formatter(state, exception)}");
    }
}
