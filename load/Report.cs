using Spectre.Console;

namespace RtcHub.Load;

/// <summary>Results as a person reads them.</summary>
internal static class Report
{
    public static void Show(IReadOnlyList<SfuLoadResult> results, Func<int, string>? label = null)
    {
        // Piped into a file there is no terminal whose width would count.
        if (Console.IsOutputRedirected) AnsiConsole.Profile.Width = 160;
        var table = new Table().Border(TableBorder.Rounded);
        foreach (var column in (string[])["run", "joined", "join p50/p95 ms", "packets/s in", "out", "loss %", "latency p50/p99/max ms", "CPU µs/packet", "cores", "RSS MiB"])
            table.AddColumn(new TableColumn(column).NoWrap());
        for (var i = 0; i < results.Count; i++)
        {
            var r = results[i];
            table.AddRow(
                label?.Invoke(i) ?? r.Server, $"{r.Joined}/{r.Wanted}", $"{r.JoinMedian / 1e3:0}/{r.Join95 / 1e3:0}", $"{r.PacketsIn:0}", $"{r.PacketsOut:0}", $"{r.LossPercent:0.00}",
                $"{r.Latency50 / 1e3:0.00}/{r.Latency99 / 1e3:0.0}/{r.LatencyMax / 1e3:0}", $"{r.CpuPerPacket:0.00}", $"{r.CpuCores:0.00}", $"{r.ResidentKiB / 1024.0:0}");
        }

        AnsiConsole.Write(table);
        foreach (var bad in results.Where(r => r.Damaged > 0)) AnsiConsole.MarkupLine($"[red]{bad.Server.EscapeMarkup()}: {bad.Damaged} packets failed their integrity check[/]");
    }

    /// <summary>CPU per forwarded packet of the first server against the second: medians and the whole spread of both.</summary>
    public static void Ratio(string ours, IReadOnlyList<SfuLoadResult> first, string theirs, IReadOnlyList<SfuLoadResult> second)
    {
        var (a, b) = (first.Select(r => r.CpuPerPacket).Order().ToArray(), second.Select(r => r.CpuPerPacket).Order().ToArray());
        var (medianA, medianB) = (a[a.Length / 2], b[b.Length / 2]);
        AnsiConsole.MarkupLine(
            $"CPU per forwarded packet: {ours} [bold]{medianA:0.00} µs[/] ({a[0]:0.00}-{a[^1]:0.00}), {theirs.EscapeMarkup()} [bold]{medianB:0.00} µs[/] ({b[0]:0.00}-{b[^1]:0.00}); ratio [bold]{medianA / medianB:0.00}[/] ({a[0] / b[^1]:0.00}-{a[^1] / b[0]:0.00}), profile {first[0].Profile} and {second[0].Profile}");
    }
}
