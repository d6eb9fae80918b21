using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Microsoft.Extensions.Options;
using RtcHub.Rtc;
using RtcHub.Rtc.Stun;

namespace RtcHub.Signal.IceServers;

/// <summary>
/// UDP ports on which <see cref="StunBinding"/> answers; in the steady state a request costs no allocation. A port that is
/// taken is a warning, not an end: calls on one network work without STUN.
/// </summary>
/// <remarks>
/// Each port has a socket for each address of this machine. One for all of them would answer from the address that the way
/// back prefers, and a client drops an answer that does not come from where it asked: on the machine of the hub itself
/// every browser with a camera would be told that UDP is blocked.
/// </remarks>
internal sealed partial class StunListener(IOptions<StunOptions> options, TimeProvider time, ILogger<StunListener> log) : BackgroundService
{
    // RFC 8489 section 6.1: a request fits the path MTU; what is longer is cut, does not parse and gets no answer.
    private const int MaxDatagram = 1500;
    private const int MaxResponse = 128;

    // A free port of one address may be taken on another.
    private const int FreePortAttempts = 8;

    private readonly Dictionary<IPEndPoint, Socket> _sockets = [];
    private readonly SemaphoreSlim _addressesChanged = new(0);

    /// <summary>The ports that are open, in the order of the settings; known once the hub has started.</summary>
    public IReadOnlyList<int> Ports { get; private set; } = [];

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        if (options.Value.Enabled)
            Ports = [.. options.Value.EffectivePorts.Select(OpenPort).OfType<int>()];
        return base.StartAsync(cancellationToken);
    }

    public override void Dispose()
    {
        foreach (var socket in _sockets.Values) socket.Dispose();
        _addressesChanged.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var loops = new Dictionary<Socket, Task>();
        NetworkChange.NetworkAddressChanged += OnAddressesChanged;
        try
        {
            while (true)
            {
                foreach (var socket in _sockets.Values)
                {
                    if (!loops.ContainsKey(socket)) loops[socket] = AnswerAsync(socket, stoppingToken);
                }

                await _addressesChanged.WaitAsync(stoppingToken);
                FollowAddresses();
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(loops.Values);
        }
        finally
        {
            NetworkChange.NetworkAddressChanged -= OnAddressesChanged;
        }
    }

    private void OnAddressesChanged(object? sender, EventArgs e) => _addressesChanged.Release();

    private void FollowAddresses()
    {
        var now = Addresses();
        foreach (var (gone, socket) in _sockets.Where(open => !now.Contains(open.Key.Address)).ToList())
        {
            socket.Dispose();
            _sockets.Remove(gone);
        }

        foreach (var port in Ports)
        {
            foreach (var address in now) TryOpen(new IPEndPoint(address, port), out _);
        }
    }

    // Also those of networks without a cable: nobody would be told when it is plugged in, for the address stays.
    private HashSet<IPAddress> Addresses() => options.Value.Address is { } one
        ? [IPAddress.Parse(one)]
        : [.. NetworkInterface.GetAllNetworkInterfaces()
            .SelectMany(network => network.GetIPProperties().UnicastAddresses)
            .Select(unicast => unicast.Address)];

    /// <returns>The port, open on every address; null when it is taken on one.</returns>
    private int? OpenPort(int wanted)
    {
        var error = SocketError.Success;
        for (var attempt = 0; attempt < (wanted == 0 ? FreePortAttempts : 1); attempt++)
        {
            if (TryOpenEverywhere(wanted, out var port, out error)) return port;
        }

        Log.PortNotOpen(log, wanted, error);
        return null;
    }

    private bool TryOpenEverywhere(int wanted, out int port, out SocketError error)
    {
        (port, error) = (wanted, SocketError.AddressNotAvailable);
        var opened = new List<IPEndPoint>();
        foreach (var address in Addresses())
        {
            var endpoint = new IPEndPoint(address, port);
            error = TryOpen(endpoint, out var bound);
            if (bound is not null)
            {
                opened.Add(bound);
                port = bound.Port;
            }
            else if (error != SocketError.AddressNotAvailable) // Such an address is on its way in or out.
            {
                foreach (var each in opened)
                {
                    _sockets.Remove(each, out var socket);
                    socket!.Dispose();
                }

                return false;
            }
        }

        return opened.Count > 0;
    }

    private SocketError TryOpen(IPEndPoint endpoint, out IPEndPoint? bound)
    {
        bound = null;
        if (_sockets.ContainsKey(endpoint)) return SocketError.Success;
        var socket = new Socket(endpoint.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            if (endpoint.AddressFamily == AddressFamily.InterNetworkV6) socket.DualMode = endpoint.Address.Equals(IPAddress.IPv6Any);
            socket.Bind(endpoint);
        }
        catch (SocketException exception)
        {
            socket.Dispose();
            return exception.SocketErrorCode;
        }

        bound = new IPEndPoint(endpoint.Address, ((IPEndPoint)socket.LocalEndPoint!).Port);
        _sockets[bound] = socket;
        return SocketError.Success;
    }

    private async Task AnswerAsync(Socket socket, CancellationToken cancel)
    {
        var limit = new SourceLimit(options.Value.RequestsPerSecond);
        var request = new byte[MaxDatagram];
        var response = new byte[MaxResponse];
        var source = new SocketAddress(socket.AddressFamily);
        while (!cancel.IsCancellationRequested)
        {
            try
            {
                source.Size = source.Buffer.Length;
                var received = await socket.ReceiveFromAsync(request, SocketFlags.None, source, cancel);
                if (!Address.TryFromSockaddr(source.Buffer.Span[..source.Size], out var from)) continue;
                if (!limit.Allows(from, time.GetTimestamp() / time.TimestampFrequency)) continue;
                if (!StunBinding.TryRespond(request.AsSpan(0, received), from, response, out var length)) continue;
                await socket.SendToAsync(response.AsMemory(0, length), SocketFlags.None, source, cancel);
            }
            catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException or SocketException { SocketErrorCode: SocketError.OperationAborted })
            {
                return; // The hub stops, or the address is gone.
            }
            catch (SocketException exception)
            {
                // An ICMP error of an earlier answer, a destination without a route, a datagram over the buffer (Windows).
                Log.SocketError(log, exception.SocketErrorCode);
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 3001, Level = LogLevel.Warning, Message = "STUN cannot use UDP port {Port} ({Error}); the hub runs without it. Choose others with Stun:Ports, or none with Stun:Enabled=false.")]
        public static partial void PortNotOpen(ILogger logger, int port, SocketError error);

        [LoggerMessage(EventId = 3002, Level = LogLevel.Debug, Message = "STUN socket error {Error}")]
        public static partial void SocketError(ILogger logger, SocketError error);
    }
}
