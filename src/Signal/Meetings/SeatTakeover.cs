using RtcHub.Sfu.Control;

namespace RtcHub.Signal.Meetings;

/// <summary>What another node has to know of a seat to go on with it; who is in the slots is asked of the media service.</summary>
/// <param name="Publish">The transport by which the participant sends, or null.</param>
/// <param name="Sources">What its sections are, by mid.</param>
/// <param name="Subscribe">The transport by which they receive, or null.</param>
/// <param name="Offer">An offer for it that waits for its answer, or null.</param>
/// <param name="VideoMids">Its sections for video, in order.</param>
/// <param name="Wishes">What the client would see; null: it did not say.</param>
internal sealed record SeatState(
    string? Publish, IReadOnlyDictionary<string, string> Sources, string? Subscribe, string? Offer, string[] VideoMids, IReadOnlyList<VideoWish>? Wishes);

// How a seat goes from the memory of one node into that of another.
internal sealed partial class Seat
{
    public SeatState State
    {
        get
        {
            lock (_gate)
                return new SeatState(_publish, _sources, _subscribe, _offer, [.. _videoMids], _wishes);
        }
    }

    public void Restore(SeatState state)
    {
        lock (_gate)
        {
            (_publish, _sources, _subscribe, _offer, _wishes) = (state.Publish, state.Sources, state.Subscribe, state.Offer, state.Wishes);
            _videoMids.AddRange(state.VideoMids);
            _slots = [.. state.VideoMids.Select(_ => default(SlotLoad))];
        }
    }

    /// <summary>What the slots carry, as the media service has it: what is in one and still wanted stays there.</summary>
    public void Fill(IReadOnlyList<SfuTransport> transports, Func<string, VideoKey?> videoOf)
    {
        lock (_gate)
        {
            foreach (var slot in transports.FirstOrDefault(transport => transport.Id == _subscribe)?.Slots ?? [])
            {
                var at = _videoMids.IndexOf(slot.Mid);
                if (at < 0 || slot.Track is not { } track || videoOf(track) is not { } key)
                    continue;
                var wish = _wishes?.FirstOrDefault(wish => wish.Key == key);
                _slots[at] = new SlotLoad(wish is { Key.Participant: not null } known ? known : new VideoWish(key, 0, 0), track);
            }
        }
    }

    /// <summary>Goes on at another node: here nothing is changed any more at the media service.</summary>
    public void Depart()
    {
        lock (_gate)
            _closed = true;
    }
}
