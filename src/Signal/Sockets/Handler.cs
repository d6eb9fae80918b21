using System.Text;
using RtcHub.Signal.Meetings;
using RtcHub.Signal.Rooms;
using RtcHub.Signal.Sessions;

namespace RtcHub.Signal.Sockets;

/// <summary>A request of a client, while it is being handled.</summary>
/// <param name="Data">Raw JSON of <c>d</c>; valid until the handler is done.</param>
/// <param name="ReceivedAt">Timestamp of its arrival.</param>
internal readonly record struct Request(Session Session, long Id, string? To, ReadOnlyMemory<byte> Data, long ReceivedAt);

/// <summary>How a request ended: an error, a reply still to be sent, or one that the handler has sent under its own lock.</summary>
internal readonly record struct Outcome(HubError? Error, ReadOnlyMemory<byte> Reply, bool Sent)
{
    public static readonly Outcome Done = new(null, "{}"u8.ToArray(), false);
    public static readonly Outcome Replied = new(null, default, true);

    public static Outcome With(byte[] reply) => new(null, reply, false);

    public static implicit operator Outcome(HubError error) => new(error, default, false);

    public static implicit operator Outcome(ErrorCode error) => new(error, default, false);

    /// <summary>Done, or the error.</summary>
    public static Outcome Of(HubError? error) => error is null ? Done : error;
}

/// <summary>A message of the protocol and what handles it. The table is the protocol's list of messages.</summary>
internal sealed class Handler
{
    private readonly byte[] _utf8Name;

    private Handler(string name, Func<Dispatch, Request, CancellationToken, ValueTask<Outcome>>? run, bool mayBeLarge = false, bool isPassedOn = false)
    {
        Name = name;
        Run = run;
        MayBeLarge = mayBeLarge;
        IsPassedOn = isPassedOn;
        _utf8Name = Encoding.ASCII.GetBytes(name);
    }

    // Control frames: without id, handled by the socket itself.
    public static readonly Handler Hello = new("hello", null);
    public static readonly Handler Ping = new("ping", null);
    public static readonly Handler Join = new("join", RoomMessages.JoinAsync);
    public static readonly Handler Dial = new("dial", CallMessages.Dial);
    private static readonly Handler Pong = new("pong", null);
    private static readonly Handler Ack = new("ack", null);

    public static readonly IReadOnlyList<Handler> All =
    [
        Hello, Ping, Pong, Ack,
        new("offer", RoomMessages.Offer, mayBeLarge: true, isPassedOn: true),
        new("answer", RoomMessages.Answer, mayBeLarge: true, isPassedOn: true),
        new("candidate", RoomMessages.Candidate, isPassedOn: true),
        new("data", RoomMessages.Data, isPassedOn: true),
        new("chat", RoomMessages.ChatAsync),
        Join,
        new("leave", RoomMessages.Leave),
        new("rename", RoomMessages.Rename),
        new("media", RoomMessages.Media),
        new("hand", RoomMessages.Hand),
        new("ice-servers", RoomMessages.IceServers),
        new("mute", ModerationMessages.Mute),
        new("kick", ModerationMessages.Kick),
        new("lock", ModerationMessages.LockAsync),
        new("lobby", ModerationMessages.LobbyAsync),
        new("admit", ModerationMessages.Admit),
        new("deny", ModerationMessages.Deny),
        new("moderator", ModerationMessages.Moderator),
        Dial,
        new("cancel", CallMessages.Cancel),
        new("accept", CallMessages.AcceptAsync),
        new("decline", CallMessages.Decline),
        new("publish", MeetingMessages.Publish, mayBeLarge: true),
        new("unpublish", MeetingMessages.Unpublish),
        new("subscribe", MeetingMessages.Subscribe),
        new("subscribed", MeetingMessages.Subscribed, mayBeLarge: true),
        new("want", MeetingMessages.Want),
        new("moved", MeetingMessages.Moved),
        new("reach", MeetingMessages.Reach),
        new("suffering", MeetingMessages.Suffering),
        new("spotlight", MeetingMessages.Spotlight),
    ];

    public string Name { get; }

    public Func<Dispatch, Request, CancellationToken, ValueTask<Outcome>>? Run { get; }

    public bool IsControl => Run is null;

    /// <summary>Carries an SDP: held by <see cref="SocketOptions.SdpFrameBytes"/>.</summary>
    public bool MayBeLarge { get; }

    /// <summary>
    /// Goes to somebody else, who answers if it needs an answer; the hub's own reply is in no hurry. Handling it waits for nothing and takes
    /// microseconds, so that the thread that polls the sockets may do it.
    /// </summary>
    public bool IsPassedOn { get; }

    // Three dozen short names: comparing lengths and bytes is as fast as hashing, and makes no string.
    public static Handler? Find(ReadOnlySpan<byte> name)
    {
        foreach (var handler in All)
        {
            if (name.SequenceEqual(handler._utf8Name))
                return handler;
        }

        return null;
    }
}
