using RtcHub.Sfu.Control;

namespace RtcHub.Sfu.Routing;

/// <summary>
/// Tells which layers of a track somebody wants, so that its publisher need not send the others. The smallest is wanted as long as
/// anybody watches: it is what is left when a path becomes narrow.
/// </summary>
internal sealed class Dynacast(PublisherTrack track)
{
    /// <summary>µs for which a layer that nobody wants is kept: tiles come and go. What is wanted is told at once.</summary>
    public const long Patience = 2_000_000;

    // Without simulcast: one layer, without a name.
    private static readonly string[] Nameless = [""];

    private readonly IReadOnlyList<string> _rids = track.Section.Rids.Count > 0 ? track.Section.Rids : Nameless;
    private readonly long[] _lastWanted = new long[Math.Max(track.Section.Rids.Count, 1)];
    private ulong _told = ulong.MaxValue >> 64 - Math.Max(track.Section.Rids.Count, 1);
    private bool _hasBegun;

    /// <summary>Looks at what the slots want; to be called when that changes, and a few times a second.</summary>
    public void Look(long now, EventFeed? events)
    {
        // Who publishes has sent nothing yet: it must send once for its layers to be known.
        if (!_hasBegun)
        {
            Array.Fill(_lastWanted, now);
            _hasBegun = track.Layers.Count > 0;
            return;
        }

        var wanted = Wanted();
        var tell = 0ul;
        for (var i = 0; i < _lastWanted.Length; i++)
        {
            if ((wanted >> i & 1) != 0) _lastWanted[i] = now;
            if ((wanted >> i & 1) != 0 || ((_told >> i & 1) != 0 && now - _lastWanted[i] < Patience)) tell |= 1ul << i;
        }

        if (tell == _told) return;
        _told = tell;
        Tell(events);
    }

    private void Tell(EventFeed? events) => events?.Publish(new SfuEvent(
        SfuEvent.Layers, track.Room?.Id, track.Participant, track.Transport, track.Describe(), Rids: [.. _rids.Where((_, i) => (_told >> i & 1) != 0)]));

    private ulong Wanted()
    {
        var wanted = 0ul;
        foreach (var slot in track.Slots)
        {
            wanted |= 1ul << LayerChoice.Wanted(track.Layers, track.Section.Rids, slot.MaxHeight) | Bit(slot.Carried) | Bit(slot.Granted);
        }

        return wanted == 0 ? 0 : wanted | 1ul << LayerChoice.Wanted(track.Layers, track.Section.Rids, 1);
    }

    private ulong Bit(Layer? layer)
    {
        for (var i = 0; i < _rids.Count; i++)
        {
            if (layer?.Rid == _rids[i]) return 1ul << i;
        }

        return 0;
    }
}
