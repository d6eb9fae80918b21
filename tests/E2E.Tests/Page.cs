using System.Text.Json;
using Microsoft.Playwright;

namespace RtcHub.E2E.Tests;

/// <summary>A page of the hub, and everything that went wrong on it.</summary>
internal class Page
{
    private readonly List<string> _problems = [];
    private readonly List<string> _foreign = [];

    public Page(IPage page)
    {
        Browser = page;
        page.PageError += (_, error) => Note(_problems, error);
        page.Console += (_, message) =>
        {
            // A hub that was killed on purpose is refused connections; the browser logs each by itself.
            if (message.Type == "error" && !message.Text.Contains("ERR_CONNECTION_REFUSED", StringComparison.Ordinal)
                && !message.Text.Contains("WebSocket connection to", StringComparison.Ordinal)
                && !message.Text.Contains("Failed to load resource", StringComparison.Ordinal))
                Note(_problems, message.Text);
        };
        page.Request += (_, request) =>
        {
            var uri = new Uri(request.Url);
            if (uri.Scheme is "http" or "https" && page.Url.StartsWith("http", StringComparison.Ordinal) && uri.Authority != new Uri(page.Url).Authority)
                Note(_foreign, request.Url);
        };
    }

    public IPage Browser { get; }

    public ILocator Hook(string name) => Browser.Locator($"[data-test={name}]:visible");

    /// <summary>Evaluates an expression in the page; a promise is awaited.</summary>
    public async Task<T> EvaluateAsync<T>(string expression, object? argument = null) => await Browser.EvaluateAsync<T>(expression, argument);

    /// <summary>Until an expression is true in the page; says what the call's state was if it never is.</summary>
    public async Task UntilAsync(string condition, object? argument = null, int seconds = 60)
    {
        try
        {
            await Browser.WaitForFunctionAsync(condition, argument, new() { Timeout = seconds * 1000, PollingInterval = 100 });
        }
        catch (TimeoutException e)
        {
            var state = await Browser.EvaluateAsync<JsonElement?>("() => window.rtchub ? JSON.parse(JSON.stringify(window.rtchub.call.state)) : null");
            throw new TimeoutException($"Never true: {condition}\nstate: {state}\nproblems: {string.Join("; ", _problems)}", e);
        }
    }

    /// <summary>Saves what the page looks like, for people to see.</summary>
    public Task ShootAsync(string name) => Browser.ScreenshotAsync(new() { Path = Path.Combine(Repository.Artifacts, "screenshots", name + ".png") });

    /// <summary>No error in the console, nothing against the Content-Security-Policy, nothing from another host.</summary>
    public void AssertClean()
    {
        lock (_problems)
            Assert.Empty(_problems);
        lock (_foreign)
            Assert.Empty(_foreign);
    }

    private static void Note(List<string> list, string text)
    {
        lock (list)
            list.Add(text);
    }
}
