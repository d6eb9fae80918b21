using System.Collections.Concurrent;
using RtcHub.Signal.Sessions;
using StackExchange.Redis;

namespace RtcHub.Signal.Cluster;

/// <summary>Turns the effects of groups into writes, one per room as far as they go; for the journal's one task alone.</summary>
internal sealed class JournalWriter(
    IDatabase redis, ClusterKeys keys, string node, ConcurrentDictionary<string, ReplayLog> logs, Func<IEnumerable<RoomKeepsake>> rooms,
    Func<string, long?> epochOf, TimeProvider time)
{
    private const int MaxCommands = 4096;
    private const int MaxWrites = 256;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);
    private readonly SessionWriter _sessions = new(keys, node);
    private readonly List<FencedWrite> _writes = [];
    private readonly Dictionary<string, FencedWrite> _byFence = [];
    private readonly List<Logged> _messages = [];
    private long _number = time.GetUtcNow().ToUnixTimeMilliseconds();

    private readonly record struct Logged(FencedWrite Write, ReplayLog Log, LinkedListNode<Outbox.Entry> Message);

    /// <summary>Rooms that Redis still has and should not.</summary>
    public ConcurrentDictionary<string, byte> Deleted { get; } = new();

    /// <summary>Whom the last write found to live on another node.</summary>
    public List<string> Fenced { get; } = [];

    public bool IsConnected => redis.Multiplexer.IsConnected;

    /// <summary>Numbers go on above this one.</summary>
    public void Advance(long number)
    {
        long known;
        while ((known = Interlocked.Read(ref _number)) < number && Interlocked.CompareExchange(ref _number, number, known) != known)
        {
        }
    }

    /// <summary>Takes up what is to be written.</summary>
    public void Apply(List<JournalGroup> groups)
    {
        foreach (var group in groups)
        {
            if (group.Effects.Count == 0)
                continue;
            var write = WriteFor(FencesOf(group));
            foreach (var effect in group.Effects)
                Apply(write, effect);
        }
    }

    /// <summary>Writes what was taken up; false: Redis does not have what was written before.</summary>
    public async Task<bool> WriteAsync() => await SendAsync([.. _writes.Select(write => (write, WriteKind.Next))]);

    /// <summary>Writes all that lives here, what was taken up included; false: Redis cannot take it yet.</summary>
    public async Task<bool> WriteAllAsync()
    {
        var all = new List<(FencedWrite, WriteKind)>();
        FencedWrite Begin(string? room)
        {
            var write = NewWrite(room is null ? [] : [room]);
            all.Add((write, WriteKind.Anew));
            return write;
        }

        var kept = rooms().ToDictionary(room => room.Record.Id);
        foreach (var people in logs.Values.Where(log => log.Record is not null).GroupBy(log => log.Room).ToArray())
        {
            var write = people.Key is { } room ? Begin(room) : null;
            if (write is not null)
            {
                write.Add("DEL", (string)keys.Roster(people.Key!)!);
                if (kept.Remove(people.Key!, out var keepsake))
                    keepsake.Write(write, keys);
            }

            foreach (var log in people)
            {
                if (write is null || write.Count > MaxCommands || people.Key is null)
                    write = Begin(people.Key ?? '@' + log.Session);
                _sessions.WriteAll(write, log);
            }
        }

        foreach (var keepsake in kept.Values)
            keepsake.Write(Begin(keepsake.Record.Id), keys);
        string[] deleted = [.. Deleted.Keys];
        foreach (var room in deleted)
        {
            var write = Begin(room);
            write.Add("DEL", (string)keys.Room(room)!, (string)keys.Live(room)!, (string)keys.Chat(room)!, (string)keys.ChatNumbers(room)!);
            write.Add("ZREM", (string)keys.Rooms!, room);
        }

        if (!await SendAsync(all) || !await SendAsync([(NewWrite([]), WriteKind.AnewLast)]))
            return false;
        foreach (var room in deleted)
            Deleted.TryRemove(room, out _);
        return true;
    }

    /// <summary>What was taken up may be sent: it is written, or nobody waits for that.</summary>
    public void Settle()
    {
        var readers = new HashSet<Session>();
        foreach (var (_, log, message) in _messages)
        {
            log.Owner.Outbox.Confirm(message);
            readers.Add(log.Owner);
        }

        _messages.Clear();
        _writes.Clear();
        _byFence.Clear();
        foreach (var reader in readers)
            reader.Socket?.Flush();
    }

    private void Apply(FencedWrite write, in Effect effect)
    {
        switch (effect)
        {
            case { Kind: EffectKind.Message, Log: { } log, Message: { } message }:
                if (log.Owner.Outbox.TryLog(message, write.Number, out var entry))
                {
                    _sessions.Append(write, log, entry);
                    _messages.Add(new Logged(write, log, message));
                }

                break;
            case { Kind: EffectKind.Room }:
                write.Add("SET", (string)keys.Live(effect.Id!)!, effect.State, "EX", SessionWriter.KeepSeconds);
                break;
            case { Kind: EffectKind.Program }:
                RoomKeepsake.Write(write, keys, effect.Id!, effect.Field!, effect.State);
                break;
            case { Kind: EffectKind.Remove }:
                _sessions.Remove(write, effect.Id!);
                break;
            case { Log: { } log }:
                _sessions.Apply(write, log, effect);
                if (effect.Record is { EndedAt: not null })
                    logs.TryRemove(KeyValuePair.Create(log.Session, log));
                break;
        }
    }

    // Rooms by their names, sessions in no room with an @ before them.
    private static HashSet<string> FencesOf(JournalGroup group)
    {
        var fences = new HashSet<string>();
        foreach (var effect in group.Effects)
        {
            if (effect.Log is not { } log)
                fences.Add(effect.Kind is EffectKind.Room or EffectKind.Program ? effect.Id! : '@' + effect.Id!);
            else if (effect.Record is { } record)
                fences.UnionWith([log.Room ?? '@' + log.Session, record.Room ?? log.Room ?? '@' + log.Session]);
            else
                fences.Add(log.Room ?? '@' + log.Session);
        }

        return fences;
    }

    // What concerns one room only shares a write with all else that does; what concerns two comes between.
    private FencedWrite WriteFor(HashSet<string> fences)
    {
        if (fences.Count == 1 && _byFence.TryGetValue(fences.First(), out var write) && write.Count < MaxCommands)
            return write;
        if (fences.Count > 1)
            _byFence.Clear();
        write = NewWrite(fences);
        _writes.Add(write);
        if (fences.Count == 1)
            _byFence[fences.First()] = write;
        return write;
    }

    private FencedWrite NewWrite(IEnumerable<string> fences)
    {
        var write = new FencedWrite(keys, node, Interlocked.Increment(ref _number));
        foreach (var fence in fences)
        {
            if (fence[0] == '@')
                write.RequireSession(fence[1..]);
            else if (epochOf(fence) is { } epoch)
                write.RequireRoom(fence, epoch);
        }

        return write;
    }

    private async Task<bool> SendAsync(List<(FencedWrite Write, WriteKind Kind)> writes)
    {
        var results = new List<string?>(writes.Count);
        foreach (var some in writes.Chunk(MaxWrites))
            results.AddRange(await Task.WhenAll(some.Select(one => one.Write.SendAsync(redis, one.Kind))).WaitAsync(Patience, time));
        var isKnown = true;
        for (var i = 0; i < results.Count; i++)
        {
            if (results[i] is "")
                isKnown = false;
            else if (results[i] is { } fence)
            {
                // Nobody may see what could not be written: it never was.
                Fenced.Add(fence);
                _messages.RemoveAll(message => message.Write == writes[i].Write || message.Log.Room == fence || '@' + message.Log.Session == fence);
            }
        }

        return isKnown;
    }
}
