using System.Text.RegularExpressions;

namespace RtcHub.E2E.Tests;

/// <summary>The example of web/README.md, word for word, in a page that has nothing else.</summary>
public sealed partial class LibraryExampleTests(Stage stage) : BrowserTest(stage)
{
    private const string Html = """<!doctype html><link rel="icon" href="data:,"><body><script type="module" src="/example.js"></script>""";

    [Fact(Timeout = Limit)]
    public async Task The_twenty_lines_make_a_call()
    {
        var readme = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "web", "README.md"), TestContext.Current.CancellationToken);
        var example = FirstScript().Match(readme).Groups[1].Value;
        Assert.InRange(example.Split('\n').Count(line => line.Length > 0), 10, 22);

        // A folder of pages like any other user's: the library, one page, one script.
        var root = Directory.CreateTempSubdirectory("rtchub-example-");
        try
        {
            Directory.CreateSymbolicLink(Path.Combine(root.FullName, "rtchub"), Path.Combine(Repository.Root, "web", "rtchub"));
            await File.WriteAllTextAsync(Path.Combine(root.FullName, "index.html"), Html, TestContext.Current.CancellationToken);
            await File.WriteAllTextAsync(Path.Combine(root.FullName, "example.js"), example, TestContext.Current.CancellationToken);
            await UseHubAsync($"Web:Root={root.FullName}");
            await SeeEachOtherAsync(await OpenAsync(""), await OpenAsync(""));
        }
        finally
        {
            root.Delete(recursive: true);
        }
    }

    private static async Task SeeEachOtherAsync(params Page[] pages)
    {
        foreach (var page in pages)
        {
            await page.UntilAsync("() => document.title === 'blue-fox-42: 2'");
            await page.UntilAsync("() => document.querySelectorAll('video').length === 1 && document.querySelector('video').videoWidth > 0");
            var shown = await page.EvaluateAsync<int>("() => document.querySelector('video').getVideoPlaybackQuality().totalVideoFrames");
            await page.UntilAsync("shown => document.querySelector('video').getVideoPlaybackQuality().totalVideoFrames > shown + 5", shown);
        }
    }

    [GeneratedRegex("```js\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex FirstScript();
}
