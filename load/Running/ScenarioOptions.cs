using System.Globalization;

namespace RtcHub.Load.Running;

/// <summary>What is asked of a signalling scenario on the command line.</summary>
internal sealed record ScenarioOptions
{
    public const string Usage = """

        load signal      calls between pairs: an offer, an answer, 16 candidates; or with --fan-out one to all in a room
        load idle        connections that do nothing, and what each costs
        load rooms       rooms over REST: create, patch, list, delete
        load join-storm  people who come at the same time
        load churn       people who come and go for long; memory must stay flat
        load chaos       hubs that are killed while people talk; what was lost is counted, and must be nothing
        load compare --with ws,socketio   the same signalling load on RtcHub and on servers of load/peers, in turn

          --pairs N           signal, chaos: pairs of people, each in a room of its own (200)
          --rate N            signal: calls a second; rooms: steps a second; 0: each as soon as the last is over (200; rooms 0)
          --gap MS            signal: between two candidates of one side (5 with a rate, 0 without)
          --fan-out N         signal: instead of calls, messages to all in a room of so many
          --connections N     idle (10000)
          --people N          join-storm: how many (200); churn: how many come and go at the same time (20)
          --in-rooms N        join-storm, churn: spread over so many rooms (1; churn 10)
          --over S            join-storm: they come within so many seconds (5)
          --joins N           churn: until so many have come and gone; 0: as long as --duration says (0)
          --seconds S         that are measured (20)
          --warmup S          before that (5)
          --sources N         loopback addresses to connect from: each has 28,000 ports (1)
          --kills N           chaos: how often a hub is killed (5)
          --every S           chaos: seconds between two kills (6)

          --url URL           a hub that runs; else one is started
          --token TOKEN       join token or API key for it
          --pid ID            its process, for CPU and memory
          --hub URL=COMMAND   chaos: a hub and how to start it; given for each of a cluster (else one is started, alone)
          --server FILE       the RtcHub.Signal.dll to start (this repository's Release build)
          --set KEY=VALUE     a setting of it, Section:Key=value; may be given again
          --report NAME       writes NAME.html and NAME.json
          --rounds N          compare: runs of each (3)
          --quick             compare: shorter and fewer, for a first look
        """;

    public int Pairs { get; init; } = 200;

    public int? Rate { get; init; }

    public int? Gap { get; init; }

    public int FanOut { get; init; }

    public int Connections { get; init; } = 10_000;

    public int? People { get; init; }

    public int? InRooms { get; init; }

    public int Over { get; init; } = 5;

    public int Joins { get; init; }

    public int Seconds { get; init; } = 20;

    public int Warmup { get; init; } = 5;

    public int Sources { get; init; } = 1;

    public int Kills { get; init; } = 5;

    public int Every { get; init; } = 6;

    public Uri? Url { get; init; }

    public string? Token { get; init; }

    public int? ProcessId { get; init; }

    public IReadOnlyList<(Uri Url, string Command)> Hubs { get; init; } = [];

    public string? Server { get; init; }

    public IReadOnlyList<string> Settings { get; init; } = [];

    public string? Report { get; init; }

    public IReadOnlyList<string> With { get; init; } = ["ws", "socketio"];

    public int? Rounds { get; init; }

    public bool Quick { get; init; }

    /// <exception cref="UsageException">An unknown name, or a value that does not fit.</exception>
    public static ScenarioOptions Parse(IEnumerable<string> arguments)
    {
        var options = new ScenarioOptions();
        using var words = arguments.GetEnumerator();
        while (words.MoveNext())
        {
            var name = words.Current;
            if (!name.StartsWith("--", StringComparison.Ordinal)) throw new UsageException($"'{name}' is not expected.");
            options = name switch
            {
                "--quick" => options with { Quick = true },
                _ => options.Set(name[2..], words.MoveNext() ? words.Current : throw new UsageException($"{name} needs a value.")),
            };
        }

        return options;
    }

    private ScenarioOptions Set(string name, string value)
    {
        return name switch
        {
            "pairs" => this with { Pairs = Number(1, 9000) },
            "rate" => this with { Rate = Number(0, 1_000_000) },
            "gap" => this with { Gap = Number(0, 1000) },
            "fan-out" => this with { FanOut = Number(2, 500) },
            "connections" => this with { Connections = Number(1, 19_000) },
            "people" => this with { People = Number(1, 9000) },
            "in-rooms" => this with { InRooms = Number(1, 9000) },
            "over" => this with { Over = Number(0, 3600) },
            "joins" => this with { Joins = Number(0, 100_000_000) },
            "seconds" => this with { Seconds = Number(1, 86_400) },
            "warmup" => this with { Warmup = Number(0, 600) },
            "sources" => this with { Sources = Number(1, 60_000) },
            "kills" => this with { Kills = Number(1, 10_000) },
            "every" => this with { Every = Number(1, 600) },
            "url" => this with { Url = Address(value) },
            "token" => this with { Token = value },
            "pid" => this with { ProcessId = Number(1, int.MaxValue) },
            "hub" => this with { Hubs = [.. Hubs, value.Split('=', 2) is [var url, var command] ? (Address(url), command) : throw new UsageException("--hub is URL=COMMAND.")] },
            "server" => this with { Server = value },
            "set" => this with { Settings = [.. Settings, value] },
            "report" => this with { Report = value },
            "with" => this with { With = [.. value.Split(',').Select(peer => peer is "ws" or "socketio" ? peer : throw new UsageException("--with is janus, or ws, socketio or both."))] },
            "rounds" => this with { Rounds = Number(1, 100) },
            _ => throw new UsageException($"There is no option --{name}."),
        };

        int Number(int min, int max) => int.TryParse(value, NumberStyles.None, null, out var number) && number >= min && number <= max
            ? number : throw new UsageException($"--{name} is a number from {min} to {max}.");

        static Uri Address(string value) => Uri.TryCreate(value, UriKind.Absolute, out var url) ? url : throw new UsageException($"{value} is no address.");
    }
}
