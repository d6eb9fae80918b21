using System.Text.RegularExpressions;

namespace RtcHub.Signal.Tests;

/// <summary>Documents that name files name files that exist.</summary>
public sealed partial class ArchitectureDocumentTests
{
    public static TheoryData<string> Documents =>
        [.. Directory.GetFiles(Repository.Root, "*.md", SearchOption.TopDirectoryOnly)
            .Concat(Directory.GetFiles(Path.Combine(Repository.Root, "docs"), "*.md"))
            .Append(Path.Combine(Repository.Root, "web", "README.md"))
            .Select(path => Path.GetRelativePath(Repository.Root, path))];

    [Theory]
    [MemberData(nameof(Documents))]
    public void Every_link_to_a_file_leads_somewhere(string document)
    {
        var path = Path.Combine(Repository.Root, document);
        var broken = Link().Matches(File.ReadAllText(path)).Select(m => m.Groups[1].Value.Split('#')[0])
            .Where(link => link.Length > 0 && !link.Contains("://", StringComparison.Ordinal))
            .Where(link => !Path.Exists(Path.Combine(Path.GetDirectoryName(path)!, link)));
        Assert.Empty(broken);
    }

    [Fact]
    public void Architecture_names_every_package_that_is_not_for_the_build()
    {
        var architecture = File.ReadAllText(Path.Combine(Repository.Root, "docs", "architecture.md"));
        var packages = Package().Matches(File.ReadAllText(Path.Combine(Repository.Root, "Directory.Packages.props"))).Select(m => m.Groups[1].Value);
        Assert.DoesNotContain(packages, p => !architecture.Contains(p.Split('.')[0] == "OpenTelemetry" ? "OpenTelemetry" : p, StringComparison.Ordinal)
            && p is not ("Microsoft.NET.Test.Sdk" or "xunit.runner.visualstudio"));
    }

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex("PackageVersion Include=\"([^\"]+)\"")]
    private static partial Regex Package();
}
