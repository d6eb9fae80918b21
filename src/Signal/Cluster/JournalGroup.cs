namespace RtcHub.Signal.Cluster;

/// <summary>
/// All that one request (or one tick, or one event) causes: it is written as a whole or not at all. Groups are written in the order
/// in which each had its first effect, so that none is there without those that it builds on.
/// </summary>
internal sealed class JournalGroup(Journal journal) : IDisposable
{
    private static readonly AsyncLocal<JournalGroup?> Ambient = new();

    /// <summary>The one that collects what this flow of control causes; null: each effect is by itself.</summary>
    public static JournalGroup? Current => Ambient.Value;

    /// <summary>In order; guarded by the lock of the journal, as is <see cref="IsClosed"/>.</summary>
    public List<Effect> Effects { get; } = [];

    /// <summary>Timestamp of its first effect.</summary>
    public long Since { get; set; }

    /// <summary>Nothing more comes.</summary>
    public bool IsClosed { get; set; }

    /// <summary>Set when somebody waits for it.</summary>
    public TaskCompletionSource? Written { get; set; }

    /// <summary>Collects from here on, until it is disposed of; null without a journal.</summary>
    public static JournalGroup? Begin(Journal? journal)
    {
        if (journal is null)
            return null;
        var group = new JournalGroup(journal);
        Ambient.Value = group;
        return group;
    }

    /// <summary>Closes the group; the task ends when it, and everything before it, is safe.</summary>
    public Task CommitAsync() => journal.CloseAsync(this);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Ambient.Value == this)
            Ambient.Value = null;
        journal.Close(this);
    }
}
