using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Playwright;

namespace RtcHub.E2E.Tests;

/// <summary>A page of the hub, and everything that went wrong on it.</summary>
internal class Page
{
    // Playwright waits for ever for what a page evaluates; one that hangs is to be named, not waited for.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly List<string> _problems = [];
    private readonly List<Regex> _expected = [];

    public Page(IPage page)
    {
        Browser = page;
        page.PageError += (_, error) => Note(error);
        page.Crash += (_, _) => Note("The page has crashed.");
        page.Console += (_, message) =>
        {
            if (message.Type == "error") Note($"{message.Text} ({message.Location})");
        };
        page.Request += (_, request) => CheckHost(request.Url);
        page.WebSocket += (_, socket) => CheckHost(socket.Url);
    }

    public IPage Browser { get; }

    public ILocator Hook(string name, string more = "") => Browser.Locator($"[data-test={name}]{more}:visible");

    /// <summary>Evaluates an expression in the page; a promise is awaited.</summary>
    public async Task<T> EvaluateAsync<T>(string expression, object? argument = null) => await Browser.EvaluateAsync<T>(expression, argument);

    /// <summary>Until a condition (a function, which may be async) is true in the page; says what the call's state was if it never is.</summary>
    public async Task UntilAsync(string condition, object? argument = null, int seconds = 60)
    {
        // Playwright's own waiting takes a promise for true when it polls, so the page waits by itself, for a few seconds at a time.
        const string Wait = """
            async (condition, argument) => {
              for (const until = performance.now() + 5000; performance.now() < until;) {
                if (await condition(argument)) return true;
                await new Promise((next) => setTimeout(next, 100));
              }
              return false;
            }
            """;
        var expression = $"(argument) => ({Wait})({condition}, argument)";
        for (var waited = Stopwatch.StartNew(); waited.Elapsed < TimeSpan.FromSeconds(seconds);)
        {
            try
            {
                if (await Browser.EvaluateAsync<bool>(expression, argument).WaitAsync(Patience))
                    return;
            }
            catch (PlaywrightException e) when (e.Message.Contains("context was destroyed", StringComparison.Ordinal))
            {
                // The page was left for another: the next one is asked.
            }
        }

        throw new TimeoutException($"Never true: {condition}\n{await AccountAsync()}");
    }

    /// <summary>Saves what the page looks like when it has come to rest, for people to see.</summary>
    public Task ShootAsync(string name) =>
        Browser.ScreenshotAsync(new() { Path = Path.Combine(Repository.Artifacts, "screenshots", name + ".png"), Animations = ScreenshotAnimations.Disabled });

    /// <summary>A problem that the test provokes on purpose, as a regular expression.</summary>
    public void Expect(string problem) => _expected.Add(new Regex(problem));

    /// <summary>No error in the console, nothing against the Content-Security-Policy, nothing from another host.</summary>
    public void AssertClean()
    {
        lock (_problems)
            Assert.Equal("", string.Join('\n', _problems.Where(problem => !_expected.Exists(expected => expected.IsMatch(problem)))));
    }

    /// <summary>Where the page is, what the call's state is, and what went wrong so far.</summary>
    public async Task<string> AccountAsync()
    {
        var state = await Browser.EvaluateAsync<JsonElement?>("() => window.rtchub?.call ? JSON.parse(JSON.stringify(window.rtchub.call.state)) : window.rtchub?.whip?.state ?? null").WaitAsync(Patience);
        lock (_problems)
            return $"{Browser.Url}\nstate: {state}\nproblems: {string.Join("\n  ", _problems)}";
    }

    private void CheckHost(string url)
    {
        var asked = new Uri(url);
        if (asked.Scheme is "http" or "https" or "ws" or "wss" && Browser.Url.StartsWith("http", StringComparison.Ordinal) && asked.Authority != new Uri(Browser.Url).Authority)
            Note($"It asks another host: {url}");
    }

    private void Note(string problem)
    {
        lock (_problems)
            _problems.Add(problem);
    }
}
