namespace RtcHub.E2E.Tests.NatLab;

/// <summary>Homes behind all kinds of NAT, and a hub and coturn outside; all of it in network namespaces, which need root.</summary>
public sealed class Lab : IAsyncLifetime
{
    private readonly Dictionary<(Nat, int), Home> _homes = [];
    private PublicSegment? _outside;
    private Coturn? _coturn;

    internal HubProcess Hub { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        if (!CanRun) return; // Each test skips, with the reason.
        Namespace.RemoveLeftovers();
        try
        {
            _outside = new PublicSegment();
            _coturn = await Coturn.StartInAsync(_outside.Within, PublicSegment.Turn);
            List<string> settings = [$"Turn:Secret={_coturn.Secret}", $"Sfu:ListenAddresses:0={PublicSegment.Hub}", $"Sfu:AnnouncedAddresses:0={PublicSegment.Hub}"];
            settings.AddRange(_coturn.Urls.Select((url, i) => $"Turn:Urls:{i}={url}"));
            Hub = await HubProcess.StartInAsync(_outside.Within, new Uri($"http://{PublicSegment.Hub}:8080/"), [.. settings]);
        }
        catch
        {
            await DisposeAsync();
            throw;
        }
    }

    /// <summary>Skips the test where there is no lab; CI must not skip it.</summary>
    public static void Require()
    {
        TestMachine.NeedsRoot("network namespaces");
        foreach (var program in (string[])["/usr/sbin/nft", "/usr/sbin/conntrack", "/usr/bin/turnserver", Chromium.Executable])
        {
            if (!File.Exists(program)) TestMachine.Lacks(program);
        }
    }

    /// <summary>A home behind such a NAT; there may be several.</summary>
    internal async Task<Home> HomeAsync(Nat nat, int which = 0)
    {
        if (_homes.TryGetValue((nat, which), out var home)) return home;
        return _homes[(nat, which)] = await Home.BuildAsync(nat, _homes.Count + 1, _outside!, Hub.Address);
    }

    /// <summary>A line of the table that <c>./test.sh --natlab</c> prints.</summary>
    public static void Report(string what, string came)
    {
        TestContext.Current.TestOutputHelper!.WriteLine($"{what}: {came}");
        File.AppendAllText(Path.Combine(Repository.Artifacts, "nat-lab.md"), $"| {what} | {came} |\n");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var home in _homes.Values) await home.DisposeAsync();
        if (Hub is not null) await Hub.DisposeAsync();
        if (_coturn is not null) await _coturn.DisposeAsync();
        _outside?.Dispose();
    }

    private static bool CanRun => Environment.IsPrivilegedProcess && File.Exists("/usr/sbin/nft") && File.Exists("/usr/bin/turnserver") && File.Exists(Chromium.Executable);
}
