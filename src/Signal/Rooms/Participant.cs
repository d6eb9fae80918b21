using RtcHub.Signal.Sessions;

namespace RtcHub.Signal.Rooms;

/// <summary>A session in a room: role and state there. Everything but the session is changed under the lock of the room.</summary>
internal sealed class Participant(Session session, Room room, DateTimeOffset joinedAt)
{
    private Dictionary<string, int>? _candidates;

    public Session Session => session;

    public Room Room => room;

    public string Id => session.Id;

    public DateTimeOffset JoinedAt { get; set; } = joinedAt;

    public bool IsModerator { get; set; }

    /// <summary>In the lobby: seen by moderators only, sees nobody.</summary>
    public bool IsWaiting { get; set; }

    /// <summary>Came here from another process, and has had no snapshot of the room since.</summary>
    public bool IsRestored { get; set; }

    public MediaState Media { get; set; } = MediaState.Off;

    public DateTimeOffset? Hand { get; set; }

    public MutedBy? MutedBy { get; set; }

    public ParticipantInfo Info => new(
        Id, session.Name, IsModerator ? "moderator" : "participant", session.DetachedAt is null ? "connected" : "reconnecting",
        JoinedAt, Media, Hand, new(session.Grants.Publish, session.Grants.Subscribe, session.Grants.Data), MutedBy);

    /// <summary>Counts a candidate to a peer; false when it is one too many since the last description.</summary>
    public bool MayTrickle(string to, int limit)
    {
        _candidates ??= [];
        var count = _candidates.GetValueOrDefault(to) + 1;
        _candidates[to] = count;
        return count <= limit;
    }

    /// <summary>A new description to a peer starts a new count; one that left needs none.</summary>
    public void ForgetCandidates(string to) => _candidates?.Remove(to);
}

/// <summary>How a relayed message counts.</summary>
internal readonly record struct RelayLimits(bool IsCandidate, int Candidates);
