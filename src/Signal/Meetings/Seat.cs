using RtcHub.Sfu.Control;
using RtcHub.Signal.Sessions;
using RtcHub.Signal.Sockets;

namespace RtcHub.Signal.Meetings;

/// <summary>
/// A participant's place at the media service: the transport by which they send, the one by which they receive, and who is
/// in its slots. What the slots carry follows from what is wanted and what is published: whenever either changes, the
/// difference is worked out and told, one round at a time.
/// </summary>
internal sealed partial class Seat(Meeting meeting, Session session)
{
    private readonly Lock _gate = new();
    private readonly List<string> _videoMids = [];
    private readonly Dictionary<string, string> _paused = [];
    private IReadOnlyDictionary<string, string> _sources = new Dictionary<string, string>();
    private List<SlotLoad> _slots = [];
    private IReadOnlyList<VideoWish>? _wishes;
    private string? _publish;
    private string? _subscribe;
    private string? _offer;
    private bool _closed;
    private bool _dirty;
    private bool _running;
    private bool _failed; // the media service did not do what was asked: it is asked again with the next tick

    public string Participant => session.Id;

    public Session Session => session;

    /// <summary>What a track of this participant is, or null while that is not known.</summary>
    public string? SourceOf(SfuTrack track)
    {
        lock (_gate)
            return track.Transport == _publish ? _sources.GetValueOrDefault(track.Mid) : null;
    }

    public SeatView View()
    {
        lock (_gate)
            return new SeatView(_publish, _subscribe, _offer, [.. Enumerable.Range(0, _slots.Count).Select(ViewOf)], meeting.Speaking.Stage);
    }

    /// <summary>Takes a client's offer to send; a connection that it had before is closed.</summary>
    public async Task<PublishReply> PublishAsync(string sdp, IReadOnlyDictionary<string, string> sources, CancellationToken cancel)
    {
        var answer = await meeting.Sfu.ConnectAsync(new ConnectRequest(meeting.Room, Participant, sdp), cancel);
        string? before;
        bool closed;
        lock (_gate)
        {
            (before, _publish, _sources) = (_publish, answer.Transport, sources);
            closed = _closed;
        }

        if (before is not null) meeting.Drop(before);
        if (closed) meeting.Drop(answer.Transport);
        meeting.SourcesKnown(this);
        return new PublishReply(answer.Transport, answer.Sdp);
    }

    /// <summary>Makes an offer to receive on a new connection; one that was there before is closed.</summary>
    public async Task<SubscribeReply> SubscribeAsync(CancellationToken cancel)
    {
        var offer = await meeting.Sfu.SubscribeAsync(new SubscribeRequest(meeting.Room, Participant, meeting.AudioSlots, VideoSlots(0)), cancel);
        string? before;
        bool closed;
        lock (_gate)
        {
            (before, _subscribe, _offer) = (_subscribe, offer.Transport, offer.Sdp);
            _slots = [];
            _videoMids.Clear();
            _paused.Clear();
            Take(offer);
            closed = _closed;
        }

        if (before is not null) meeting.Drop(before);
        if (closed) meeting.Drop(offer.Transport);
        if (meeting.IsInUse) session.Send(Wire.Event("speaking", meeting.Speaking, MessageJson.Default.EventSpeakingEvent), "speaking", replaceable: true);
        return new SubscribeReply(offer.Transport, offer.Sdp);
    }

    /// <summary>The client's answer to the last offer.</summary>
    public async Task<HubError?> AnswerAsync(string sdp, CancellationToken cancel)
    {
        string transport;
        lock (_gate)
        {
            if (_subscribe is null || _offer is null) return Errors.Conflict.With("There is no offer to answer.");
            transport = _subscribe;
        }

        await meeting.Sfu.AnswerAsync(transport, sdp, cancel);
        lock (_gate)
        {
            if (_subscribe == transport) _offer = null;
        }

        Changed();
        return null;
    }

    /// <summary>What the client would see, the most important first; null: as much as there is.</summary>
    public void Want(IReadOnlyList<VideoWish>? wishes)
    {
        lock (_gate)
            _wishes = wishes;
        Changed();
    }

    /// <summary>What is wanted at another place of the same participant.</summary>
    public void WantAs(Seat other)
    {
        IReadOnlyList<VideoWish>? wishes;
        lock (other._gate)
            wishes = other._wishes;
        Want(wishes);
    }

    /// <summary>Something that decides about the slots is different now.</summary>
    public void Changed()
    {
        lock (_gate)
        {
            _dirty = true;
            if (_running || _closed || _subscribe is null || _offer is not null) return;
            _running = true;
        }

        _ = Task.Run(SettleAsync);
    }

    /// <summary>Once a second.</summary>
    public void Tick()
    {
        lock (_gate)
        {
            if (!_failed) return;
            _failed = false;
        }

        Changed();
    }

    /// <summary>A slot gets nothing, or gets something again.</summary>
    public void Paused(string transport, string mid, string? reason)
    {
        lock (_gate)
        {
            var at = _videoMids.IndexOf(mid);
            if (transport != _subscribe || at < 0) return;
            if (reason is null) _paused.Remove(mid);
            else _paused[mid] = reason;
            Tell([ViewOf(at)]);
        }
    }

    /// <summary>A transport is gone that nobody here closed.</summary>
    public void Gone(string transport) => Lose(mine => mine == transport);

    /// <summary>After the media service was away: what it does not know any more is to be made anew.</summary>
    public void Lose(IReadOnlySet<string> gone) => Lose(gone.Contains);

    /// <summary>Gives up both connections, because the client does not need them any more or is gone itself.</summary>
    /// <param name="forGood">Nothing will be made for this participant again.</param>
    public void Close(bool forGood)
    {
        string?[] transports;
        lock (_gate)
        {
            transports = [_publish, _subscribe];
            (_publish, _subscribe, _offer, _slots) = (null, null, null, []);
            _closed |= forGood;
        }

        foreach (var transport in transports)
        {
            if (transport is not null) meeting.Drop(transport);
        }
    }

    /// <summary>Those by which this participant sends and receives.</summary>
    public IEnumerable<string> Transports
    {
        get
        {
            lock (_gate)
                return new[] { _publish, _subscribe }.OfType<string>();
        }
    }

    public bool Has(string transport)
    {
        lock (_gate)
            return transport == _publish || transport == _subscribe;
    }

    private void Lose(Func<string, bool> isGone)
    {
        lock (_gate)
        {
            var publish = _publish is not null && isGone(_publish) ? _publish : null;
            var subscribe = _subscribe is not null && isGone(_subscribe) ? _subscribe : null;
            if (publish is not null) _publish = null;
            if (subscribe is not null) (_subscribe, _offer, _slots) = (null, null, []);
            if (publish is not null || subscribe is not null) session.Send(Wire.Event("renew", new RenewEvent(publish, subscribe), MessageJson.Default.EventRenewEvent));
        }
    }

    private async Task SettleAsync()
    {
        while (true)
        {
            string transport;
            SlotLoad[] before;
            IReadOnlyList<VideoWish>? wishes;
            string[] mids;
            lock (_gate)
            {
                if (!_dirty || _closed || _subscribe is null || _offer is not null)
                {
                    _running = false;
                    return;
                }

                _dirty = false;
                (transport, before, wishes, mids) = (_subscribe, [.. _slots], _wishes, [.. _videoMids]);
            }

            var (plan, missing) = SlotPlan.Make(before, wishes ?? meeting.Everything(Participant), meeting.TrackOf);
            var changed = Enumerable.Range(0, plan.Length).Where(i => plan[i] != before[i]).ToArray();
            try
            {
                if (changed.Length > 0) await AssignAsync(transport, changed, plan, before, mids);
                if (missing > 0 && mids.Length < meeting.MaxVideoSlots) await GrowAsync(transport, VideoSlots(mids.Length + missing));
            }
            catch (SfuException exception) when (exception.Error is SfuError.NotFound or SfuError.NotAcceptable)
            {
                // A track or the transport ended meanwhile, which the next event says; what this client cannot decode is left out.
                await AssignEachAsync(transport, changed, plan, before, mids);
            }
            catch (SfuException exception)
            {
                Failed(exception);
            }
        }
    }

    private async Task AssignAsync(string transport, int[] changed, SlotLoad[] plan, SlotLoad[] before, string[] mids)
    {
        await meeting.Sfu.AssignAsync(transport, [.. changed.Select(i => new SlotAssignment(mids[i], plan[i].Track, plan[i].Wish.MaxHeight, plan[i].Wish.Priority))]);
        Settled(transport, changed, plan, before);
    }

    private void Failed(SfuException exception)
    {
        meeting.Failed(session, exception);
        lock (_gate)
            _failed |= exception.Error == SfuError.Unavailable;
    }

    // One by one, so that one bad one costs nobody else their picture.
    private async Task AssignEachAsync(string transport, int[] changed, SlotLoad[] plan, SlotLoad[] before, string[] mids)
    {
        foreach (var i in changed)
        {
            try
            {
                await AssignAsync(transport, [i], plan, before, mids);
            }
            catch (SfuException exception)
            {
                Failed(exception);
            }
        }
    }

    private void Settled(string transport, int[] changed, SlotLoad[] plan, SlotLoad[] before)
    {
        lock (_gate)
        {
            if (_subscribe != transport) return;
            foreach (var i in changed)
            {
                _slots[i] = plan[i];
                if (plan[i].Track is null) _paused.Remove(_videoMids[i]);
            }

            // Another size of the same picture is nothing that the client has to know.
            var moved = changed.Where(i => plan[i].Wish.Key != before[i].Wish.Key || plan[i].Track is null != before[i].Track is null).ToArray();
            if (moved.Length > 0) Tell([.. moved.Select(ViewOf)]);
        }
    }

    private async Task GrowAsync(string transport, int slots)
    {
        var offer = await meeting.Sfu.SubscribeAsync(new SubscribeRequest(meeting.Room, Participant, meeting.AudioSlots, slots, transport));
        meeting.Keep(session, () =>
        {
            lock (_gate)
            {
                if (_subscribe != transport) return;
                _offer = offer.Sdp;
                Take(offer);
                session.Send(Wire.Event("subscription", new SubscriptionEvent(transport, offer.Sdp), MessageJson.Default.EventSubscriptionEvent));
            }
        });
    }

    // A few more than are needed, so that the next one who comes needs no negotiation.
    private int VideoSlots(int needed) => Math.Min(meeting.MaxVideoSlots, needed < 4 ? 4 : (needed + 4) / 4 * 4);

    private void Take(TransportOffer offer)
    {
        foreach (var slot in offer.Slots)
        {
            if (slot.Kind != "video" || _videoMids.Contains(slot.Mid)) continue;
            _videoMids.Add(slot.Mid);
            _slots.Add(default);
        }
    }

    private SlotView ViewOf(int slot)
    {
        var (wish, track) = _slots[slot];
        return track is null
            ? new SlotView(_videoMids[slot], null, null, null)
            : new SlotView(_videoMids[slot], wish.Key.Participant, wish.Key.Source, _paused.GetValueOrDefault(_videoMids[slot]));
    }

    private void Tell(IReadOnlyList<SlotView> slots) => session.Send(Wire.Event("slots", new SlotsEvent(_subscribe!, slots), MessageJson.Default.EventSlotsEvent));
}
