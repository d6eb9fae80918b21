using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using RtcHub.Rtc.Stun;

namespace RtcHub.Signal.Tests.IceServers;

/// <summary>A UDP socket that asks a STUN or TURN server and waits for the response of that transaction.</summary>
internal sealed class StunClient : IDisposable
{
    // RFC 8489 section 6.2.1: a request is sent again, at first after 500 ms, because UDP loses some.
    private static readonly TimeSpan Retransmit = TimeSpan.FromMilliseconds(500);

    private readonly Socket _socket;

    public StunClient(IPAddress local)
    {
        _socket = new Socket(local.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        _socket.Bind(new IPEndPoint(local, 0));
    }

    public delegate void Attributes(ref StunWriter writer);

    public IPEndPoint Local => (IPEndPoint)_socket.LocalEndPoint!;

    /// <summary>Bytes that have come and were not read.</summary>
    public int Available => _socket.Available;

    public static byte[] Request(StunMethod method, Attributes? add = null)
    {
        var buffer = new byte[1024];
        var writer = new StunWriter(buffer, StunClass.Request, method, RandomNumberGenerator.GetBytes(StunMessage.TransactionIdLength));
        add?.Invoke(ref writer);
        Assert.True(writer.TryFinish(out var length));
        return buffer[..length];
    }

    public Task SendAsync(byte[] request, IPEndPoint server, CancellationToken cancel) => _socket.SendToAsync(request, server, cancel).AsTask();

    /// <summary>The bytes of the response; sends again until it comes or the test gives up.</summary>
    public async Task<byte[]> AskAsync(byte[] request, IPEndPoint server, CancellationToken cancel)
    {
        var buffer = new byte[1500];
        while (true)
        {
            await SendAsync(request, server, cancel);
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            patience.CancelAfter(Retransmit);
            try
            {
                while (true)
                {
                    var received = await _socket.ReceiveFromAsync(buffer, server, patience.Token);
                    var response = buffer[..received.ReceivedBytes];
                    if (StunMessage.TryParse(response, out var message) && message.TransactionId.SequenceEqual(request.AsSpan(8, 12))) return response;
                }
            }
            catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
            {
            }
            catch (SocketException exception) when (exception.SocketErrorCode == SocketError.ConnectionRefused)
            {
            }
        }
    }

    public void Dispose() => _socket.Dispose();
}
