using System.Globalization;

namespace RtcHub.Load;

/// <summary><c>command --name value --flag</c>.</summary>
internal sealed class Arguments
{
    private readonly List<(string Name, string? Value)> _options = [];

    public Arguments(string[] args)
    {
        Command = args.FirstOrDefault() ?? "";
        for (var i = 1; i < args.Length; i++)
        {
            if (!args[i].StartsWith("--", StringComparison.Ordinal)) throw new LoadException($"'{args[i]}' is no option.");
            var value = i + 1 < args.Length && !args[i + 1].StartsWith("--", StringComparison.Ordinal) ? args[i + 1] : null;
            _options.Add((args[i][2..], value));
            if (value is not null) i++;
        }
    }

    public string Command { get; }

    public bool Has(string name) => _options.Exists(option => option.Name == name);

    public string? Text(string name) => _options.FindLast(option => option.Name == name).Value;

    public IEnumerable<string> All(string name) => _options.Where(option => option.Name == name).Select(option => option.Value!);

    public int Number(string name, int usual) => Text(name) is not { } text
        ? usual
        : int.TryParse(text, CultureInfo.InvariantCulture, out var number) ? number : throw new LoadException($"--{name} takes a number, not '{text}'.");

    /// <summary><c>--sweep name=1,2,3</c>; one nameless step without it.</summary>
    public (string? Name, IReadOnlyList<int> Values) Sweep()
    {
        if (Text("sweep") is not { } text) return (null, [0]);
        var parts = text.Split('=');
        if (parts is not ["subscribers" or "rooms", _]) throw new LoadException("--sweep takes subscribers=... or rooms=...");
        return (parts[0], [.. parts[1].Split(',').Select(part => int.Parse(part, CultureInfo.InvariantCulture))]);
    }
}
