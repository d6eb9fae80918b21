using RtcHub.Sfu.Control;

namespace RtcHub.Sfu.Routing;

/// <summary>What a participant publishes in one section: a microphone, a camera, a screen.</summary>
internal sealed class PublisherTrack(string id, ITransport transport, IncomingSection section)
{
    private readonly List<Layer> _layers = new(1);

    public string Id => id;

    public string Participant => transport.Participant;

    public string Transport => transport.Id;

    public IncomingSection Section => section;

    public MediaKind Kind => section.Kind;

    /// <summary>The codec that was agreed on; a slot carries the track if its client can decode it.</summary>
    public NegotiatedCodec Codec => section.Codecs[0];

    /// <summary>In the order in which they began to send.</summary>
    public IReadOnlyList<Layer> Layers => _layers;

    /// <summary>Who receives it.</summary>
    public List<Slot> Slots { get; } = [];

    public bool Muted { get; private set; }

    /// <summary>The layer that a new subscriber gets: the one that sends most.</summary>
    public Layer? Best { get; private set; }

    public SfuTrack Describe() =>
        new(Id, Participant, Transport, section.Mid, Kind == MediaKind.Audio ? "audio" : "video", Codec.Name, Muted);

    public void Add(Layer layer, long now)
    {
        _layers.Add(layer);
        if (Best is null) ChooseBest(now);
    }

    public void Forward(long now, Layer layer, in CachedPacket packet)
    {
        // By index: a slot may leave the list while it is walked, never join it.
        for (var i = Slots.Count - 1; i >= 0; i--) Slots[i].Forward(now, layer, packet);
    }

    /// <summary>Once a second: counts what each layer sent, and moves the subscribers to the best if it is another.</summary>
    public void Measure(long now)
    {
        foreach (var layer in _layers)
        {
            layer.BytesPerSecond = layer.BytesNow;
            layer.BytesNow = 0;
        }

        if (_layers.Count > 1) ChooseBest(now);
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
        if (Best != layer) return;
        Best = null;
        if (_layers.Count > 0) ChooseBest(now);
        else foreach (var slot in Slots) slot.Select(now);
    }

    public void Mute(bool muted, long now)
    {
        Muted = muted;
        foreach (var slot in Slots) slot.Select(now);
    }

    private void ChooseBest(long now)
    {
        var best = _layers[0];
        foreach (var layer in _layers)
        {
            if (layer.BytesPerSecond > best.BytesPerSecond) best = layer;
        }

        if (best == Best) return;
        Best = best;
        foreach (var slot in Slots) slot.Select(now);
    }
}
