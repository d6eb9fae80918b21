using System.Text;
using RtcHub.Rtc.Stun;

namespace RtcHub.Rtc.Ice;

/// <summary>
/// The controlling side of ICE, for programs that call a server: it checks the paths it is given, nominates the first that works
/// (regular nomination, RFC 8445 section 8.1.1), and renews consent (RFC 7675). It also answers the checks of a peer that is not lite.
/// Gathering candidates and finding a path through NATs are not its business.
/// </summary>
public sealed class IceControlling
{
    /// <summary>Paths that are tried at the same time.</summary>
    public const int MaxPaths = 16;

    /// <summary>Microseconds between the first checks of two paths (Ta, section 14.2).</summary>
    public const long Pacing = 50_000;

    /// <summary>Microseconds; RFC 7675 section 5.1 asks for 5 s, times 0.8 to 1.2 by chance.</summary>
    public const long ConsentInterval = 5_000_000;

    // The largest there is: in a role conflict the peer gives way (section 7.3.1.1).
    private const ulong TieBreaker = ulong.MaxValue;

    private readonly List<CandidatePair> _pairs = [];
    private readonly Random _random;
    private readonly long _connectBy;
    private IceSession _session;
    private byte[] _username = [];
    private CandidatePair? _selected;
    private long _now;
    private long _paceUntil = long.MinValue;
    private long _consentUntil;
    private bool _isNominated;

    /// <param name="local">Ours, as they stand in the session description.</param>
    /// <param name="now">Microseconds.</param>
    /// <param name="random">Spreads the renewals of consent.</param>
    /// <param name="connectTimeout">Microseconds until a path has to be nominated.</param>
    public IceControlling(IceCredentials local, long now, Random? random = null, long connectTimeout = 30_000_000)
    {
        _session = new IceSession(local, null);
        _now = now;
        _random = random ?? Random.Shared;
        _connectBy = now + connectTimeout;
    }

    /// <summary>Ours; the new ones from <see cref="Restart"/> on.</summary>
    public IceCredentials Local => _session.Local;

    /// <summary>Failed and Expired are final.</summary>
    public IceState State { get; private set; }

    /// <summary>Is there a way to send?</summary>
    public bool HasPath => _selected is not null;

    /// <summary>Where to send, when <see cref="HasPath"/>: the nominated path, before that the first that worked.</summary>
    public NetworkPath Path => _selected?.Path ?? default;

    /// <summary>When <see cref="Timeout"/> and then <see cref="TryPoll"/> have something to do.</summary>
    public long NextTimeout
    {
        get
        {
            if (State is IceState.Failed or IceState.Expired) return long.MaxValue;
            var next = State == IceState.Connected ? _consentUntil : _connectBy;
            foreach (var pair in _pairs) next = Math.Min(next, DueOf(pair));
            return next;
        }
    }

    /// <summary>Checks start with it.</summary>
    public void SetRemote(IceCredentials remote)
    {
        _session = _session with { Remote = remote };
        _username = Encoding.ASCII.GetBytes($"{remote.Ufrag}:{_session.Local.Ufrag}");
    }

    /// <summary>A candidate of the peer, as seen from one of our sockets. False: there are <see cref="MaxPaths"/> already.</summary>
    /// <param name="path">How to reach it.</param>
    /// <param name="priority">Of the candidate; better ones are checked first.</param>
    public bool Add(in NetworkPath path, uint priority)
    {
        if (Find(path) is not null) return true;
        if (_pairs.Count >= MaxPaths) return false;
        _pairs.Add(new CandidatePair(path, priority) { Due = _now });
        _pairs.Sort(static (a, b) => b.Priority.CompareTo(a.Priority));
        return true;
    }

    /// <summary>Moves to a path, for example after a change of network, as soon as its check has succeeded.</summary>
    public void Nominate(in NetworkPath path)
    {
        if (!Add(path, 0)) return;
        foreach (var pair in _pairs) pair.IsNominating = pair.Path == path;
        Find(path)!.StartOver(_now);
    }

    /// <summary>A new ICE session: media stays on its path until one is nominated in the new one. Call <see cref="SetRemote"/> and <see cref="Add"/> again.</summary>
    public void Restart(IceCredentials local)
    {
        _session = new IceSession(local, null);
        _username = [];
        _isNominated = false;
        _pairs.Clear();
    }

    /// <summary>Harmless when early.</summary>
    public void Timeout(long now)
    {
        _now = now;
        if (State == IceState.Connected && now >= _consentUntil) State = IceState.Expired;
        if (State is IceState.New or IceState.Checking && now >= _connectBy) State = IceState.Failed;
    }

    /// <summary>The next check to send now, where <paramref name="path"/> says; 256 bytes suffice unless the peer's ufrag is long.</summary>
    public bool TryPoll(Span<byte> datagram, out int length, out NetworkPath path)
    {
        (length, path) = (0, default);
        if (State is IceState.Failed or IceState.Expired || _username.Length == 0) return false;
        foreach (var pair in _pairs)
        {
            if (DueOf(pair) > _now) continue;
            if (!pair.TrySend(_now, NextConsent))
            {
                // A nomination that came to nothing: the server may have heard of it, so the old path is nominated anew.
                if (_isNominated) _selected!.IsNominating = true;
                continue;
            }

            if (pair.Sent == 1 && !pair.IsNominating) _paceUntil = _now + Pacing;
            path = pair.Path;
            return TryWrite(pair, datagram, out length);
        }

        return false;
    }

    /// <summary>Takes a STUN message; <paramref name="length"/> is that of an answer to a check of the peer, 0: there is none.</summary>
    public IceOutcome Receive(long now, in StunMessage message, in NetworkPath source, Span<byte> response, out int length)
    {
        length = 0;
        _now = now;
        if (State is IceState.Failed or IceState.Expired) return IceOutcome.Closed;
        if (message.Class is StunClass.Success or StunClass.Error) return ReceiveResponse(message, source);
        var outcome = IceCheck.Verify(message, StunAttributeType.IceControlling, _session, null, out var session);
        if (outcome == IceOutcome.Accepted && Find(source) is null)
        {
            // Section 7.3.1.3: a peer-reflexive candidate, to be checked in turn (section 7.3.1.4).
            message.TryGetUInt32(StunAttributeType.Priority, out var priority);
            if (Add(source, priority)) outcome = IceOutcome.PathAdded;
        }

        length = IceCheck.Answer(message, outcome, session, source.Remote, response);
        return outcome;
    }

    private long NextConsent => ConsentInterval * 4 / 5 + _random.NextInt64(ConsentInterval * 2 / 5);

    private CandidatePair? Find(in NetworkPath path)
    {
        foreach (var pair in _pairs)
            if (pair.Path == path) return pair;
        return null;
    }

    private long DueOf(CandidatePair pair) => _username.Length == 0 ? long.MaxValue
        : pair is { Sent: 0, IsNominating: false } ? Math.Max(pair.Due, _paceUntil) : pair.Due;

    /// <summary>
    /// Errors change nothing: whoever sees a check could forge one. The check is repeated until it is answered or given up.
    /// </summary>
    private IceOutcome ReceiveResponse(in StunMessage message, in NetworkPath source)
    {
        // Section 7.2.5.2.1: the answer comes from where the check went.
        if (Find(source) is not { Sent: > 0 } pair || !message.TransactionId.SequenceEqual(pair.TransactionId)) return IceOutcome.Unexpected;
        if (!IceCheck.HasRightFingerprint(message)) return IceOutcome.WrongFingerprint;
        if (message.Class == StunClass.Error) return IceOutcome.Unexpected;
        if (!StunIntegrity.Verify(message, _session.Remote!.Key)) return IceOutcome.WrongIntegrity;

        if (pair.KeepsConsent)
        {
            _consentUntil = _now + IceLite.ConsentTimeout;
            return IceOutcome.Accepted;
        }

        return pair.IsNominating ? Select(pair) : Succeed(pair);
    }

    private IceOutcome Select(CandidatePair pair)
    {
        var moved = _selected?.Path != pair.Path;
        (_selected, _isNominated, State) = (pair, true, IceState.Connected);
        _consentUntil = _now + IceLite.ConsentTimeout;
        foreach (var other in _pairs) other.Rest();
        pair.KeepConsent(_now + NextConsent);
        return moved ? IceOutcome.PathSelected : IceOutcome.Accepted;
    }

    private IceOutcome Succeed(CandidatePair pair)
    {
        pair.Rest();
        if (State == IceState.New) State = IceState.Checking;
        foreach (var other in _pairs)
            if (other.IsNominating) return IceOutcome.Accepted;
        if (_isNominated) return IceOutcome.Accepted;
        pair.IsNominating = true;
        pair.StartOver(_now);
        if (State == IceState.Connected) return IceOutcome.Accepted;
        _selected = pair;
        return IceOutcome.PathSelected;
    }

    private bool TryWrite(CandidatePair pair, Span<byte> datagram, out int length)
    {
        var writer = new StunWriter(datagram, StunClass.Request, StunMethod.Binding, pair.TransactionId);
        writer.Add(StunAttributeType.Username, _username);
        writer.AddUInt32(StunAttributeType.Priority, CandidatePriority.Compute(CandidateType.PeerReflexive));
        writer.AddUInt64(StunAttributeType.IceControlling, TieBreaker);
        if (pair.IsNominating) writer.Add(StunAttributeType.UseCandidate);
        writer.AddIntegrity(_session.Remote!.Key);
        writer.AddFingerprint();
        return writer.TryFinish(out length);
    }
}
