using RtcHub.Signal.Sessions;

namespace RtcHub.Signal.Rooms;

/// <summary>One direct call: CALL of docs/protocol.md section 5. Changed under the lock of <see cref="DirectCalls"/>.</summary>
internal sealed class DirectCall(string id, Session from, Session to, DateTimeOffset since)
{
    public string Id => id;

    public Session From => from;

    public Session To => to;

    public DateTimeOffset Since => since;

    /// <summary><c>ringing</c>, <c>accepted</c>, or how it ended.</summary>
    public string State { get; set; } = "ringing";

    public string? Room { get; set; }

    public bool IsOver => State is not ("ringing" or "accepted");

    public CallView View => new(Id, new(From.Id, From.Name), new(To.Id, To.Name), State, Room);

    public Session Other(Session one) => one == From ? To : From;
}
