using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Options;
using RtcHub.Rtc;
using RtcHub.Rtc.Stun;

namespace RtcHub.Signal.IceServers;

/// <summary>
/// UDP ports on which <see cref="StunBinding"/> answers. One loop per port; in the steady state a request costs no
/// allocation. A port that is taken is a warning, not an end: calls on one network work without STUN.
/// </summary>
internal sealed partial class StunListener(IOptions<StunOptions> options, TimeProvider time, ILogger<StunListener> log) : BackgroundService
{
    // RFC 8489 section 6.1: a request fits the path MTU; what is longer is cut, does not parse and gets no answer.
    private const int MaxDatagram = 1500;
    private const int MaxResponse = 128;

    private readonly List<Socket> _sockets = [];

    /// <summary>The ports that are open, in the order of the settings; known once the hub has started.</summary>
    public IReadOnlyList<int> Ports { get; private set; } = [];

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        if (options.Value.Enabled)
        {
            foreach (var port in options.Value.EffectivePorts)
            {
                if (Open(port) is { } socket) _sockets.Add(socket);
            }

            Ports = [.. _sockets.Select(socket => ((IPEndPoint)socket.LocalEndPoint!).Port)];
        }

        return base.StartAsync(cancellationToken);
    }

    public override void Dispose()
    {
        foreach (var socket in _sockets) socket.Dispose();
        base.Dispose();
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(_sockets.Select(socket => AnswerAsync(socket, stoppingToken)));

    private Socket? Open(int port)
    {
        var address = options.Value.Address is { } text ? IPAddress.Parse(text) : Socket.OSSupportsIPv6 ? IPAddress.IPv6Any : IPAddress.Any;
        var socket = new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            if (address.Equals(IPAddress.IPv6Any)) socket.DualMode = true;
            socket.Bind(new IPEndPoint(address, port));
            return socket;
        }
        catch (SocketException exception)
        {
            Log.PortNotOpen(log, port, exception.SocketErrorCode);
            socket.Dispose();
            return null;
        }
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
            catch (OperationCanceledException)
            {
                return;
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
