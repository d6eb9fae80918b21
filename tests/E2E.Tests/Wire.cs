using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace RtcHub.E2E.Tests;

/// <summary>
/// A TCP connection between browser and hub that can be cut and mended: what a phone does in a lift. With several hubs, the way to
/// whichever is there.
/// </summary>
internal sealed class Wire : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentDictionary<Socket, bool> _ends = new();
    private readonly CancellationTokenSource _closing = new();
    private readonly IPEndPoint[] _hubs;
    private readonly Task _accepting;
    private volatile bool _cut;

    /// <param name="hubs">In order of preference: each connection goes to the first of them that takes it, as a balancer has it.</param>
    public Wire(params Uri[] hubs)
    {
        _hubs = [.. hubs.Select(hub => new IPEndPoint(IPAddress.Loopback, hub.Port))];
        _listener.Start();
        Address = new Uri($"http://localhost:{((IPEndPoint)_listener.LocalEndpoint).Port}/");
        _accepting = AcceptAsync();
    }

    /// <summary>The hub, by way of this wire.</summary>
    public Uri Address { get; }

    /// <summary>Breaks every connection; whoever tries again is thrown out until it is mended.</summary>
    public void Cut()
    {
        _cut = true;
        foreach (var end in _ends.Keys)
            Break(end);
    }

    public void Mend() => _cut = false;

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        Cut();
        await _accepting;
        _listener.Dispose();
        _closing.Dispose();
    }

    private async Task AcceptAsync()
    {
        var pairs = new List<Task>();
        try
        {
            while (true)
                pairs.Add(JoinAsync(await _listener.AcceptSocketAsync(_closing.Token)));
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(pairs);
        }
    }

    private async Task JoinAsync(Socket browser)
    {
        Socket? hub = null;
        using (browser)
        {
            _ends[browser] = true;
            try
            {
                if (_cut) return;
                hub = await ConnectAsync();
                _ends[hub] = true;
                await Task.WhenAny(CopyAsync(browser, hub), CopyAsync(hub, browser));
            }
            catch (Exception exception) when (exception is SocketException or OperationCanceledException)
            {
                // The hub is away.
            }
            finally
            {
                _ends.TryRemove(browser, out _);
                Break(browser);
                if (hub is not null)
                {
                    _ends.TryRemove(hub, out _);
                    hub.Dispose();
                }
            }
        }
    }

    private async Task<Socket> ConnectAsync()
    {
        for (var i = 0; ; i++)
        {
            var hub = new Socket(SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await hub.ConnectAsync(_hubs[i], _closing.Token);
                return hub;
            }
            catch (SocketException) when (i + 1 < _hubs.Length)
            {
                hub.Dispose();
            }
        }
    }

    private static async Task CopyAsync(Socket from, Socket to)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            while (await from.ReceiveAsync(buffer) is > 0 and var count)
                await to.SendAsync(buffer.AsMemory(0, count));
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // Cut: the other direction ends, too.
        }
    }

    // With a reset, as a network does it: no orderly end that a browser would take for the hub's wish.
    private static void Break(Socket socket)
    {
        try
        {
            socket.LingerState = new LingerOption(enable: true, seconds: 0);
            socket.Close();
        }
        catch (ObjectDisposedException)
        {
            // Gone already.
        }
    }
}
