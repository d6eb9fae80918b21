using System.Text.RegularExpressions;

namespace RtcHub.Signal.Tests.Security;

/// <summary>docs/security.md names a test for each of its claims; these are there.</summary>
public sealed partial class SecurityDocumentTests
{
    [Fact]
    public void Every_test_that_it_names_exists()
    {
        var sources = Directory.GetFiles(Path.Combine(Repository.Root, "tests"), "*Tests.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal)).ToLookup(Path.GetFileNameWithoutExtension, File.ReadAllText);
        var named = Named().Matches(File.ReadAllText(Path.Combine(Repository.Root, "docs", "security.md")));
        Assert.True(named.Count > 25);
        Assert.All(named, each =>
        {
            var texts = sources[each.Groups["class"].Value].ToArray();
            Assert.NotEmpty(texts);
            if (each.Groups["method"].Value is { Length: > 0 } method)
                Assert.Contains(texts, text => text.Contains($" {method}(", StringComparison.Ordinal));
        });
    }

    [GeneratedRegex(@"`(?<class>[A-Z]\w+Tests)(?:\.(?<method>\w+))?`")]
    private static partial Regex Named();
}
