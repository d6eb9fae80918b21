namespace RtcHub.E2E.Tests;

/// <summary>A hub and a Chromium for the tests of one class. Every test has rooms and browser profiles of its own.</summary>
public sealed class Stage : IAsyncLifetime
{
    internal Chromium Browser { get; private set; } = null!;

    internal HubProcess Hub { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        if (!File.Exists(Chromium.Executable)) return; // Each test skips, with the reason.
        Browser = await Chromium.StartAsync();
        Hub = await HubProcess.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (Hub is not null)
            await Hub.DisposeAsync();
        if (Browser is not null)
            await Browser.DisposeAsync();
    }
}
