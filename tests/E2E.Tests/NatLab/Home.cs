using System.Net;

namespace RtcHub.E2E.Tests.NatLab;

/// <summary>A home behind its NAT: a machine with a Chromium.</summary>
internal sealed class Home : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("rtchub-home-").FullName;
    private readonly Stack<IDisposable> _machines = new();
    private readonly Namespace _machine;
    private readonly Router _router;
    private readonly string _subnet;
    private readonly int _number;
    private int _host = 2;
    private bool _isReaddressed;
    private Chromium? _browser;

    /// <param name="number">1-40; of all homes of a lab.</param>
    private Home(Nat nat, int number, PublicSegment outside)
    {
        (Nat, _number, _subnet) = (nat, number, $"192.168.{number}");
        try
        {
            _machine = Own(Namespace.Create($"home{number}"));
            _router = Own(new Router($"router{number}", nat is Nat.TwoLayers ? Nat.PortRestricted : nat, Address(2)));
            _router.Namespace.Connect("lan", _machine, "eth0");
            _machine.Do($"ip addr add {Address(2)}/24 dev eth0", $"ip route add default via {Address(1)}");
            if (nat is not Nat.TwoLayers)
            {
                outside.Connect(_router.Namespace, $"home{number}");
                _router.Start(PublicSegment.Address(10 + number), Address(1), gateway: null);
                return;
            }

            // RFC 6598: addresses between a provider's NAT and its customers.
            var (inner, between) = (IPAddress.Parse($"100.64.{number}.1"), IPAddress.Parse($"100.64.{number}.2"));
            var provider = Own(new Router($"provider{number}", Nat.PortRestricted, between));
            provider.Namespace.Connect("lan", _router.Namespace, "wan");
            outside.Connect(provider.Namespace, $"home{number}");
            provider.Start(PublicSegment.Address(10 + number), inner, gateway: null);
            _router.Start(between, Address(1), gateway: inner);
        }
        catch
        {
            while (_machines.TryPop(out var machine)) machine.Dispose();
            throw;
        }
    }

    public Nat Nat { get; }

    public Chromium Browser => _browser!;

    public static async Task<Home> BuildAsync(Nat nat, int number, PublicSegment outside, Uri hub)
    {
        var home = new Home(nat, number, outside);
        try
        {
            home._browser = await Chromium.StartInAsync(home._machine.Within, home._folder, $"--unsafely-treat-insecure-origin-as-secure={hub.GetLeftPart(UriPartial.Authority)}");
            return home;
        }
        catch
        {
            await home.DisposeAsync();
            throw;
        }
    }

    /// <summary>As when the router's lease ran out: the machine has another address from one moment to the next.</summary>
    public void Readdress()
    {
        _machine.Do($"ip addr del {Address(_host)}/24 dev eth0", $"ip addr add {Address(++_host)}/24 dev eth0", $"ip route replace default via {Address(1)}");
    }

    /// <summary>The router has another address outside; the machine sees nothing of that.</summary>
    public void ReaddressRouter()
    {
        _isReaddressed = !_isReaddressed;
        _router.Readdress(PublicSegment.Address((_isReaddressed ? 60 : 10) + _number));
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null) await _browser.DisposeAsync();
        while (_machines.TryPop(out var machine)) machine.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private IPAddress Address(int host) => IPAddress.Parse($"{_subnet}.{host}");

    private T Own<T>(T machine)
        where T : IDisposable
    {
        _machines.Push(machine);
        return machine;
    }
}
