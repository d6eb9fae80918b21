using RtcHub.Signal.Sessions;

namespace RtcHub.Signal.Cluster;

/// <summary>How a session lies in Redis: <see cref="ClusterKeys.Session"/> and <see cref="ClusterKeys.Replay"/>.</summary>
internal sealed class SessionWriter(ClusterKeys keys, string node)
{
    /// <summary>How long Redis keeps what nobody writes again; whatever lives is written more often.</summary>
    public const long KeepSeconds = 3 * 3600;

    private const int CutAfter = 32;

    public void Append(FencedWrite write, ReplayLog log, in Outbox.Entry entry)
    {
        Begin(write, log);
        var key = (string)keys.Replay(log.Session)!;
        Put(write, key, entry);
        if (!log.IsKept)
            write.Add("EXPIRE", key, KeepSeconds);
        log.IsKept = true;

        // What the client has acknowledged is cut off, now and then.
        var (seq, stamp) = log.Owner.Outbox.Oldest();
        if (seq < log.Cut + CutAfter)
            return;
        log.Cut = seq;
        write.Add("XTRIM", key, "MINID", $"{(stamp == 0 ? write.Number : stamp)}-0");
        write.Add("HSET", (string)keys.Session(log.Session)!, "seq", seq);
    }

    public void Apply(FencedWrite write, ReplayLog log, in Effect effect)
    {
        var (session, replay) = ((string)keys.Session(log.Session)!, (string)keys.Replay(log.Session)!);
        if (effect.Kind == EffectKind.Rewrite)
        {
            WriteAll(write, log);
            return;
        }

        Begin(write, log);
        switch (effect.Kind)
        {
            case EffectKind.Request:
                log.Request = effect.Number;
                write.Add("HSET", session, "request", effect.Number);
                break;
            case EffectKind.Restart:
                (log.Cut, log.IsKept) = (effect.Number, false);
                write.Add("DEL", replay);
                write.Add("HSET", session, "seq", effect.Number, "lost", effect.IsLost ? 1 : 0);
                break;
            case EffectKind.State:
                var (before, record) = (log.Room, effect.Record!);
                log.Record = record;
                if (before is not null && before != record.Room)
                    write.Add("SREM", (string)keys.Roster(before)!, log.Session);
                if (record.Room is not null && before != record.Room)
                    write.Add("SADD", (string)keys.Roster(record.Room)!, log.Session);
                State(write, session, record);
                if (record.EndedAt is not null)
                    write.Add("DEL", replay);
                break;
        }
    }

    /// <summary>A session that is not here any more.</summary>
    public void Remove(FencedWrite write, string session) => write.Add("DEL", (string)keys.Session(session)!, (string)keys.Replay(session)!);

    /// <summary>Everything, whatever was there before.</summary>
    public void WriteAll(FencedWrite write, ReplayLog log)
    {
        var (seq, lost, entries) = log.Owner.Outbox.Rewrite(write.Number);
        var (session, replay) = ((string)keys.Session(log.Session)!, (string)keys.Replay(log.Session)!);
        (log.Cut, log.IsFresh, log.IsKept) = (seq, false, true);
        write.Add("DEL", session, replay);
        write.Add("HSET", session, "seq", seq, "lost", lost ? 1 : 0);
        if (log.Request is { } request)
            write.Add("HSET", session, "request", request);
        State(write, session, log.Record!);
        if (log.Room is { } room)
            write.Add("SADD", (string)keys.Roster(room)!, log.Session);
        foreach (var entry in entries)
            Put(write, replay, entry);
        write.Add("EXPIRE", replay, KeepSeconds);
    }

    // A session that begins under the id of one that is over has nothing of it.
    private void Begin(FencedWrite write, ReplayLog log)
    {
        if (!log.IsFresh)
            return;
        log.IsFresh = false;
        Remove(write, log.Session);
        if (log.Request is { } request)
            write.Add("HSET", (string)keys.Session(log.Session)!, "request", request);
    }

    private void State(FencedWrite write, string key, SessionRecord record)
    {
        write.Add(
            "HSET", key, "node", node, "room", record.Room ?? "", "secret", record.SecretHash, "state", record.State,
            "ended", record.EndedAt is { } at ? at.ToUnixTimeMilliseconds() : "");
        write.Add("EXPIRE", key, KeepSeconds);
    }

    private static void Put(FencedWrite write, string key, in Outbox.Entry entry)
    {
        if (entry.IsReply)
            write.Add("XADD", key, write.NextEntry(), "s", entry.Seq, "b", entry.Body, "r", 1);
        else
            write.Add("XADD", key, write.NextEntry(), "s", entry.Seq, "b", entry.Body);
    }
}
