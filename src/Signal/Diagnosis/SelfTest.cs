using System.Net;
using Microsoft.Extensions.Options;
using RtcHub.Sfu.Control;
using RtcHub.Sfu.Hosting;
using RtcHub.Signal.Hosting;
using RtcHub.Signal.IceServers;

namespace RtcHub.Signal.Diagnosis;

/// <summary>
/// Asks every address that the hub tells clients, as a client would. It sees what the hub's own machine sees: what a firewall
/// outside keeps from others, the page /diag finds.
/// </summary>
internal sealed class SelfTest(
    IceServerSource iceServers, StunListener stun, IOptions<StunOptions> stunOptions, IOptions<TurnOptions> turnOptions, TimeProvider time, ISfu? sfu = null)
{
    // Whoever asks all the time costs the TURN server one allocation in so long, and no more.
    private static readonly TimeSpan Freshness = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly Lock _gate = new();
    private Task<Diagnosis>? _last;
    private DateTimeOffset _at;

    /// <summary>The last result when it is fresh, or a new one; all who ask at once share it. Takes two seconds at the most where nothing answers.</summary>
    public Task<Diagnosis> RunAsync()
    {
        lock (_gate)
        {
            var now = time.GetUtcNow();
            if (_last is not null && now - _at < Freshness) return _last;
            _at = now;
            return _last = LookAsync(now);
        }
    }

    private async Task<Diagnosis> LookAsync(DateTimeOffset now)
    {
        var candidates = await CandidatesAsync();
        var media = Task.WhenAll(candidates.Select(candidate => Probe.CandidateAsync(candidate)));
        var binding = Task.WhenAll(StunHosts().SelectMany(host => stun.Ports.Select(port =>
            Probe.BindingAsync($"stun:{(host.Contains(':') ? $"[{host.Trim('[', ']')}]" : host)}:{port}", StunWay.Udp, host, port))));
        var turn = await TurnAsync();
        var checks = (await binding).Select(probe => Check(Advice.Stun, probe))
            .Concat((await media).Select(probe => Check(Advice.Media, probe)))
            .Concat(turn.Select(each => Check(Advice.Turn, each.Probe)));
        return new Diagnosis(now, [.. checks], [.. Warnings(candidates, turn).Select(Advice.Warn)]);
    }

    private async Task<IReadOnlyList<string>> CandidatesAsync()
    {
        if (sfu is null) return [];
        try
        {
            return (await sfu.GetStatusAsync().WaitAsync(Patience, time)).Candidates;
        }
        catch (Exception exception) when (exception is SfuException or TimeoutException)
        {
            return []; // It is away: there is none to offer.
        }
    }

    private async Task<IReadOnlyList<(string Url, Probe Probe, IPAddress? Relayed)>> TurnAsync()
    {
        var results = await Task.WhenAll(
            from server in iceServers.For("selftest", host: "").Servers
            where server.Username is not null
            from url in server.Urls
            select TryAsync(url, server));
        return [.. results.Where(result => result is not null).Select(result => result!.Value)];

        static async Task<(string, Probe, IPAddress?)?> TryAsync(string url, IceServer server) =>
            await TurnProbe.RunAsync(url, server, CancellationToken.None) is var (probe, relayed) ? (url, probe, relayed) : null;
    }

    // What clients are told is the host by which they reached the hub, which only they know: the address of the local network stands for it.
    private IReadOnlyList<string> StunHosts() => stunOptions.Value switch
    {
        { PublicHost: { } host } => [host],
        { Address: { } address } when !IPAddress.Parse(address).Equals(IPAddress.Any) && !IPAddress.Parse(address).Equals(IPAddress.IPv6Any) => [address],
        _ => [LanAddresses.Find() is [var lan, ..] ? lan.ToString() : "127.0.0.1"],
    };

    private IEnumerable<string> Warnings(IReadOnlyList<string> candidates, IReadOnlyList<(string Url, Probe Probe, IPAddress? Relayed)> turn)
    {
        var addresses = candidates.Select(candidate => IPEndPoint.Parse(candidate[4..]).Address).ToArray();
        if (candidates.Count == 0) yield return sfu is null ? "noMedia" : "mediaAway";
        else if (addresses.All(IPAddress.IsLoopback)) yield return "loopbackOnly";
        else if (addresses.All(IsPrivate)) yield return "privateOnly";
        if (candidates.Count > 0 && !candidates.Any(candidate => candidate.StartsWith("tcp ", StringComparison.Ordinal))) yield return "noTcp";
        if (stun.Ports.Count == 0) yield return "noStun";
        var urls = turnOptions.Value.Urls;
        if (urls.Length == 0) yield return "noTurn";
        else if (!urls.Any(url => url.StartsWith("turns:", StringComparison.Ordinal) || url.EndsWith("transport=tcp", StringComparison.Ordinal))) yield return "noTurnTcp";
        if (turn.Any(each => each.Relayed is { } relayed && IsPrivate(relayed) && !IsInside(each.Url))) yield return "privateRelay";
    }

    // Reached by a private address itself, it serves one network and may relay there.
    private static bool IsInside(string url) => TurnProbe.Parse(url) is var (_, host, _) && (host == "localhost" || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IsPrivate(address)));

    // RFC 1918, RFC 6598, RFC 3927, RFC 4193 and loopback.
    private static bool IsPrivate(IPAddress address) => IPAddress.IsLoopback(address) || address.IsIPv6UniqueLocal || address.IsIPv6LinkLocal
        || address.GetAddressBytes() is [10, ..] or [172, >= 16 and <= 31, ..] or [192, 168, ..] or [100, >= 64 and <= 127, _, _] or [169, 254, ..];

    private static Check Check(string kind, Probe probe) => new(kind, probe.Target, Advice.Name(probe.Outcome), Math.Round(probe.Milliseconds, 1), Advice.Of(kind, probe.Outcome));
}
