using System.Globalization;
using RtcHub.Load.Clients;
using RtcHub.Rtc.Srtp;

namespace RtcHub.Load;

/// <summary>A command line that makes no sense; the message says what about it.</summary>
internal sealed class UsageException(string message) : Exception(message);

/// <summary>What is asked for on the command line.</summary>
internal sealed record LoadOptions
{
    public const string Usage = """
        load sfu      one server under load
        load meeting  a media service with one meeting in which everybody sends and sees many
        load compare  RtcHub and another server under the same load, in turn

          --rooms N           (1)
          --publishers N      in each room; its viewers watch the first, the others only send (1)
          --subscribers N     viewers in each room (100)
          --video KBIT        VP8 at 30 frames/s, kbit/s; 0: none (1500)
          --audio             Opus, 50 packets/s of 120 bytes
          --paced             a frame's packets at 2.5 times the rate, not all at once
          --duration S        seconds that are measured (20)
          --warmup S          seconds between the last join and that (5)
          --joins N           clients that join at the same time (8)
          --decrypt N         every Nth viewer decrypts, for latency and integrity (10)
          --profile P         gcm or sha1 (gcm)
          --threads N         threads for viewers; 0: one per 300 (0)
          --sweep NAME=A,B,C  sfu: one run per value of an option: subscribers=10,50,100 or rooms=1,10,50

          --url URL           sfu: a running server with WHIP and WHEP; else a hub is started
          --token TOKEN       bearer token for it
          --pid ID            its process, when it is on this machine: CPU and memory are read from it
          --server FILE       the RtcHub.Signal.dll to start (this repository's Release build)
          --workers N         its media workers; 0: one per processor (1)
          --set KEY=VALUE     a setting of it, Section:Key=value; may be given again
          --network NET       veth or local, between clients and a server that is started (veth where it is possible)

          --participants N    meeting: people (50)
          --cameras N         meeting: how many of them have a camera, in three sizes; 0: all (0)
          --visible N         meeting: tiles that each of them sees (25)
          --speakers N        meeting: how many speak at a time, in turns (3)
          --dtx               meeting: who is silent sends a packet each 400 ms
          --blind             meeting: nobody tells the service what arrives when, so that a crowded machine is not taken for a narrow network
          --fps N             meeting: frames per second; fewer are a smaller load of the same kind (30)

          --with janus        compare: with what
          --loops A,B         compare: Janus' event_loops, one server for each; 0: its default, a thread per client (2)
          --rounds N          compare: runs of each (3)
        """;

    public int Rooms { get; init; } = 1;

    public int Publishers { get; init; } = 1;

    public int Subscribers { get; init; } = 100;

    public int Participants { get; init; } = 50;

    public int Cameras { get; init; }

    public int CamerasOn => Cameras == 0 ? Participants : Math.Min(Cameras, Participants);

    public int Visible { get; init; } = 25;

    public int Speakers { get; init; } = 3;

    /// <summary>Discontinuous transmission of sound (RFC 7587 section 3.1.3).</summary>
    public bool Dtx { get; init; }

    /// <summary>No feedback for the estimation of bandwidth.</summary>
    public bool Blind { get; init; }

    /// <summary>Frames per second.</summary>
    public int Rate { get; init; } = 30;

    public int Video { get; init; } = 1500;

    public bool Audio { get; init; }

    public bool Paced { get; init; }

    public int Duration { get; init; } = 20;

    public int Warmup { get; init; } = 5;

    public int Joins { get; init; } = 8;

    public int Decrypt { get; init; } = 10;

    public SrtpProfile Profile { get; init; } = SrtpProfile.AeadAes128Gcm;

    public int Threads { get; init; }

    public (string Name, IReadOnlyList<string> Values)? Sweep { get; init; }

    public Uri? Url { get; init; }

    public string? Token { get; init; }

    public int? ProcessId { get; init; }

    public string? Server { get; init; }

    public int Workers { get; init; } = 1;

    public bool? Veth { get; init; }

    public string With { get; init; } = "janus";

    public IReadOnlyList<int> Loops { get; init; } = [2];

    public int Rounds { get; init; } = 3;

    public IReadOnlyList<string> Settings { get; init; } = [];

    public Media Media => new(Video, Audio, Paced);

    public int Viewers => Rooms * Subscribers;

    public int ViewerThreads => Threads > 0 ? Threads : (Viewers + 299) / 300;

    /// <exception cref="UsageException">An unknown name, or a value that does not fit.</exception>
    public static LoadOptions Parse(IEnumerable<string> arguments)
    {
        var options = new LoadOptions();
        using var words = arguments.GetEnumerator();
        while (words.MoveNext())
        {
            var name = words.Current;
            if (!name.StartsWith("--", StringComparison.Ordinal)) throw new UsageException($"'{name}' is not expected.");
            options = name switch
            {
                "--audio" => options with { Audio = true },
                "--blind" => options with { Blind = true },
                "--dtx" => options with { Dtx = true },
                "--paced" => options with { Paced = true },
                _ => options.Set(name[2..], words.MoveNext() ? words.Current : throw new UsageException($"{name} needs a value.")),
            };
        }

        if (options is { Video: 0, Audio: false }) throw new UsageException("Without video and audio nothing is sent.");
        return options;
    }

    /// <summary>The same with another value of one option.</summary>
    public LoadOptions Set(string name, string value)
    {
        return name switch
        {
            "rooms" => this with { Rooms = Number(1, 1000) },
            "publishers" => this with { Publishers = Number(1, 1000) },
            "subscribers" => this with { Subscribers = Number(1, 5000) },
            "participants" => this with { Participants = Number(2, 2000) },
            "cameras" => this with { Cameras = Number(0, 2000) },
            "visible" => this with { Visible = Number(1, 64) },
            "speakers" => this with { Speakers = Number(1, 100) },
            "fps" => this with { Rate = Number(1, 60) },
            "video" => this with { Video = Number(0, 50_000) },
            "duration" => this with { Duration = Number(1, 3600) },
            "warmup" => this with { Warmup = Number(0, 600) },
            "joins" => this with { Joins = Number(1, 1000) },
            "decrypt" => this with { Decrypt = Number(1, 5000) },
            "threads" => this with { Threads = Number(0, 64) },
            "profile" => this with { Profile = OneOf("gcm", "sha1") == "gcm" ? SrtpProfile.AeadAes128Gcm : SrtpProfile.Aes128CmSha1_80 },
            "sweep" => this with { Sweep = value.Split('=') is [var what, var values] ? (what, values.Split(',')) : throw new UsageException("--sweep is NAME=A,B,C.") },
            "url" => this with { Url = Uri.TryCreate(value, UriKind.Absolute, out var url) ? url : throw new UsageException("--url is no address.") },
            "token" => this with { Token = value },
            "pid" => this with { ProcessId = Number(1, int.MaxValue) },
            "server" => this with { Server = value },
            "workers" => this with { Workers = Number(0, 64) },
            "network" => this with { Veth = OneOf("veth", "local") == "veth" },
            "with" => this with { With = OneOf("janus") },
            "loops" => this with { Loops = [.. value.Split(',').Select(part => int.TryParse(part, NumberStyles.None, null, out var loops) ? loops : throw new UsageException("--loops takes numbers."))] },
            "set" => this with { Settings = [.. Settings, value] },
            "rounds" => this with { Rounds = Number(1, 100) },
            _ => throw new UsageException($"There is no option --{name}."),
        };

        int Number(int min, int max) => int.TryParse(value, NumberStyles.None, null, out var number) && number >= min && number <= max
            ? number : throw new UsageException($"--{name} is a number from {min} to {max}.");

        string OneOf(params string[] allowed) => allowed.Contains(value) ? value : throw new UsageException($"--{name} is {string.Join(" or ", allowed)}.");
    }
}
