using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace RtcHub.E2E.Tests.Relay;

/// <summary>
/// Bad network between one participant and the media service: UDP over loopback through this process. Whoever reads a description
/// that was rewritten by <see cref="Rewrite"/> sends here instead; everything of theirs shares one <see cref="Up"/> and one
/// <see cref="Down"/> link, as on one access line. The hub must offer UDP alone (<c>Sfu:Tcp=false</c>), else there is a way around.
/// </summary>
internal sealed partial class LossyRelay : IAsyncDisposable
{
    /// <summary>The hub's setting without which a browser would go around the relay.</summary>
    public const string UdpOnly = "Sfu:Tcp=false";

    private const int LargestDatagram = 65536;
    private readonly ConcurrentDictionary<IPEndPoint, Socket> _entrances = new();
    private readonly ConcurrentBag<Socket> _sockets = [];
    private readonly ConcurrentBag<Task> _receiving = [];
    private readonly CancellationTokenSource _closing = new();

    /// <param name="seed">The same seed loses the same datagrams of the same sequence.</param>
    public LossyRelay(int seed = 1) => (Up, Down) = (new Link(seed), new Link(~seed));

    /// <summary>From the participant to the media service.</summary>
    public Link Up { get; }

    /// <summary>From the media service to the participant.</summary>
    public Link Down { get; }

    /// <summary>The same for both directions.</summary>
    public void Set(Conditions conditions) => Up.Conditions = Down.Conditions = conditions;

    /// <summary>A text with descriptions or candidates of the media service (SDP, a fragment, JSON), whose IPv4 candidates now name the relay.</summary>
    public string Rewrite(string text) => Candidate().Replace(text, candidate =>
    {
        var hub = new IPEndPoint(IPAddress.Parse(candidate.Groups["address"].Value), int.Parse(candidate.Groups["port"].Value, CultureInfo.InvariantCulture));
        // An IPv6 candidate would be a way around: it is made one that nobody answers.
        return candidate.Groups["before"].Value + (hub.AddressFamily == AddressFamily.InterNetwork ? $"127.0.0.1 {Port(_entrances.GetOrAdd(hub, Open))}" : "127.0.0.1 9");
    });

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        await Task.WhenAll(_receiving);
        await Up.DisposeAsync();
        await Down.DisposeAsync();
        foreach (var socket in _sockets)
            socket.Dispose();
        _closing.Dispose();
    }

    [GeneratedRegex(@"(?<before>candidate:\S+ \d+ udp \d+ )(?<address>[0-9a-fA-F.:]+) (?<port>\d+)", RegexOptions.IgnoreCase)]
    private static partial Regex Candidate();

    private static int Port(Socket socket) => ((IPEndPoint)socket.LocalEndPoint!).Port;

    private Socket Open(IPEndPoint hub)
    {
        var entrance = Bound();
        var exits = new Dictionary<SocketAddress, Socket>();
        _receiving.Add(ReceiveAsync(entrance, (datagram, from) =>
        {
            if (!exits.TryGetValue(from, out var exit))
            {
                // A socket of its own for each client's: the hub tells them apart by their ports.
                var client = Copy(from);
                exits[client] = exit = Bound();
                exit.Connect(hub);
                _receiving.Add(ReceiveAsync(exit, (answer, _) => Down.Send(answer, entrance, client)));
            }

            Up.Send(datagram, exit, to: null);
        }));
        return entrance;
    }

    private Socket Bound()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveBufferSize = 1 << 20 };
        socket.Bind(new IPEndPoint(IPAddress.Any, 0));
        _sockets.Add(socket);
        return socket;
    }

    private async Task ReceiveAsync(Socket socket, ReadAction take)
    {
        var buffer = new byte[LargestDatagram];
        var from = new SocketAddress(AddressFamily.InterNetwork);
        while (!_closing.IsCancellationRequested)
        {
            try
            {
                var count = await socket.ReceiveFromAsync(buffer, SocketFlags.None, from, _closing.Token);
                take(buffer.AsSpan(0, count), from);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (SocketException)
            {
                // The other end has no such port any more (ICMP); others may.
            }
        }
    }

    private static SocketAddress Copy(SocketAddress address)
    {
        var copy = new SocketAddress(address.Family, address.Size);
        address.Buffer.Span[..address.Size].CopyTo(copy.Buffer.Span);
        return copy;
    }

    private delegate void ReadAction(ReadOnlySpan<byte> datagram, SocketAddress from);
}
