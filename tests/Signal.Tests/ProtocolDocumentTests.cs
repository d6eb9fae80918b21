using System.Text.RegularExpressions;
using RtcHub.Signal.Sockets;

namespace RtcHub.Signal.Tests;

/// <summary>docs/protocol.md and the hub know the same messages, errors and close codes.</summary>
public sealed partial class ProtocolDocumentTests
{
    private static readonly string Document = File.ReadAllText(Path.Combine(Repository.Root, "docs", "protocol.md"));

    [Fact]
    public void Errors_are_the_same_with_the_same_status()
    {
        var section = Section("## 8.");
        var written = ErrorRow().Matches(section).Select(m => (m.Groups[1].Value, int.Parse(m.Groups[2].Value))).ToHashSet();
        Assert.Equal(Errors.All.Select(e => (e.Code, e.Status)).ToHashSet(), written);
    }

    [Fact]
    public void Close_codes_are_the_same()
    {
        var section = Section("## 7.");
        var written = CloseRow().Matches(section).Select(m => (int.Parse(m.Groups[1].Value), m.Groups[2].Value)).ToHashSet();
        Assert.Equal(Enum.GetValues<CloseCode>().Where(c => c != CloseCode.Normal).Select(c => ((int)c, c.Name())).ToHashSet(), written);
    }

    [Fact]
    public void Requests_are_the_same()
    {
        var section = Section("### Requests");
        var written = RequestRow().Matches(section).Select(m => m.Groups[1].Value).Where(name => name != "t").ToHashSet();
        Assert.Equal(Handler.All.Where(h => !h.IsControl).Select(h => h.Name).ToHashSet(), written);
    }

    private static string Section(string heading)
    {
        var start = Document.IndexOf(heading, StringComparison.Ordinal);
        Assert.True(start >= 0, heading);
        var end = Document.IndexOf("\n#", start + heading.Length, StringComparison.Ordinal);
        return end < 0 ? Document[start..] : Document[start..end];
    }

    [GeneratedRegex(@"^\| `([a-z_]+)` \[(\d+)\]", RegexOptions.Multiline)]
    private static partial Regex ErrorRow();

    [GeneratedRegex(@"^\| (4\d{3}) \| `([a-z_]+)`", RegexOptions.Multiline)]
    private static partial Regex CloseRow();

    [GeneratedRegex(@"^\| `([a-z-]+)` \|", RegexOptions.Multiline)]
    private static partial Regex RequestRow();
}
