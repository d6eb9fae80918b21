using System.Collections;
using System.Reflection;
using System.Text.RegularExpressions;

namespace RtcHub.Signal.Tests;

/// <summary>docs/settings.md names every key of every section with its default, and none that is not there.</summary>
public sealed partial class SettingsDocumentTests
{
    private static readonly string Document = File.ReadAllText(Path.Combine(Repository.Root, "docs", "settings.md"));

    // A class of options names its section and holds what can be bound: properties with a setter, and lists.
    private static readonly Dictionary<string, object?> Defaults = typeof(HubApplication).Assembly.GetTypes().Concat(typeof(RtcHub.Sfu.SfuOptions).Assembly.GetTypes())
        .Where(type => type.Name.EndsWith("Options", StringComparison.Ordinal) && type.GetField("Section") is not null)
        .SelectMany(type => type.GetProperties().Where(IsBound).Select(property => KeyValuePair.Create(
            $"{type.GetField("Section")!.GetValue(null)}:{property.Name}", property.GetValue(Activator.CreateInstance(type)))))
        .ToDictionary(StringComparer.Ordinal);

    private static readonly Match[] Rows = Row().Matches(Document).ToArray();

    [Fact]
    public void Every_key_is_there_and_no_other()
    {
        Assert.NotEmpty(Defaults);
        Assert.Equal(Defaults.Keys.Order(StringComparer.Ordinal), Rows.Select(row => row.Groups["key"].Value).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_default_is_that_of_the_code() =>
        Assert.All(Rows, row => Assert.Equal(Text(Defaults[row.Groups["key"].Value]), row.Groups["default"].Value.Trim('`')));

    [Fact]
    public void Every_key_stands_under_its_section()
    {
        foreach (var section in Document.Split("\n## ").Skip(1))
        {
            var name = section[..section.IndexOf('\n', StringComparison.Ordinal)];
            Assert.All(Row().Matches(section), row => Assert.StartsWith(name + ":", row.Groups["key"].Value, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Every_class_of_options_names_its_section() =>
        Assert.All(
            typeof(HubApplication).Assembly.GetTypes().Concat([typeof(RtcHub.Sfu.SfuOptions)]).Where(type => type.Name.EndsWith("Options", StringComparison.Ordinal)),
            type => Assert.True(type.GetField("Section") is { IsLiteral: true }, type.Name));

    private static bool IsBound(PropertyInfo property) =>
        property.SetMethod is not null
        || (property.PropertyType is { IsGenericType: true } type && type.GetGenericTypeDefinition() == typeof(IList<>));

    // A dash: nothing, or what the last column says.
    private static string Text(object? value) => value switch
    {
        null or ICollection { Count: 0 } => "-",
        bool flag => flag ? "true" : "false",
        _ => value.ToString()!,
    };

    [GeneratedRegex(@"^\| `(?<key>[A-Z]\w+:\w+)` \| (?<default>[^|]+) \| [^|]* ?\| [^|]+ \|$", RegexOptions.Multiline)]
    private static partial Regex Row();
}
