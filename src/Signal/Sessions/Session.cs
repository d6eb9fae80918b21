using System.Net;
using System.Security.Cryptography;
using RtcHub.Signal.Cluster;
using RtcHub.Signal.Rooms;
using RtcHub.Signal.Sockets;
using RtcHub.Signal.Tokens;

namespace RtcHub.Signal.Sessions;

/// <summary>
/// One person's presence at the hub, through any number of sockets: id, secret, what was said in both directions, and
/// which room or call they are in. A room knows sessions and never a socket.
/// </summary>
internal sealed class Session
{
    private readonly byte[] _secretHash;
    private SocketConnection? _socket;

    public Session(string id, byte[] secretHash, Outbox outbox)
    {
        (Id, _secretHash, Outbox) = (id, secretHash, outbox);
    }

    /// <summary>Participant id: 8 characters, what others see and dial.</summary>
    public string Id { get; }

    public string Name { get; set; } = "";

    public Grants Grants { get; set; } = Grants.Open;

    /// <summary>The <c>sub</c> of the token: who this is to the application that minted it.</summary>
    public string? Identity { get; set; }

    /// <summary>No keys are set: everybody is equal, and whoever came first moderates.</summary>
    public bool OnOpenHub => AuthorizedUntil is null;

    /// <summary>When the token ends; null on an open hub. A resume after it needs a newer token.</summary>
    public DateTimeOffset? AuthorizedUntil { get; set; }

    /// <summary>How long the token was good for when it came: what a renewed one gets.</summary>
    public TimeSpan TokenLifetime { get; set; }

    /// <summary>When the token is to be renewed by a <c>token</c> event.</summary>
    public DateTimeOffset? RenewTokenAt { get; set; }

    /// <summary>When fresh TURN credentials are to be pushed.</summary>
    public DateTimeOffset? RenewIceServersAt { get; set; }

    /// <summary>Where the present or last socket came from.</summary>
    public IPAddress Address { get; set; } = IPAddress.None;

    /// <summary>Host by which this client reached the hub, for the STUN addresses it is told.</summary>
    public string Host { get; set; } = "";

    public Outbox Outbox { get; }

    /// <summary>By which another node of a cluster could go on; null for a hub that is alone.</summary>
    public ReplayLog? Log { get; init; }

    /// <summary>Requests are handled one after the other, also across a change of sockets. Held while a request runs.</summary>
    public SemaphoreSlim Turn { get; } = new(1, 1);

    /// <summary>The last request taken up; null after a restart of the hub, until the client's first request tells.</summary>
    public long? LastRequest { get; set; } = 0;

    /// <summary>Present in a room, or waiting for one; set by the room under its lock.</summary>
    public Participant? Participant { get; set; }

    /// <summary>The direct call that rings or runs; set by <see cref="DirectCalls"/>.</summary>
    public DirectCall? Call { get; set; }

    /// <summary>Rooms that this session was kicked from and may not enter again.</summary>
    public HashSet<string> KickedFrom { get; } = [];

    /// <summary>When the socket went away; null while there is one.</summary>
    public DateTimeOffset? DetachedAt { get; set; }

    /// <summary>Set once: the session is over, its id may only be claimed.</summary>
    public bool Ended { get; set; }

    /// <summary>Ended here only: it goes on at another node of the cluster.</summary>
    public bool Moved { get; set; }

    public SocketConnection? Socket => Volatile.Read(ref _socket);

    public byte[] SecretHash => _secretHash;

    public bool HasSecret(string secret) =>
        CryptographicOperations.FixedTimeEquals(Hash(secret), _secretHash);

    public static byte[] Hash(string secret) => SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(secret));

    /// <summary>Makes this the session's socket; returns the one before, to be told that it is superseded.</summary>
    public SocketConnection? Attach(SocketConnection socket)
    {
        DetachedAt = null;
        return Interlocked.Exchange(ref _socket, socket);
    }

    /// <summary>False when another socket has taken over already.</summary>
    public bool Detach(SocketConnection socket, DateTimeOffset now)
    {
        if (Interlocked.CompareExchange(ref _socket, null, socket) != socket)
            return false;
        DetachedAt = now;
        return true;
    }

    /// <summary>Sends a sequenced message: <paramref name="body"/> is the frame after its sequence number.</summary>
    /// <param name="mayWait">There is no hurry: it may go with what follows.</param>
    public void Send(ReadOnlyMemory<byte> body, string? subject = null, bool replaceable = false, bool isReply = false, long receivedAt = 0, bool mayWait = false)
    {
        var fits = Outbox.Add(body, subject, replaceable, isReply, receivedAt);
        if (Socket is not { } socket)
            return;
        if (fits && mayWait)
            socket.FlushLater();
        else if (fits)
            socket.Flush();
        else
            socket.Close(CloseCode.SlowConsumer);
    }
}
