using Microsoft.Playwright;

namespace RtcHub.E2E.Tests;

/// <summary>Camera and microphone as a page finds them.</summary>
internal enum Devices
{
    /// <summary>There, and whoever asks gets them.</summary>
    Allowed,

    /// <summary>There, and nobody gets them: without a window Chromium answers its own question with no.</summary>
    Refused,

    /// <summary>None: a test machine has none of its own.</summary>
    Missing,
}

/// <summary>Debian's Chromium, headless, with a camera that draws a moving picture and a microphone that beeps.</summary>
internal sealed class Chromium : IAsyncDisposable
{
    public const string Executable = "/usr/bin/chromium";

    private static readonly string[] Flags =
    [
        "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
        "--disable-sync", "--autoplay-policy=no-user-gesture-required",
    ];

    private static readonly Dictionary<Devices, string[]> DeviceFlags = new()
    {
        [Devices.Allowed] = ["--use-fake-device-for-media-stream=fps=15", "--use-fake-ui-for-media-stream"],
        [Devices.Refused] = ["--use-fake-device-for-media-stream=fps=15"],
        [Devices.Missing] = [],
    };

    private readonly IPlaywright _playwright;
    private readonly List<IBrowserContext> _contexts = [];

    private Chromium(IPlaywright playwright, IBrowser browser) => (_playwright, Browser) = (playwright, browser);

    public IBrowser Browser { get; }

    /// <param name="extraFlags">Added to the usual ones.</param>
    public static async Task<Chromium> StartAsync(Devices devices = Devices.Allowed, params string[] extraFlags)
    {
        Require();
        return await StartAsync(Executable, [.. Flags, "--allow-loopback-in-peer-connection", .. DeviceFlags[devices], .. extraFlags]);
    }

    /// <summary>On another machine, as far as networks go.</summary>
    /// <param name="within">What a command line begins with to run there.</param>
    /// <param name="folder">For what starts it.</param>
    public static async Task<Chromium> StartInAsync(string[] within, string folder, params string[] extraFlags)
    {
        Require();
        if (OperatingSystem.IsWindows()) throw new PlatformNotSupportedException("There are no network namespaces.");
        var start = Path.Combine(folder, "chromium");
        await File.WriteAllTextAsync(start, $"#!/bin/sh\nexec {string.Join(' ', within)} {Executable} \"$@\"\n");
        File.SetUnixFileMode(start, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        return await StartAsync(start, [.. Flags, .. DeviceFlags[Devices.Allowed], .. extraFlags]);
    }

    /// <summary>Without it the test is skipped; CI must not skip it.</summary>
    public static void Require()
    {
        if (!File.Exists(Executable)) TestMachine.Lacks("Chromium");
    }

    /// <summary>An empty page in a profile of its own: another person, or another machine.</summary>
    public async Task<IPage> NewPageAsync(BrowserNewContextOptions? options = null)
    {
        var context = await Browser.NewContextAsync(options ?? new() { ViewportSize = new() { Width = 960, Height = 640 }, Locale = "en-GB" });
        _contexts.Add(context);
        return await context.NewPageAsync();
    }

    public async Task<Page> OpenAsync(string address, BrowserNewContextOptions? options = null)
    {
        var page = new Page(await NewPageAsync(options));
        await page.Browser.GotoAsync(address);
        return page;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var context in _contexts)
            await context.DisposeAsync();
        await Browser.DisposeAsync();
        _playwright.Dispose();
    }

    private static async Task<Chromium> StartAsync(string executable, string[] flags)
    {
        var playwright = await Playwright.CreateAsync();
        var browser = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = executable, Headless = true, Args = flags });
        return new Chromium(playwright, browser);
    }
}
