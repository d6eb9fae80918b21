using System.Globalization;
using HdrHistogram;
using RtcHub.Rtc.Srtp;
using Spectre.Console;

namespace RtcHub.Load;

/// <summary>Measurements as tables on the console.</summary>
internal static class Report
{
    public static void Print(IReadOnlyList<Measurement> runs)
    {
        var table = new Table { Border = TableBorder.Simple };
        foreach (var title in (string[])["server", "rooms", "viewers", "join ms p50/p99", "packets/s in", "out", "lost %", "latency ms p50/p99/max", "CPU µs/packet", "RSS MiB", "clients' CPU %"])
            table.AddColumn(new TableColumn(title).RightAligned());
        table.Columns[0].LeftAligned();
        foreach (var run in runs)
        {
            table.AddRow(
                run.Server, $"{run.Options.Rooms}", $"{run.Joined}/{run.Options.Viewers}",
                $"{Milliseconds(run.JoinTimes, 50):0}/{Milliseconds(run.JoinTimes, 99):0}",
                $"{run.PacketsIn:0}", $"{run.PacketsOut:0}", $"{100 * Math.Max(run.Loss, 1 - run.Delivered):0.00}",
                $"{Milliseconds(run.Latency, 50):0.00}/{Milliseconds(run.Latency, 99):0.0}/{Milliseconds(run.Latency, 100):0}",
                Number(run.CpuPerPacket, "0.00"), Number(run.ServerMemory / 1048576.0, "0"),
                $"{100 * run.ClientCpu / run.Window:0}");
        }

        AnsiConsole.Write(table);
        foreach (var warning in runs.SelectMany(Warnings).Distinct()) AnsiConsole.MarkupLineInterpolated($"[yellow]{warning}[/]");
    }

    /// <summary>How RtcHub does beside each of the others: CPU per packet, run by run in the order of measuring.</summary>
    public static void PrintRatios(IReadOnlyList<Measurement> runs)
    {
        var ours = runs.Where(run => run.Server == "RtcHub").ToList();
        var table = new Table { Border = TableBorder.Simple };
        foreach (var title in (string[])["RtcHub beside", "CPU/packet", "each run", "latency p50", "p99"]) table.AddColumn(title);
        foreach (var theirs in runs.Where(run => run.Server != "RtcHub").GroupBy(run => run.Server))
        {
            var pairs = ours.Zip(theirs).ToList();
            var ratios = pairs.Select(pair => pair.First.CpuPerPacket!.Value / pair.Second.CpuPerPacket!.Value).ToList();
            table.AddRow(
                theirs.Key, $"{Median(ratios):0.00} x", string.Join(", ", ratios.Select(ratio => $"{ratio:0.00}")),
                $"{Median([.. pairs.Select(pair => Ratio(pair, 50))]):0.00} x", $"{Median([.. pairs.Select(pair => Ratio(pair, 99))]):0.00} x");
        }

        AnsiConsole.Write(table);
    }

    public static string ProfileName(SrtpProfile profile) => profile == SrtpProfile.AeadAes128Gcm ? "AEAD_AES_128_GCM" : "AES_CM_128_HMAC_SHA1_80";

    private static IEnumerable<string> Warnings(Measurement run)
    {
        if (run.JoinError is not null) yield return $"{run.Server}: {run.Options.Viewers - run.Joined} viewers did not join: {run.JoinError}";
        if (run.Viewers.Corrupt > 0) yield return $"{run.Server}: {run.Viewers.Corrupt} packets could not be decrypted or held something else than was sent.";
        if (run.Viewers.Silent > 0) yield return $"{run.Server}: {run.Viewers.Silent} viewers got nothing while it was measured.";
        if (run.ClientOverflows > 0) yield return $"{run.Server}: the clients were too slow for {run.ClientOverflows} datagrams: that loss is the tool's.";
        if (run.ServerOverflows > 0) yield return $"{run.Server}: its sockets had no room for {run.ServerOverflows} datagrams.";
        if (run.Idle < 0.05) yield return $"{run.Server}: the machine was busy ({100 * run.Idle:0} % idle); latency and loss say little, CPU per packet is still right.";
    }

    private static double Milliseconds(LongHistogram histogram, double percentile) =>
        histogram.TotalCount == 0 ? 0 : histogram.GetValueAtPercentile(percentile) / 1000.0;

    private static double Ratio((Measurement First, Measurement Second) pair, double percentile) =>
        Milliseconds(pair.First.Latency, percentile) / Math.Max(0.001, Milliseconds(pair.Second.Latency, percentile));

    private static double Median(List<double> values)
    {
        values.Sort();
        return values.Count == 0 ? double.NaN : (values[(values.Count - 1) / 2] + values[values.Count / 2]) / 2;
    }

    private static string Number(double? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture) ?? "-";
}
