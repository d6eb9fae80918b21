using RtcHub.Sfu.Control;

namespace RtcHub.Sfu.Routing;

/// <summary>What a participant publishes in one section: a microphone, a camera, a screen.</summary>
internal sealed class PublisherTrack(string id, ITransport transport, IncomingSection section)
{
    private readonly List<Layer> _layers = new(1);
    private Dynacast? _dynacast;

    public string Id => id;

    public string Participant => transport.Participant;

    public string Transport => transport.Id;

    public IncomingSection Section => section;

    public MediaKind Kind => section.Kind;

    /// <summary>The codec that was agreed on; a slot carries the track if its client can decode it.</summary>
    public NegotiatedCodec Codec => section.Codecs[0];

    /// <summary>The smallest first.</summary>
    public List<Layer> Layers => _layers;

    /// <summary>Who receives it.</summary>
    public List<Slot> Slots { get; } = [];

    /// <summary>How loud it is; null: it is no sound.</summary>
    public Loudness? Loudness { get; } = section.Kind == MediaKind.Audio ? new Loudness() : null;

    public bool Muted { get; private set; }

    /// <summary>Where it is published.</summary>
    public Room? Room { get; set; }

    public SfuTrack Describe() =>
        new(Id, Participant, Transport, section.Mid, Kind == MediaKind.Audio ? "audio" : "video", Codec.Name, Muted);

    /// <summary>The layer with this <see cref="SourceClock.Id"/>; null when it is gone.</summary>
    public Layer? FindLayer(int source)
    {
        foreach (var layer in _layers)
        {
            if (layer.Clock.Id == source) return layer;
        }

        return null;
    }

    public void Add(Layer layer, long now)
    {
        _layers.Add(layer);
        Rearrange(now);
    }

    /// <summary>The layers are others, or their order: the subscribers choose anew.</summary>
    public void Rearrange(long now)
    {
        LayerChoice.Sort(_layers, section.Rids);
        for (var i = Slots.Count - 1; i >= 0; i--) Slots[i].Select(now);
    }

    public void Forward(long now, Layer layer, in CachedPacket packet)
    {
        // By index: a slot may leave the list while it is walked, never join it.
        for (var i = Slots.Count - 1; i >= 0; i--) Slots[i].Forward(now, layer, packet);
    }

    /// <summary>Measures what each layer sends; subscribers of one that has stopped get another.</summary>
    public void Measure(long now)
    {
        var (newest, isChanged) = (0L, false);
        foreach (var layer in _layers) newest = Math.Max(newest, layer.LastArrival);
        foreach (var layer in _layers) isChanged |= layer.Measure(now, newest);
        if (_layers.Count > 1 && (LayerChoice.Sort(_layers, section.Rids) || isChanged)) Rearrange(now);
        LookAtWishes(now);
    }

    /// <summary>What subscribers want of it may be another: the publisher is told.</summary>
    public void LookAtWishes(long now)
    {
        if (Kind == MediaKind.Video) (_dynacast ??= new Dynacast(this)).Look(now, Room?.Events);
    }

    /// <summary>A subscriber cannot go on without a keyframe.</summary>
    public void RequestKeyframe(long now, Layer layer)
    {
        if (layer.Keyframes is not { } keyframes) return;
        keyframes.Request();
        transport.Reschedule();
    }

    public void Remove(Layer layer, long now)
    {
        _layers.Remove(layer);
        Rearrange(now);
    }

    public void Mute(bool muted, long now)
    {
        Muted = muted;
        if (muted) Loudness?.Silence();
        for (var i = Slots.Count - 1; i >= 0; i--) Slots[i].Select(now);
    }
}
