using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Extensions.Options;
using RtcHub.Signal.Cluster;
using RtcHub.Signal.Rooms;
using RtcHub.Signal.Sockets;

namespace RtcHub.Signal.Sessions;

/// <summary>From a participant id to the session, and to the owner's claim on the id of a session that is over.</summary>
internal sealed class SessionDirectory(IRoomStore store, IOptions<SocketOptions> options, TimeProvider time, Journal? journal = null)
{
    private readonly ConcurrentDictionary<string, Session> _sessions = new();
    private readonly ConcurrentDictionary<string, Claim> _claims = new();

    // Between a session and the claim on its id there is no moment without either: a page that is loaded anew comes back just then.
    private readonly Lock _ending = new();

    private readonly record struct Claim(byte[] SecretHash, DateTimeOffset EndedAt, bool Kicked);

    public ICollection<Session> All => _sessions.Values;

    public int Count => _sessions.Count;

    public Session? Find(string id) => _sessions.GetValueOrDefault(id);

    /// <summary>A new session with a new id; <paramref name="secret"/> goes to the client and nowhere else.</summary>
    public Session Create(out string secret)
    {
        secret = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        while (true)
        {
            var session = New(ParticipantId.New(), Session.Hash(secret));
            if (!_claims.ContainsKey(session.Id) && Add(session))
                return session;
        }
    }

    /// <summary>The session to resume, by its id and secret.</summary>
    public Session? Resume(string id, string secret)
    {
        lock (_ending)
            return Find(id) is { Ended: false } session && session.HasSecret(secret) ? session : null;
    }

    /// <summary>
    /// A new session under the id of one that is over, for whoever has its secret. <paramref name="kicked"/> says that the
    /// old one was thrown out with a token for that one room, and that there is nothing to come back to.
    /// </summary>
    public Session? Reclaim(string id, string secret, out bool kicked)
    {
        kicked = false;
        lock (_ending)
        {
            return TryReclaim(id, secret, ref kicked);
        }
    }

    private Session? TryReclaim(string id, string secret, ref bool kicked)
    {
        if (!_claims.TryGetValue(id, out var claim) || !CryptographicOperations.FixedTimeEquals(claim.SecretHash, Session.Hash(secret)))
            return null;
        kicked = claim.Kicked;
        if (kicked || time.GetUtcNow() - claim.EndedAt > options.Value.ClaimWindow || !_claims.TryRemove(id, out _))
            return null;
        var session = New(id, claim.SecretHash);
        session.LastRequest = null;
        session.Log?.Request = null;
        return Add(session) ? session : null;
    }

    /// <summary>The session is over; its owner may claim the id for a while.</summary>
    public void End(Session session, bool kicked = false)
    {
        lock (_ending)
        {
            if (session.Moved)
                return;
            session.Ended = true;
            if (!_sessions.TryRemove(KeyValuePair.Create(session.Id, session)))
                return;
            _claims[session.Id] = new Claim(session.SecretHash, time.GetUtcNow(), kicked);
        }

        Save(session);
    }

    /// <summary>The session goes on at another node: here nothing is left of it.</summary>
    public void Forget(Session session)
    {
        lock (_ending)
        {
            session.Moved = session.Ended = true;
            session.Call = null;
            _sessions.TryRemove(KeyValuePair.Create(session.Id, session));
            if (session.Log is { } log)
                journal!.Logs.TryRemove(KeyValuePair.Create(session.Id, log));
        }
    }

    /// <summary>Forgets claims that have lapsed.</summary>
    public void Sweep()
    {
        var now = time.GetUtcNow();
        foreach (var (id, claim) in _claims)
        {
            if (now - claim.EndedAt > options.Value.ClaimWindow && _claims.TryRemove(id, out _))
                store.RemoveSession(id);
        }
    }

    /// <summary>Has the session's place at the media service written down, where another node may have to go on with it.</summary>
    public void SaveSeat(Session session)
    {
        if (journal is not null)
            Save(session);
    }

    /// <summary>Writes behind what the session needs to be taken up again after a crash.</summary>
    public void Save(Session session)
    {
        var participant = session.Participant;
        var state = new SessionState(
            session.Name, session.Grants, session.Identity, session.AuthorizedUntil, [.. session.KickedFrom], session.Call?.View,
            participant is null ? null : SessionPlace.Of(participant),
            journal is null ? null : participant?.Room.Meeting?.Find(session.Id)?.State);
        var record = new SessionRecord(
            session.Id, session.SecretHash, JsonSerializer.SerializeToUtf8Bytes(state, SessionJson.Default.SessionState),
            session.Ended ? time.GetUtcNow() : null, participant?.Room.Id);
        if (session.Log is { } log)
            log.Save(record);
        else
            store.SaveSession(record);
    }

    /// <summary>
    /// After a restart: brings back every session that had not ended, each without a socket and with a full grace period,
    /// and the claims. What the sessions had been sent is not known, so each will be given a snapshot.
    /// </summary>
    public async Task<IReadOnlyList<(Session Session, SessionState State)>> LoadAsync(CancellationToken cancel)
    {
        var loaded = new List<(Session, SessionState)>();
        foreach (var record in await store.LoadSessionsAsync(cancel))
        {
            if (Restore(record) is not { } restored)
                continue;
            restored.Session.Outbox.MarkLost();
            loaded.Add(restored);
        }

        return loaded;
    }

    /// <summary>A session that lived in another process: without a socket, and with a full grace period. Null: it is over, or here already.</summary>
    public (Session Session, SessionState State)? Restore(SessionRecord record)
    {
        if (record.EndedAt is { } endedAt)
        {
            _claims[record.Id] = new Claim(record.SecretHash, endedAt, false);
            return null;
        }

        var state = JsonSerializer.Deserialize(record.State, SessionJson.Default.SessionState)!;
        var session = New(record.Id, record.SecretHash);
        session.LastRequest = null;
        session.Name = state.Name;
        session.Grants = state.Grants;
        session.Identity = state.Identity;
        session.AuthorizedUntil = state.AuthorizedUntil;
        session.KickedFrom.UnionWith(state.KickedFrom);
        session.DetachedAt = time.GetUtcNow();
        return Add(session) ? (session, state) : null;
    }

    private Session New(string id, byte[] secretHash)
    {
        var log = journal is null ? null : new ReplayLog(journal, id);
        var session = new Session(id, secretHash, new Outbox(options.Value.ReplayMessages, options.Value.ReplayBytes, log)) { Log = log };
        if (log is not null)
            log.Owner = session;
        return session;
    }

    private bool Add(Session session)
    {
        if (!_sessions.TryAdd(session.Id, session))
            return false;
        if (session.Log is { } log)
            journal!.Logs[session.Id] = log;
        return true;
    }
}
