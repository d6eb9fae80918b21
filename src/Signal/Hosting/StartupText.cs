using System.Globalization;
using System.Net;
using System.Text;
using QRCoder;

namespace RtcHub.Signal.Hosting;

/// <summary>What the first text on the screen is made of.</summary>
/// <param name="Version">Of the program.</param>
/// <param name="Addresses">As the server reports them: <c>http://localhost:8080</c>, <c>https://[::]:8443</c>.</param>
/// <param name="Lan">This machine's address on the local network, or null.</param>
/// <param name="StunPorts">The UDP ports that are open.</param>
/// <param name="SelfSigned">Whether the certificate is one that browsers warn of.</param>
/// <param name="HasKeys">Whether REST and joining ask for keys and tokens.</param>
internal sealed record StartupFacts(
    string Version, IReadOnlyList<string> Addresses, IPAddress? Lan, IReadOnlyList<int> StunPorts, bool SelfSigned = false, bool HasKeys = false);

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
        if (Warning(facts) is { } warning) text.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"  Warning: {warning}");
        if (qrCode && phones is not null) text.AppendLine().Append(QrCode(phones));
        text.AppendLine().AppendLine("  Ctrl+C stops it.");
        return text.ToString();
    }

    /// <summary>What must be said even where nobody wants the text, or null.</summary>
    public static string? Warning(StartupFacts facts) => facts.HasKeys || facts.Addresses.Select(BindingAddress.Parse).All(IsLoopback)
        ? null
        : "the hub can be reached from other machines and has no keys. Set Auth:ApiKeys:0 to lock it.";

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
