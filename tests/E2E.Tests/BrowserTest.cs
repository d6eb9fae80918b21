namespace RtcHub.E2E.Tests;

/// <summary>A browser and a hub of its own for each test.</summary>
public abstract class BrowserTest : IAsyncLifetime
{
    private protected Chromium Browser { get; private set; } = null!;

    private protected HubProcess Hub { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Browser = await Chromium.StartAsync();
        Hub = await HubProcess.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (Hub is not null)
            await Hub.DisposeAsync();
        if (Browser is not null)
            await Browser.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>Somebody joins a room of this hub.</summary>
    private protected Task<Person> JoinAsync(string room, string name, int code = 0, string query = Person.AllDevices) =>
        Person.JoinAsync(Browser, Hub, room, name, code, query);
}
