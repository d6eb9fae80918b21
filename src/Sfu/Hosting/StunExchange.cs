using System.Buffers.Binary;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using RtcHub.Rtc.Stun;

namespace RtcHub.Sfu.Hosting;

/// <summary>By which way a STUN or TURN server is asked.</summary>
public enum StunWay
{
    /// <summary>Requests are repeated until an answer comes (RFC 8489 section 6.2.1).</summary>
    Udp,

    /// <summary>TCP as ICE has it: two bytes of length before each message (RFC 4571, RFC 6544).</summary>
    IceTcp,

    /// <summary>Messages one after the other (RFC 8489 section 6.2.2).</summary>
    Tcp,

    /// <summary>The same inside TLS (RFC 8489 section 6.2.3).</summary>
    Tls,
}

/// <summary>Asks a STUN or TURN server, one request after the other: what a client of it would do, for finding out whether a client could.</summary>
public sealed class StunExchange : IAsyncDisposable
{
    private const int MaxMessage = 1500;
    private static readonly TimeSpan FirstWait = TimeSpan.FromMilliseconds(200);

    private readonly Socket _socket;
    private readonly Stream? _stream;
    private readonly bool _isFramed;

    private StunExchange(Socket socket, Stream? stream, bool isFramed) => (_socket, _stream, _isFramed) = (socket, stream, isFramed);

    /// <summary>Connects.</summary>
    /// <exception cref="SocketException">The host has no address, or it cannot be reached.</exception>
    /// <exception cref="System.Security.Authentication.AuthenticationException">TLS only: the certificate is not one that clients trust.</exception>
    public static async Task<StunExchange> OpenAsync(StunWay way, string host, int port, CancellationToken cancel)
    {
        var address = IPAddress.TryParse(host.Trim('[', ']'), out var literal) ? literal : (await Dns.GetHostAddressesAsync(host, cancel))[0];
        var socket = way == StunWay.Udp
            ? new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp)
            : new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(new IPEndPoint(address, port), cancel);
            if (way == StunWay.Udp) return new StunExchange(socket, null, isFramed: false);
            Stream stream = new NetworkStream(socket);
            if (way == StunWay.Tls)
            {
                var tls = new SslStream(stream);
                await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = host }, cancel);
                stream = tls;
            }

            return new StunExchange(socket, stream, way == StunWay.IceTcp);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Sends a request and waits for its response.</summary>
    /// <returns>A whole STUN message with the transaction id of the request.</returns>
    /// <exception cref="IOException">What came is no STUN, or the server hung up.</exception>
    /// <exception cref="SocketException">Nobody listens there.</exception>
    public async Task<byte[]> AskAsync(ReadOnlyMemory<byte> request, CancellationToken cancel) =>
        _stream is null ? await AskByDatagramAsync(request, cancel) : await AskByStreamAsync(_stream, request, cancel);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_stream is not null) await _stream.DisposeAsync();
        _socket.Dispose();
    }

    private async Task<byte[]> AskByDatagramAsync(ReadOnlyMemory<byte> request, CancellationToken cancel)
    {
        using var answered = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var repeating = RepeatAsync(request, answered.Token);
        try
        {
            var buffer = new byte[MaxMessage];
            while (true)
            {
                var length = await _socket.ReceiveAsync(buffer, SocketFlags.None, cancel);
                if (Answers(buffer.AsSpan(0, length), request.Span)) return buffer[..length];
            }
        }
        finally
        {
            await answered.CancelAsync();
            await repeating;
        }
    }

    private async Task RepeatAsync(ReadOnlyMemory<byte> request, CancellationToken cancel)
    {
        try
        {
            for (var wait = FirstWait; ; wait *= 2)
            {
                await _socket.SendAsync(request, SocketFlags.None, cancel);
                await Task.Delay(wait, cancel);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Whoever waits for the answer learns of it there.
        }
    }

    private async Task<byte[]> AskByStreamAsync(Stream stream, ReadOnlyMemory<byte> request, CancellationToken cancel)
    {
        if (_isFramed)
        {
            var length = new byte[2];
            BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)request.Length);
            await stream.WriteAsync(length, cancel);
        }

        await stream.WriteAsync(request, cancel);
        await stream.FlushAsync(cancel);
        if (_isFramed) await stream.ReadExactlyAsync(new byte[2], cancel);
        var header = new byte[StunMessage.HeaderLength];
        await stream.ReadExactlyAsync(header, cancel);
        var rest = BinaryPrimitives.ReadUInt16BigEndian(header.AsSpan(2));
        if (rest > MaxMessage) throw new IOException("What came is no STUN message.");
        var message = new byte[header.Length + rest];
        header.CopyTo(message, 0);
        await stream.ReadExactlyAsync(message.AsMemory(header.Length), cancel);
        return Answers(message, request.Span) ? message : throw new IOException("What came is no answer to what was asked.");
    }

    private static bool Answers(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> request) =>
        StunMessage.TryParse(bytes, out var message) && message.TransactionId.SequenceEqual(request.Slice(8, StunMessage.TransactionIdLength));
}
