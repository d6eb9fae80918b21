using System.Diagnostics.CodeAnalysis;
using RtcHub.Rtc.Stun;

namespace RtcHub.Rtc.Ice;

/// <summary>
/// The lite side of ICE (RFC 8445 section 2.5): it has host candidates only, sends no checks, answers those of its peer, and takes the
/// path that the peer nominates. An authentic check from a new address is how a client moves to another network without anything
/// being negotiated; nothing else changes where media goes.
/// </summary>
/// <remarks>
/// <list type="bullet">
/// <item>Before anything is nominated the path with the last check is used, so that DTLS need not wait for the nomination.</item>
/// <item>A lite agent is always controlled (section 6.1.1): whoever sends ICE-CONTROLLED gets 487 and has to take the other role,
/// whatever the tie-breakers say (section 7.3.1.1 would have the larger one win, but this side cannot be controlling).</item>
/// <item>Consent (RFC 7675): a full agent asks for it with checks of its own. A lite one sends none; that its peer, who knows our
/// password, still sends checks from an address is the consent to send there.</item>
/// </list>
/// </remarks>
public sealed class IceLite
{
    /// <summary>Microseconds; RFC 7675 section 5.1.</summary>
    public const long ConsentTimeout = 30_000_000;

    // A path without checks for so long no longer keeps its place against one of lower priority. Browsers check every 2.5 s or oftener.
    private const long Silence = 5_000_000;

    private readonly IcePaths _paths = new();
    private readonly long _connectBy;
    private IceSession _session;
    private IceSession? _restarted;
    private IceCredentials? _retired;
    private NetworkPath? _forgotten;
    private long _lastCheck;

    /// <param name="local">Ours, as they stand in the session description.</param>
    /// <param name="now">Microseconds.</param>
    /// <param name="connectTimeout">Microseconds until a path has to be nominated.</param>
    public IceLite(IceCredentials local, long now, long connectTimeout = 30_000_000)
    {
        _session = new IceSession(local, null);
        _connectBy = now + connectTimeout;
    }

    /// <summary>Ours; the new ones from <see cref="Restart"/> on.</summary>
    public IceCredentials Local => (_restarted ?? _session).Local;

    /// <summary>Failed and Expired are final.</summary>
    public IceState State { get; private set; }

    /// <summary>Is there a way to send?</summary>
    public bool HasPath => _paths.Selected >= 0;

    /// <summary>Where to send, when <see cref="HasPath"/>.</summary>
    public NetworkPath Path => HasPath ? _paths[_paths.Selected].Path : default;

    /// <summary>How many paths lead here, 0-16.</summary>
    public int PathCount => _paths.Count;

    /// <summary>When <see cref="Timeout"/> has something to do; <see cref="long.MaxValue"/>: never again. Every check moves it.</summary>
    public long NextTimeout => State switch
    {
        IceState.New or IceState.Checking => _connectBy,
        IceState.Connected => ConsentSince + ConsentTimeout,
        _ => long.MaxValue,
    };

    private long ConsentSince => HasPath ? _paths[_paths.Selected].LastCheck : _lastCheck;

    /// <param name="index">0 to <see cref="PathCount"/> - 1.</param>
    public NetworkPath GetPath(int index) => _paths[index].Path;

    /// <summary>From now on the peer's half of USERNAME is checked, too. Until then, as checks may overtake the answer, any is accepted.</summary>
    public void SetRemote(IceCredentials remote)
    {
        if (_restarted is not null) _restarted = _restarted with { Remote = remote };
        else _session = _session with { Remote = remote };
    }

    /// <summary>
    /// A new ICE session (section 9): checks of both are accepted, and media stays on its path, until a path is nominated in the new
    /// one. A restart that was not finished is abandoned.
    /// </summary>
    public void Restart(IceCredentials local, IceCredentials? remote)
    {
        _retired = _restarted?.Local;
        _restarted = new IceSession(local, remote);
    }

    /// <summary>Takes a STUN message that is addressed to this session by USERNAME, or that came on one of its paths.</summary>
    /// <param name="now">Microseconds.</param>
    /// <param name="message">The message.</param>
    /// <param name="source">Where it came from.</param>
    /// <param name="response">Room for the answer; 128 bytes suffice.</param>
    /// <param name="length">Of the answer, which goes back to <paramref name="source"/>; 0: there is none.</param>
    public IceOutcome Receive(long now, in StunMessage message, in NetworkPath source, Span<byte> response, out int length)
    {
        length = 0;
        if (State is IceState.Failed or IceState.Expired) return IceOutcome.Closed;
        var outcome = IceCheck.Verify(message, StunAttributeType.IceControlled, _session, _restarted, out var session);
        if (outcome == IceOutcome.Accepted) outcome = Accept(now, message, source, session!);
        length = IceCheck.Answer(message, outcome, session, source.Remote, response);
        return outcome;
    }

    /// <summary>Harmless when early. <see cref="State"/> and <see cref="Path"/> may be others afterwards.</summary>
    public void Timeout(long now)
    {
        if (now < NextTimeout) return;
        var freshest = _paths.Freshest();
        if (State != IceState.Connected) State = IceState.Failed;
        else if (freshest >= 0 && now < _paths[freshest].LastCheck + ConsentTimeout) _paths.Selected = freshest;
        else State = IceState.Expired;
    }

    /// <summary>A path is gone: its TCP connection has ended. Media goes on by the path that was checked last, if there is another.</summary>
    public void Remove(in NetworkPath path)
    {
        var index = _paths.IndexOf(path);
        if (index < 0) return;
        _paths.RemoveAt(index);
        if (!HasPath) _paths.Selected = _paths.Freshest();
    }

    /// <summary>
    /// A path that no longer leads here, because there were more than 16. To be asked after every <see cref="Receive"/> that added
    /// or selected a path; by now the path may lead to somebody else.
    /// </summary>
    public bool TryTakeForgotten(out NetworkPath path)
    {
        path = _forgotten.GetValueOrDefault();
        var found = _forgotten.HasValue;
        _forgotten = null;
        return found;
    }

    /// <summary>
    /// Credentials of ours that no longer count, because a restart has taken their place. To be asked after every <see cref="Receive"/>
    /// that selected a path, and after <see cref="Restart"/>.
    /// </summary>
    public bool TryTakeRetired([NotNullWhen(true)] out IceCredentials? credentials)
    {
        credentials = _retired;
        _retired = null;
        return credentials is not null;
    }

    private IceOutcome Accept(long now, in StunMessage message, in NetworkPath source, IceSession session)
    {
        var index = _paths.IndexOf(source);
        var isNew = index < 0;
        if (isNew) index = _paths.Add(source, out _forgotten);
        message.TryGetUInt32(StunAttributeType.Priority, out var priority);
        _paths[index].Priority = priority;
        _paths[index].LastCheck = now;
        _lastCheck = now;

        var moves = message.TryGet(StunAttributeType.UseCandidate, out _) ? Nominate(now, index, session) : State != IceState.Connected || !HasPath;
        if (State == IceState.New) State = IceState.Checking;
        if (!moves || index == _paths.Selected) return isNew ? IceOutcome.PathAdded : IceOutcome.Accepted;
        _paths.Selected = index;
        return IceOutcome.PathSelected;
    }

    /// <summary>
    /// True when media goes by this path from now on. The last nomination wins: a client that changes its network nominates the new
    /// path, be it better or worse. But old clients nominate every path with every check (aggressive nomination, RFC 5245 section
    /// 8.1.1.2, where the highest priority wins): a path that was nominated before must be better than the present one, or the
    /// present one silent, so that media does not swing to and fro.
    /// </summary>
    private bool Nominate(long now, int index, IceSession session)
    {
        if (session == _restarted)
        {
            _retired = _session.Local;
            (_session, _restarted) = (_restarted, null);
            _paths.ClearNominations();
            State = IceState.Checking;
        }

        ref var path = ref _paths[index];
        var isFirst = !path.IsNominated;
        path.IsNominated = true;
        if (State != IceState.Connected || !HasPath)
        {
            State = IceState.Connected;
            return true;
        }

        ref var selected = ref _paths[_paths.Selected];
        return isFirst || path.Priority > selected.Priority || now - selected.LastCheck > Silence;
    }
}
