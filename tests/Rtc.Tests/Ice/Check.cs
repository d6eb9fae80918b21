using System.Text;
using RtcHub.Rtc.Ice;
using RtcHub.Rtc.Stun;

namespace RtcHub.Rtc.Tests.Ice;

internal delegate void CheckAttributes(ref StunWriter writer);

/// <summary>Connectivity checks made by hand, and what an agent says to them.</summary>
internal static class Check
{
    public static readonly byte[] TransactionId = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];

    public static readonly IceCredentials Client = Credentials("cLiE", "clientclientclientclient");

    public static readonly IceCredentials Server = Credentials("sErVeR+/", "serverserverserverserver");

    public static IceCredentials Credentials(string ufrag, string password)
    {
        Assert.True(IceCredentials.TryCreate(ufrag, password, out var credentials));
        return credentials;
    }

    public static NetworkPath Path(string address, int local = 0)
    {
        Assert.True(Address.TryParse(address, out var remote));
        return new NetworkPath(remote, local);
    }

    public static byte[] From(IceCredentials client, IceCredentials server, bool nominate = false, uint priority = 100, CheckAttributes? more = null) =>
        Write($"{server.Ufrag}:{client.Ufrag}", server.Password, (ref StunWriter writer) =>
        {
            writer.AddUInt32(StunAttributeType.Priority, priority);
            if (nominate) writer.Add(StunAttributeType.UseCandidate);
            more?.Invoke(ref writer);
        });

    public static byte[] Write(string? username, string? password, CheckAttributes? more = null, bool fingerprint = true)
    {
        var buffer = new byte[1024];
        var writer = new StunWriter(buffer, StunClass.Request, StunMethod.Binding, TransactionId);
        if (username is not null) writer.AddText(StunAttributeType.Username, username);
        more?.Invoke(ref writer);
        if (password is not null) writer.AddIntegrity(Encoding.ASCII.GetBytes(password));
        if (fingerprint) writer.AddFingerprint();
        Assert.True(writer.TryFinish(out var length));
        return buffer[..length];
    }

    public static IceOutcome Receive(this IceLite agent, long now, byte[] check, NetworkPath source) => agent.Receive(now, check, source, out _);

    public static IceOutcome Receive(this IceLite agent, long now, byte[] check, NetworkPath source, out byte[] answer)
    {
        var response = new byte[128];
        Assert.True(StunMessage.TryParse(check, out var message));
        var outcome = agent.Receive(now, message, source, response, out var length);
        answer = response[..length];
        return outcome;
    }

    public static int ErrorOf(byte[] answer)
    {
        Assert.True(StunMessage.TryParse(answer, out var message));
        Assert.Equal(StunClass.Error, message.Class);
        Assert.True(message.TransactionId.SequenceEqual(TransactionId));
        Assert.True(message.TryGetErrorCode(out var code));
        return code;
    }
}
