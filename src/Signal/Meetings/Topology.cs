namespace RtcHub.Signal.Meetings;

/// <summary>Which way the media of a room goes.</summary>
internal enum MediaRoute
{
    /// <summary>From browser to browser.</summary>
    Mesh,

    /// <summary>Through the media service.</summary>
    Sfu,
}

/// <summary>How far a participant is on the way that is being prepared.</summary>
internal enum MoveState
{
    /// <summary>The path cannot be had.</summary>
    Failed,

    /// <summary>The path is up; not everything that was expected has been seen on it.</summary>
    Connected,

    /// <summary>Everything that is shown can be shown from the new path.</summary>
    Ready,
}

/// <summary>Somebody in the room, as far as the route depends on them.</summary>
/// <param name="Id">Who.</param>
/// <param name="IsHere">Their socket is up; who is away holds nobody up.</param>
internal readonly record struct Traveller(string Id, bool IsHere);

/// <summary>What the route of a room depends on.</summary>
/// <param name="Forced">By the room's mode; null: as it is best.</param>
/// <param name="HasSfu">There is a media service, and it can be reached from the hub.</param>
/// <param name="Programs">Publishers and players that are no browsers: they know the media service only.</param>
/// <param name="People">Who is in the room.</param>
/// <param name="Leaves">The media service that the room is on is about to end.</param>
internal readonly record struct RoomLoad(MediaRoute? Forced, bool HasSfu, int Programs, IReadOnlyCollection<Traveller> People, bool Leaves = false);

/// <summary>
/// Moves a room from mesh to SFU and back, and from one SFU to another, make before break: a move is prepared while media flows on the old route, and
/// committed when everybody has it on the new one. A pure state machine; whoever owns it tells the room what came of it.
/// </summary>
/// <param name="meshLimit">People up to whom a mesh is good enough.</param>
/// <param name="meshMost">People beyond whom a mesh is none at all.</param>
internal sealed class Topology(int meshLimit, int meshMost)
{
    /// <summary>How long a room must have been small before it moves back.</summary>
    public static readonly TimeSpan Calm = TimeSpan.FromSeconds(10);

    /// <summary>How long preparing may take.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(8);

    /// <summary>Between a move that failed and the next attempt.</summary>
    public static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(30);

    /// <summary>How long a room stays on the SFU for somebody who suffered in the mesh.</summary>
    public static readonly TimeSpan Relief = TimeSpan.FromMinutes(2);

    private readonly Dictionary<string, MoveState> _reports = [];
    private readonly HashSet<string> _unreachable = [];
    private DateTimeOffset _deadline;
    private DateTimeOffset? _calmSince;
    private DateTimeOffset _retryAt;
    private DateTimeOffset _relievedUntil;
    private long _ways;

    /// <summary>The route that media takes.</summary>
    public MediaRoute Route { get; private set; }

    /// <summary>The route that is being prepared, or null.</summary>
    public MediaRoute? Next { get; private set; }

    /// <summary>Which of the room's ways at the media service is used, or would be.</summary>
    public long Way { get; private set; }

    /// <summary>The way to another media service that is being prepared, or null.</summary>
    public long? NextWay { get; private set; }

    /// <summary>Counts the changes of all these, so that a report can be matched to what it is about.</summary>
    public long Epoch { get; private set; }

    /// <summary>Because of whom the room is not where it should be, or null.</summary>
    public string? HeldBackBy { get; private set; }

    /// <summary>Goes on from what another node has said last.</summary>
    /// <param name="way">Of the media service.</param>
    /// <param name="lastWay">The newest that was ever begun.</param>
    public void Restore(MediaRoute route, long epoch, long way, long lastWay) => (Route, Epoch, Way, _ways) = (route, epoch, way, lastWay);

    /// <summary>How many the room can hold when it may hold as many as this.</summary>
    public int Capacity(int wanted, MediaRoute? forced, bool hasSfu) =>
        forced == MediaRoute.Mesh || !hasSfu || HeldBackBy is not null ? Math.Min(wanted, meshMost) : wanted;

    /// <summary>A participant tells how far they are; reports about another epoch are old news.</summary>
    public void Report(string participant, long epoch, MoveState state)
    {
        if (epoch == Epoch && Next is not null) _reports[participant] = state;
    }

    /// <summary>Whether the media service can be reached from where a participant is, as they found out while there was no hurry.</summary>
    public void Reaches(string participant, bool sfu) => _ = sfu ? _unreachable.Remove(participant) : _unreachable.Add(participant);

    /// <summary>The mesh is too much for somebody's processor or uplink.</summary>
    public void Suffers(DateTimeOffset now) => _relievedUntil = now + Relief;

    /// <summary>A participant is gone, and with them what they said.</summary>
    public void Forget(string participant)
    {
        _reports.Remove(participant);
        _unreachable.Remove(participant);
    }

    /// <summary>Somebody came in: a move that is under way gives them time.</summary>
    public void Entered(DateTimeOffset now)
    {
        if (Next is not null && _deadline < now + (Patience / 2)) _deadline = now + (Patience / 2);
    }

    /// <summary>Looks at everything again; true when <see cref="Route"/>, <see cref="Next"/> or <see cref="HeldBackBy"/> changed.</summary>
    public bool Evaluate(in RoomLoad load, DateTimeOffset now)
    {
        var before = (Route, Next, HeldBackBy, Way, NextWay);
        var wanted = Wanted(load, now);
        HeldBackBy = null;
        if (NextWay is not null && (wanted == MediaRoute.Mesh || !load.Leaves)) (Next, NextWay) = (null, null);
        if (wanted == Route)
        {
            if (load.Leaves) LeaveWay(load, now);
            else Next = null;
        }
        else if (wanted == MediaRoute.Sfu && load.Forced is null && load.Programs == 0 && load.People.FirstOrDefault(p => _unreachable.Contains(p.Id)).Id is { } cut)
        {
            (Next, HeldBackBy) = (null, cut);
        }
        else if (load.People.Count <= 1)
        {
            (Route, Next) = (wanted, null); // Nobody hears anybody yet: nothing to break.
        }
        else if (Next is null)
        {
            if (now >= _retryAt) Prepare(wanted, now);
        }
        else
        {
            Advance(load, now);
        }

        if (before == (Route, Next, HeldBackBy, Way, NextWay)) return false;
        if ((before.Route, before.Next, before.Way, before.NextWay) != (Route, Next, Way, NextWay))
        {
            Epoch++;
            _reports.Clear();
        }

        return true;
    }

    // Whoever does not come along in time, or cannot, comes after: nobody holds up a move that has to be.
    private void LeaveWay(in RoomLoad load, DateTimeOffset now)
    {
        if (Route == MediaRoute.Mesh || load.People.Count <= 1)
        {
            (Next, Way, NextWay) = (null, NextWay ?? ++_ways, null); // Nothing to break.
        }
        else if (NextWay is null)
        {
            Prepare(MediaRoute.Sfu, now);
            NextWay = ++_ways;
        }
        else if (now >= _deadline || load.People.All(each => !each.IsHere || _reports.GetValueOrDefault(each.Id, MoveState.Connected) != MoveState.Connected))
        {
            (Next, Way, NextWay) = (null, NextWay.Value, null);
        }
    }

    private void Prepare(MediaRoute route, DateTimeOffset now)
    {
        Next = route;
        _deadline = now + Patience;
    }

    private void Advance(in RoomLoad load, DateTimeOffset now)
    {
        var late = now >= _deadline;
        string? laggard = null;
        foreach (var (id, isHere) in load.People)
        {
            var state = _reports.TryGetValue(id, out var reported) ? reported : (MoveState?)null;
            if (state == MoveState.Failed || (late && isHere && state is null))
            {
                (Next, HeldBackBy, _retryAt) = (null, id, now + RetryAfter);
                return;
            }

            if (state != MoveState.Ready && isHere) laggard ??= id;
        }

        if (laggard is null || late) (Route, Next) = (Next!.Value, null);
    }

    private MediaRoute Wanted(in RoomLoad load, DateTimeOffset now)
    {
        if (!load.HasSfu) return MediaRoute.Mesh;
        if (load.Forced is { } forced) return forced;
        var people = load.People.Count;
        if (people > meshLimit || load.Programs > 0 || (people > 1 && now < _relievedUntil))
        {
            _calmSince = null;
            return MediaRoute.Sfu;
        }

        if (Route == MediaRoute.Mesh && Next is null) return MediaRoute.Mesh;
        _calmSince ??= now;
        // A move that was begun for somebody who has gone again is given up at once; one that is done is kept for a while.
        return Route == MediaRoute.Mesh || now - _calmSince >= Calm ? MediaRoute.Mesh : MediaRoute.Sfu;
    }
}
