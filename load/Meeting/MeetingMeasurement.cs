using HdrHistogram;
using RtcHub.Load.Clients;
using Spectre.Console;

namespace RtcHub.Load.Meeting;

/// <summary>What one meeting has shown.</summary>
internal sealed record MeetingMeasurement
{
    public required LoadOptions Options { get; init; }

    public required int Joined { get; init; }

    public required TimeSpan Window { get; init; }

    /// <summary>RTP packets that people sent.</summary>
    public required long Sent { get; init; }

    public required ViewerCounts Viewers { get; init; }

    /// <summary>µs from the send call to the arrival at a socket.</summary>
    public required LongHistogram Latency { get; init; }

    public required TimeSpan ServerCpu { get; init; }

    public required long ServerMemory { get; init; }

    public required TimeSpan ClientCpu { get; init; }

    /// <summary>Datagrams that sockets had no room for, of clients or server.</summary>
    public required long Overflows { get; init; }

    /// <summary>Share of the machine's processors that nobody used.</summary>
    public required double Idle { get; init; }

    /// <summary>Milliseconds of the server's processor time a second.</summary>
    public double CpuPerParticipant => ServerCpu.TotalMilliseconds / Window.TotalSeconds / Joined;

    public double Loss => Viewers.Expected == 0 ? 0 : Math.Max(0, 1 - (double)Viewers.Received / Viewers.Expected);

    public static void Print(IReadOnlyList<MeetingMeasurement> runs)
    {
        var table = new Table { Border = TableBorder.Simple };
        foreach (var title in (string[])["people", "cameras", "packets/s in", "out", "out per person", "lost %", "latency ms p50/p99", "CPU ms/s per person", "beside the first", "CPU µs/packet out", "RSS MiB", "clients' CPU %", "idle %"])
            table.AddColumn(new TableColumn(title).RightAligned());
        foreach (var run in runs)
        {
            var seconds = run.Window.TotalSeconds;
            table.AddRow(
                $"{run.Joined}/{run.Options.Participants}", $"{run.Options.CamerasOn}", $"{run.Sent / seconds:0}", $"{run.Viewers.Received / seconds:0}",
                $"{run.Viewers.Received / seconds / run.Joined:0}", $"{100 * run.Loss:0.00}",
                $"{run.Latency.GetValueAtPercentile(50) / 1000.0:0.0}/{run.Latency.GetValueAtPercentile(99) / 1000.0:0.0}",
                $"{run.CpuPerParticipant:0.00}", $"{run.CpuPerParticipant / runs[0].CpuPerParticipant:0.00} x", $"{run.ServerCpu.TotalMicroseconds / Math.Max(1, run.Viewers.Received):0.00}",
                $"{run.ServerMemory / 1048576.0:0}", $"{100 * run.ClientCpu / run.Window:0}", $"{100 * run.Idle:0}");
        }

        AnsiConsole.Write(table);
        foreach (var run in runs.Where(run => run.Viewers.Corrupt > 0)) AnsiConsole.MarkupLineInterpolated($"[yellow]{run.Joined} people: {run.Viewers.Corrupt} packets held something else than was sent.[/]");
        foreach (var run in runs.Where(run => run.Overflows > 0)) AnsiConsole.MarkupLineInterpolated($"[yellow]{run.Joined} people: sockets had no room for {run.Overflows} datagrams.[/]");
    }
}
