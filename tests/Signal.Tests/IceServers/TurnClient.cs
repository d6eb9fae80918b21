using System.Net;
using RtcHub.Rtc;
using RtcHub.Rtc.Stun;

namespace RtcHub.Signal.Tests.IceServers;

/// <summary>As much of a TURN client (RFC 8656) as it takes to ask for an allocation and for a permission.</summary>
internal sealed class TurnClient(IPEndPoint server, string username, string credential) : IDisposable
{
    private const int Unauthorized = 401;

    // RFC 8656 sections 17 and 18: CreatePermission, XOR-PEER-ADDRESS, and protocol 17 (UDP) with three bytes reserved.
    private const StunMethod CreatePermission = (StunMethod)0x008;
    private const StunAttributeType XorPeerAddress = (StunAttributeType)0x0012;
    private const uint Udp = 17u << 24;

    // A socket of its own: coturn holds a 5-tuple to the first user it heard of there.
    private readonly StunClient _client = new(IPAddress.Loopback);
    private byte[] _key = [];
    private string _realm = "";
    private string _nonce = "";

    /// <returns>The error's code, or null for success.</returns>
    public async Task<int?> AllocateAsync(CancellationToken cancel)
    {
        // The first, bare request is refused and told what to sign with (RFC 8489 section 9.2.3).
        Challenge(await _client.AskAsync(StunClient.Request(StunMethod.Allocate, (ref StunWriter writer) => writer.AddUInt32(StunAttributeType.RequestedTransport, Udp)), server, cancel));
        var response = await AskAsync(StunMethod.Allocate, (ref StunWriter writer) => writer.AddUInt32(StunAttributeType.RequestedTransport, Udp), cancel);
        if (ErrorOf(response) is { } error) return error;

        Assert.True(StunMessage.TryParse(response, out var message));
        Assert.True(StunIntegrity.Verify(message, _key), "coturn's own integrity holds with the same key");
        Assert.True(message.TryGetXorAddress(StunAttributeType.XorRelayedAddress, out var relayed));
        Assert.Equal(IPAddress.Loopback, relayed.ToIPEndPoint().Address);
        Assert.True(message.TryGetXorAddress(StunAttributeType.XorMappedAddress, out var mapped));
        Assert.Equal(_client.Local, mapped.ToIPEndPoint());
        return null;
    }

    /// <summary>Asks that datagrams may be sent to a peer.</summary>
    /// <returns>The error's code, or null for success.</returns>
    public async Task<int?> PermitAsync(IPAddress peer, CancellationToken cancel) => ErrorOf(await AskAsync(
        CreatePermission, (ref StunWriter writer) => writer.AddXorAddress(XorPeerAddress, Address.From(new IPEndPoint(peer, 9))), cancel));

    public void Dispose() => _client.Dispose();

    private void Challenge(byte[] response)
    {
        Assert.Equal(Unauthorized, ErrorOf(response));
        Assert.True(StunMessage.TryParse(response, out var message));
        Assert.True(message.TryGetText(StunAttributeType.Realm, out var realm));
        Assert.True(message.TryGetText(StunAttributeType.Nonce, out var nonce));
        (_realm, _nonce, _key) = (realm, nonce, StunIntegrity.LongTermKey(username, realm, credential));
    }

    private Task<byte[]> AskAsync(StunMethod method, StunClient.Attributes add, CancellationToken cancel) => _client.AskAsync(
        StunClient.Request(method, (ref StunWriter writer) =>
        {
            add(ref writer);
            writer.AddText(StunAttributeType.Username, username);
            writer.AddText(StunAttributeType.Realm, _realm);
            writer.AddText(StunAttributeType.Nonce, _nonce);
            writer.AddIntegrity(_key);
        }),
        server, cancel);

    private static int? ErrorOf(byte[] response)
    {
        Assert.True(StunMessage.TryParse(response, out var message));
        if (message.Class == StunClass.Success) return null;
        return message.TryGetErrorCode(out var code) ? code : -1;
    }
}
