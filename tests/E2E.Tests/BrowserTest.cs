using Microsoft.Playwright;
using RtcHub.E2E.Tests.Relay;

namespace RtcHub.E2E.Tests;

/// <summary>
/// A test with people at browsers. Whatever it is about: no page may have an error in its console, break its
/// Content-Security-Policy or ask another host. When it fails, what everybody saw is left in <c>artifacts/failures</c>.
/// </summary>
public abstract class BrowserTest(Stage stage) : IClassFixture<Stage>, IAsyncLifetime
{
    /// <summary>Milliseconds; a test that takes longer hangs.</summary>
    protected const int Limit = 240_000;

    private readonly List<Page> _pages = [];
    private readonly Stack<IAsyncDisposable> _own = new();

    /// <summary>The hub of the class, or the test's own.</summary>
    private protected HubProcess Hub { get; private set; } = stage.Hub;

    /// <summary>The browser of the class, or the test's own.</summary>
    private protected Chromium Browser { get; private set; } = stage.Browser;

    /// <summary>The browser of the class.</summary>
    private protected Chromium UsualBrowser { get; } = stage.Browser;

    public ValueTask InitializeAsync()
    {
        Chromium.Require();
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        var hasFailed = TestContext.Current.TestState?.Result == TestResult.Failed;
        try
        {
            if (hasFailed) await LeaveTracesAsync();
        }
        finally
        {
            foreach (var page in _pages)
                await page.Browser.Context.CloseAsync();
            while (_own.TryPop(out var own))
                await own.DisposeAsync();
        }

        if (hasFailed) return;
        foreach (var page in _pages)
            page.AssertClean();
    }

    /// <summary>A hub for this test alone.</summary>
    private protected async Task UseHubAsync(params string[] settings) => Hub = Own(await HubProcess.StartAsync(settings));

    /// <summary>A Chromium for this test alone.</summary>
    private protected async Task UseBrowserAsync(Devices devices, params string[] extraFlags) =>
        Browser = Own(await Chromium.StartAsync(devices, extraFlags));

    /// <summary>Somebody comes into a room.</summary>
    /// <param name="by">The address by which the hub is reached, when it is not its own.</param>
    /// <param name="from">The browser, when it is not <see cref="Browser"/>.</param>
    /// <param name="through">A network of theirs, when it is not a good one.</param>
    private protected async Task<Person> JoinAsync(
        string room, string name, int code = 0, string query = Person.AllDevices, Uri? by = null, Chromium? from = null, LossyRelay? through = null)
    {
        var person = new Person(await (from ?? Browser).NewPageAsync(), name, code);
        _pages.Add(person);
        if (through is not null)
            await person.Browser.MeetingThroughAsync(through);
        await person.JoinAsync(by ?? Hub.Address, room, query);
        return person;
    }

    private protected static async Task EverybodySeesEverybodyAsync(params Person[] people)
    {
        foreach (var one in people)
        {
            foreach (var other in people.Where(other => other != one))
                await one.SeesPictureOfAsync(other);
        }
    }

    /// <summary>Somebody at another page of the hub than a call.</summary>
    private protected async Task<Person> OpenAsync(string path, string name = "Ada", int code = 0, BrowserNewContextOptions? options = null)
    {
        var person = new Person(await Browser.NewPageAsync(options), name, code);
        _pages.Add(person);
        await person.Browser.GotoAsync(new Uri(Hub.Address, path).ToString());
        return person;
    }

    /// <summary>Ends with the test.</summary>
    private protected T Own<T>(T own)
        where T : IAsyncDisposable
    {
        _own.Push(own);
        return own;
    }

    private async Task LeaveTracesAsync()
    {
        var test = $"{GetType().Name}.{TestContext.Current.TestMethod?.MethodName}";
        var folder = Directory.CreateDirectory(Path.Combine(Repository.Artifacts, "failures")).FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, $"{test}.hub.txt"), Hub.Output);
        for (var i = 0; i < _pages.Count; i++)
        {
            var name = Path.Combine(folder, $"{test}.{i}");
            await File.WriteAllTextAsync(name + ".txt", await _pages[i].AccountAsync());
            await _pages[i].Browser.ScreenshotAsync(new() { Path = name + ".png" });
        }
    }
}
