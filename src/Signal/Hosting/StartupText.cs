using System.Globalization;
using System.Net;
using System.Text;
using QRCoder;
using RtcHub.Signal.Diagnosis;

namespace RtcHub.Signal.Hosting;

/// <summary>What the first text on the screen is made of.</summary>
/// <param name="Version">Of the program.</param>
/// <param name="Addresses">As the server reports them: <c>http://localhost:8080</c>, <c>https://[::]:8443</c>.</param>
/// <param name="Lan">This machine's address on the local network, or null.</param>
/// <param name="StunPorts">The UDP ports that are open.</param>
/// <param name="SelfSigned">Whether the certificate is one that browsers warn of.</param>
/// <param name="HasKeys">Whether REST and joining ask for keys and tokens.</param>
/// <param name="SelfTest">What answers of all that clients are told, or null: nobody looked.</param>
internal sealed record StartupFacts(
    string Version, IReadOnlyList<string> Addresses, IPAddress? Lan, IReadOnlyList<int> StunPorts, bool SelfSigned = false, bool HasKeys = false,
    Diagnosis.Diagnosis? SelfTest = null);

/// <summary>The text that a person sees when the hub has started: where to go, and what is open to whom.</summary>
internal static class StartupText
{
    public static string Compose(StartupFacts facts, bool qrCode)
    {
        var addresses = facts.Addresses.Select(BindingAddress.Parse).ToList();
        var local = addresses.Find(address => address.Scheme == "http") ?? addresses.FirstOrDefault();
        var lan = addresses.Find(address => address.Scheme == "https" && !IsLoopback(address));
        var phones = lan is null ? null : Url(lan, facts.Lan?.ToString() ?? Dns.GetHostName());
        var open = local is null ? "" : Url(local, "localhost");

        var text = new StringBuilder();
        text.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"  RtcHub {facts.Version}").AppendLine();
        Row(text, "Open", open);
        Row(text, "Phones", phones is null ? "need HTTPS for the camera: start with  -- --Https:SelfSigned=true"
            : facts.SelfSigned ? $"{phones}   (the browser warns once: the certificate is the hub's own)"
            : phones);
        Row(text, "ICE lab", $"{open}/lab");
        Row(text, "API", $"{open}/swagger");
        Row(text, "STUN", facts.StunPorts.Count == 0 ? "none" : "UDP " + string.Join(" and ", facts.StunPorts));
        Row(text, "Keys", facts.HasKeys ? "set: REST asks for a key, joining for a token" : "none: everybody who reaches the hub may make rooms and join");
        if (facts.SelfTest is { } selfTest)
        {
            foreach (var (name, value) in Reachable(selfTest)) Row(text, name, value);
            Row(text, "Trouble?", $"{open}/diag shows what a browser reaches from where it is");
        }

        foreach (var warning in Warnings(facts)) text.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"  Warning: {warning}");
        if (qrCode && phones is not null) text.AppendLine().Append(QrCode(phones));
        text.AppendLine().AppendLine("  Ctrl+C stops it.");
        return text.ToString();
    }

    /// <summary>What must be said even where nobody wants the text.</summary>
    public static IEnumerable<string> Warnings(StartupFacts facts)
    {
        if (!facts.HasKeys && !facts.Addresses.Select(BindingAddress.Parse).All(IsLoopback))
            yield return "the hub can be reached from other machines and has no keys. Set Auth:ApiKeys:0 to lock it.";
        foreach (var check in facts.SelfTest?.Checks.Where(check => check.Advice is not null) ?? [])
            yield return $"{check.Target} ({check.Outcome}). {check.Advice}";
    }

    // "udp 192.0.2.1:7882, 7883": a service has a port for each of its workers. What does not answer is in the warnings.
    private static IEnumerable<(string Name, string Value)> Reachable(Diagnosis.Diagnosis selfTest)
    {
        var name = "Media";
        foreach (var address in selfTest.Checks.Where(check => check.Kind == Advice.Media).GroupBy(check => check.Target[..check.Target.LastIndexOf(':')]))
        {
            var ports = string.Join(", ", address.Select(check => check.Target[(address.Key.Length + 1)..]));
            yield return (name, $"{address.Key}:{ports}   ({(address.All(check => check.Advice is null) ? "answers" : "does not answer, see below")})");
            name = "";
        }

        name = "TURN";
        foreach (var check in selfTest.Checks.Where(check => check.Kind == Advice.Turn))
        {
            yield return (name, $"{check.Target}   ({(check.Advice is null ? "relays" : "does not relay, see below")})");
            name = "";
        }

        name = "Note";
        foreach (var warning in selfTest.Warnings)
        {
            yield return (name, warning.Advice);
            name = "";
        }
    }

    private static void Row(StringBuilder text, string name, string value) => text.AppendLine(CultureInfo.InvariantCulture, $"  {name,-9}{value}");

    // "http://[::]:8080" and "http://*:8080" are places to listen on, not to go to.
    private static string Url(BindingAddress address, string host)
    {
        if (!IsAny(address) && !IsLoopback(address)) host = address.Host;
        else if (IPAddress.TryParse(address.Host.Trim('[', ']'), out var ip) && IPAddress.IsLoopback(ip)) host = address.Host;
        else if (host.Contains(':')) host = $"[{host}]";
        return $"{address.Scheme}://{host}:{address.Port}";
    }

    private static bool IsAny(BindingAddress address) => address.Host is "*" or "+" or "[::]" or "0.0.0.0";

    private static bool IsLoopback(BindingAddress address) =>
        address.Host == "localhost" || (IPAddress.TryParse(address.Host.Trim('[', ']'), out var ip) && IPAddress.IsLoopback(ip));

    // Two modules to a character. Dark on light whatever the terminal's colours are, as cameras want it.
    private static string QrCode(string url)
    {
        using var data = QRCodeGenerator.GenerateQrCode(url, QRCodeGenerator.ECCLevel.L);
        using var code = new AsciiQRCode(data);
        var lines = code.GetGraphicSmall(drawQuietZones: true, invert: true).Split('\n');
        return string.Concat(lines.Select(line => $"  \e[30;107m{line}\e[0m{Environment.NewLine}"));
    }
}
