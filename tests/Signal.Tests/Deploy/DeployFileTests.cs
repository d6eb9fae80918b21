using System.Text.RegularExpressions;

namespace RtcHub.Signal.Tests.Deploy;

/// <summary>What deploy/ and docker-compose.yml say, held to the programs: no setting, metric or alert that is not there.</summary>
public sealed partial class DeployFileTests
{
    private static readonly string[] Files =
        [Path.Combine(Repository.Root, "docker-compose.yml"), .. Directory.GetFiles(Path.Combine(Repository.Root, "deploy"), "*", SearchOption.AllDirectories)];

    [Fact]
    public void Every_setting_is_one()
    {
        var known = File.ReadAllText(Path.Combine(Repository.Root, "docs", "settings.md"));
        var used = Used(Setting(), match => $"{match.Groups["section"].Value}:{match.Groups["key"].Value}");
        Assert.Contains("Redis:Connection", used);
        Assert.All(used, key => Assert.Contains($"| `{key}` |", known, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_metric_is_one()
    {
        var known = File.ReadAllText(Path.Combine(Repository.Root, "docs", "metrics.md"));
        var used = Used(Metric(), match => match.Value.Replace("_bucket", "", StringComparison.Ordinal));
        Assert.True(used.Count > 15);
        Assert.All(used, name => Assert.Contains($"`{name}`", known, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_alert_says_what_to_do()
    {
        var alerts = Alert().Matches(File.ReadAllText(Path.Combine(Repository.Root, "deploy", "prometheus", "alerts.yml"))).Select(match => match.Groups[1].Value).ToArray();
        var told = File.ReadAllText(Path.Combine(Repository.Root, "docs", "operations.md"));
        Assert.NotEmpty(alerts);
        Assert.All(alerts, alert => Assert.Contains($"| `{alert}` |", told, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_variable_of_the_compose_file_is_in_the_example()
    {
        var example = File.ReadAllText(Path.Combine(Repository.Root, ".env.example"));
        var used = ComposeVariable().Matches(File.ReadAllText(Files[0])).Select(match => match.Groups[1].Value).Distinct();
        Assert.All(used, name => Assert.Matches($"(?m)^{name}=", example));
    }

    private static HashSet<string> Used(Regex regex, Func<Match, string> name) => [.. Files.SelectMany(file => regex.Matches(File.ReadAllText(file))).Select(name)];

    [GeneratedRegex(@"\b(?<section>[A-Z][A-Za-z]+)(?:__|:)(?<key>[A-Z][A-Za-z]+)(?:(?:__|:)\d+)?\b(?=[=: ,""]|$)", RegexOptions.Multiline)]
    private static partial Regex Setting();

    [GeneratedRegex("rtchub_(?:signal|sfu)_[a-z_]+")]
    private static partial Regex Metric();

    [GeneratedRegex(@"alert: (\w+)")]
    private static partial Regex Alert();

    [GeneratedRegex(@"\$\{(RTCHUB_\w+)")]
    private static partial Regex ComposeVariable();
}
