using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;

namespace RtcHub.Load.Running;

/// <summary>Runs as a page that needs nothing but itself, with graphs, and the same as JSON.</summary>
internal static class HtmlReport
{
    private const int Width = 560;
    private const int Height = 140;
    private const int Left = 48;

    private const string Style = """
        body{font:15px/1.5 system-ui,sans-serif;max-width:76rem;margin:2rem auto;padding:0 1rem;color:#1b1f24;background:#fff}
        h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2.5rem}table{border-collapse:collapse;margin:.5rem 0}
        td,th{padding:.2rem .8rem;text-align:right;border-bottom:1px solid #d8dee4}td:first-child,th:first-child{text-align:left}
        figure{display:inline-block;margin:.5rem 1rem .5rem 0}figcaption{font-size:.85rem;color:#57606a}
        .wrong{color:#b42318}.right{color:#17703a}svg text{font:11px system-ui,sans-serif;fill:#57606a}
        @media(prefers-color-scheme:dark){body{background:#15181c;color:#e6e9ec}td,th{border-color:#343a41}figcaption,svg text{color:#9aa4ae;fill:#9aa4ae}.wrong{color:#ff8f85}.right{color:#6fd08c}}
        """;

    /// <param name="name">Path without extension.</param>
    public static async Task WriteAsync(string name, string command, IReadOnlyList<RunResult> runs, CancellationToken cancel)
    {
        var json = JsonSerializer.Serialize(new { command, at = DateTimeOffset.UtcNow, processors = Environment.ProcessorCount, runs }, JsonOptions);
        await File.WriteAllTextAsync($"{name}.json", json, cancel);
        await File.WriteAllTextAsync($"{name}.html", Page(command, runs), cancel);
    }

    private static readonly JsonSerializerOptions JsonOptions = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static string Page(string command, IReadOnlyList<RunResult> runs)
    {
        var page = new StringBuilder($"<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>{Text(command)}</title><style>{Style}</style>");
        page.Append(CultureInfo.InvariantCulture, $"<h1>{Text(command)}</h1><p>{DateTimeOffset.UtcNow:yyyy-MM-dd HH:mm} UTC, {Environment.ProcessorCount} processors</p>");
        foreach (var run in runs)
        {
            page.Append(CultureInfo.InvariantCulture, $"<h2>{Text(run.Server)}: {Text(run.Scenario)}</h2><p>{Text(run.Load)}, {run.Seconds:0} s. ");
            page.Append(run.Wrong.Count == 0 ? "<span class=\"right\">Nothing was lost, doubled or out of order.</span></p>" : $"<span class=\"wrong\">{string.Join(" ", run.Wrong.Select(Text))}</span></p>");
            page.Append("<table><tr><th>figure<th>value<th>unit");
            foreach (var figure in run.Figures) page.Append(CultureInfo.InvariantCulture, $"<tr><td>{Text(figure.Name)}<td>{figure.Value:0.##}<td>{Text(figure.Unit)}");
            page.Append("</table><table><tr><th>milliseconds<th>count<th>p50<th>p90<th>p99<th>max");
            foreach (var timing in run.Timings) page.Append(CultureInfo.InvariantCulture, $"<tr><td>{Text(timing.Name)}<td>{timing.Count}<td>{timing.P50:0.00}<td>{timing.P90:0.00}<td>{timing.P99:0.00}<td>{timing.Max:0.0}");
            page.Append("</table>");
            if (run.Samples.Count < 2) continue;
            Graph(page, "rate, per second", run.Samples, [("#2563eb", sample => sample.Rate)]);
            Graph(page, "latency, ms: p50 and p99", run.Samples, [("#2563eb", sample => sample.P50), ("#d97706", sample => sample.P99)]);
            Graph(page, "processors used by the server", run.Samples, [("#2563eb", sample => sample.Cpu)]);
            Graph(page, "resident memory of the server, MiB", run.Samples, [("#2563eb", sample => sample.Memory)]);
        }

        return page.Append("</html>").ToString();
    }

    private static void Graph(StringBuilder page, string title, IReadOnlyList<Sample> samples, (string Colour, Func<Sample, double> Value)[] lines)
    {
        var top = Math.Max(1e-9, lines.Max(line => samples.Max(line.Value))) * 1.1;
        var (first, last) = (samples[0].At, Math.Max(samples[^1].At, samples[0].At + 1));
        page.Append(CultureInfo.InvariantCulture, $"<figure><svg width=\"{Width}\" height=\"{Height + 24}\" role=\"img\" aria-label=\"{Text(title)}\">");
        for (var i = 0; i <= 2; i++)
        {
            var y = Height - (i * (Height - 10) / 2);
            page.Append(CultureInfo.InvariantCulture, $"<line x1=\"{Left}\" x2=\"{Width}\" y1=\"{y}\" y2=\"{y}\" stroke=\"#8886\"/><text x=\"{Left - 6}\" y=\"{y + 4}\" text-anchor=\"end\">{Short(top * i / 2)}</text>");
        }

        foreach (var (colour, value) in lines)
        {
            var points = samples.Select(sample => string.Create(CultureInfo.InvariantCulture,
                $"{Left + ((sample.At - first) / (last - first) * (Width - Left)):0.#},{Height - (value(sample) / top * (Height - 10)):0.#}"));
            page.Append(CultureInfo.InvariantCulture, $"<polyline fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.6\" points=\"{string.Join(' ', points)}\"/>");
        }

        page.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left}\" y=\"{Height + 18}\">{first:0} s</text><text x=\"{Width}\" y=\"{Height + 18}\" text-anchor=\"end\">{last:0} s</text></svg><figcaption>{Text(title)}</figcaption></figure>");
    }

    private static string Short(double value) => value.ToString(value >= 100 ? "0" : value >= 1 ? "0.#" : "0.##", CultureInfo.InvariantCulture);

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
