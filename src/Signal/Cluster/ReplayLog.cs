using RtcHub.Signal.Sessions;

namespace RtcHub.Signal.Cluster;

/// <summary>
/// One session as <see cref="Journal"/> keeps it: its outbox message by message, the last request that was taken up, and its state.
/// What is noted here is written together with all else that the same request caused.
/// </summary>
internal sealed class ReplayLog(Journal journal, string session)
{
    /// <summary>Id of the session.</summary>
    public string Session => session;

    /// <summary>Whose log it is; set once, before anything is noted.</summary>
    public Session Owner { get; set; } = null!;

    /// <summary>As it was last given to be written; null before that.</summary>
    public SessionRecord? Record { get; set; }

    /// <summary>The last request whose effects were given to be written; null when that is not known.</summary>
    public long? Request { get; set; } = 0;

    /// <summary>Up to which message the log has been cut.</summary>
    public long Cut { get; set; }

    /// <summary>Nothing of it was ever written: what is there under its id is of a session that is over.</summary>
    public bool IsFresh { get; set; } = true;

    /// <summary>Its messages have a time to live.</summary>
    public bool IsKept { get; set; }

    /// <summary>The room in which it was last written to be.</summary>
    public string? Room => Record?.Room;

    /// <summary>A message of the outbox; called under its lock.</summary>
    public void Append(LinkedListNode<Outbox.Entry> message) => journal.Note(new Effect(EffectKind.Message, this) { Message = message });

    /// <summary>All messages so far are void; called under the lock of the outbox.</summary>
    /// <param name="seq">The number that the next one follows.</param>
    /// <param name="lost">Something was dropped: a client that comes back gets a snapshot.</param>
    public void Restart(long seq, bool lost) => journal.Note(new Effect(EffectKind.Restart, this) { Number = seq, IsLost = lost });

    /// <summary>A request has been taken up, and this is all that came of it.</summary>
    public void Done(long request) => journal.Note(new Effect(EffectKind.Request, this) { Number = request });

    /// <summary>What is to be known of the session.</summary>
    public void Save(SessionRecord record) => journal.Note(new Effect(EffectKind.State, this) { Record = record });

    /// <summary>All of it is to be written anew.</summary>
    public void Rewrite() => journal.Note(new Effect(EffectKind.Rewrite, this));
}

/// <summary>What an <see cref="Effect"/> is.</summary>
internal enum EffectKind
{
    /// <summary>A message that was added to an outbox, or took the place of another in it.</summary>
    Message,

    /// <summary>An outbox that starts anew.</summary>
    Restart,

    /// <summary>The last request taken up.</summary>
    Request,

    /// <summary>The state of a session.</summary>
    State,

    /// <summary>A session to be forgotten.</summary>
    Remove,

    /// <summary>What a room is beside its record.</summary>
    Room,

    /// <summary>A publisher or player without a session of the hub.</summary>
    Program,

    /// <summary>A session of which everything is to be written.</summary>
    Rewrite,
}

/// <summary>One of the things that a request has caused.</summary>
/// <param name="Kind">Which of the other members count.</param>
/// <param name="Log">Of which session; null for one of a room.</param>
internal readonly record struct Effect(EffectKind Kind, ReplayLog? Log)
{
    public LinkedListNode<Outbox.Entry>? Message { get; init; }

    public long Number { get; init; }

    public bool IsLost { get; init; }

    public SessionRecord? Record { get; init; }

    /// <summary>Id of a room, or of a session that is not here any more.</summary>
    public string? Id { get; init; }

    /// <summary>Which of the programs of a room.</summary>
    public string? Field { get; init; }

    public byte[]? State { get; init; }
}
