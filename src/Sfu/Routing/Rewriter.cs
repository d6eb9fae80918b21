namespace RtcHub.Sfu.Routing;

/// <summary>
/// The numbers of one slot's stream: whatever sources it carries one after another, and whatever of them is left out, the
/// receiver sees one stream with continuous sequence numbers, timestamps and picture ids (RFC 3550 section 5.1: what a
/// mixer's or translator's stream must look like). <see cref="Decide"/> says for each packet what to do; the slot does it.
/// </summary>
/// <remarks>
/// What the source lost stays a gap, so that the receiver can ask for it; what comes late gets the place that was kept for it.
/// A switch begins with a keyframe (sound: with any packet), and nothing from before it follows.
/// </remarks>
internal sealed class Rewriter
{
    private readonly RewriterTimeline _timeline;
    private SequenceMap _sequences;
    private RewriterPictures _pictures;
    private SvcFilter _svc = new();

    /// <param name="firstSequence">Random, below 2^15: so that the first loss does not hide a roll-over (RFC 3711 section 3.3.1).</param>
    /// <param name="firstTimestamp">Random (RFC 3550 section 5.1).</param>
    /// <param name="firstPictureId">15 bits.</param>
    public Rewriter(ulong firstSequence, uint firstTimestamp, ushort firstPictureId)
    {
        _sequences.Begin(0, (long)firstSequence);
        _pictures = new RewriterPictures(firstPictureId);
        _timeline = new RewriterTimeline(firstTimestamp);
    }

    /// <summary>Whose packets are forwarded; null: nobody's.</summary>
    public SourceClock? Current { get; private set; }

    /// <summary>Whose packets shall be forwarded; null after <see cref="Stop"/>.</summary>
    public SourceClock? Wanted { get; private set; }

    /// <summary>True while the wanted source must send a keyframe first, or a wanted spatial layer of it.</summary>
    public bool NeedsKeyframe => Wanted is { IsVideo: true } && (Wanted != Current || _pictures.NeedsKeyframe || _svc.NeedsKeyframe);

    /// <summary>The highest temporal layer that the subscriber is to get; 255: all there are.</summary>
    public int MaxTemporal
    {
        get => _pictures.MaxTemporal;
        set => _pictures.MaxTemporal = _svc.MaxTemporal = value;
    }

    /// <summary>The highest spatial layer of a source that sends several as one stream; 255: all there are.</summary>
    public int MaxSpatial
    {
        get => _pictures.MaxSpatial;
        set => _pictures.MaxSpatial = _svc.MaxSpatial = value;
    }

    /// <summary>Carry this source from its next keyframe on (sound: from its next packet); until then the present one goes on.</summary>
    public void Select(SourceClock source) => Wanted = source;

    /// <summary>Forward nothing from now on: pause, mute, or the source is gone. <see cref="Select"/> resumes.</summary>
    public void Stop() => (Current, Wanted) = (null, null);

    /// <summary>The RTP timestamp of this moment in the slot's stream, for its sender reports; false: send none yet.</summary>
    public bool TryGetTimestamp(long now, out uint timestamp)
    {
        timestamp = 0;
        if (Current is null || !Current.TryGetTimestamp(now, out timestamp)) return false;
        timestamp += _timeline.Offset;
        return true;
    }

    /// <summary>Decides about one packet; every packet of every source that might be wanted is to come here, in order of arrival.</summary>
    /// <param name="now">µs.</param>
    /// <param name="source">Where it comes from.</param>
    /// <param name="index">Its 48-bit packet index.</param>
    /// <param name="facts">What was parsed of it.</param>
    public Rewritten Decide(long now, SourceClock source, long index, in PacketFacts facts)
    {
        // So far ahead that neither the receiver nor we can repair it: the source began anew, and so does the slot.
        if (source == Current && index - _sequences.Highest > SequenceMap.Window) Current = null;

        var isSwitch = source != Current;
        if (isSwitch)
        {
            if (source != Wanted) return Left(Wanted is null ? DropReason.Paused : DropReason.UnwantedLayer);
            if (facts.PayloadLength == 0) return Left(DropReason.Padding);
            if (source.IsVideo && !facts.StartsKeyframe) return Left(DropReason.NotKeyframe);
            _timeline.Switch(now, source, facts.Timestamp);
            _sequences.Begin(index, _sequences.Next);
            _pictures.Switch(facts.Picture);
            _svc.Switch();
            Current = source;
        }

        return _sequences.State(index) switch
        {
            SequenceState.New => InOrder(now, index, facts, isSwitch),
            SequenceState.Missing => Late(now, index, facts),
            SequenceState.Before => Left(DropReason.LateAfterSwitch),
            SequenceState.Forgotten => Left(DropReason.TooOld),
            _ => Left(DropReason.Duplicate),
        };
    }

    private Rewritten InOrder(long now, long index, in PacketFacts facts, bool isSwitch)
    {
        var endsPicture = false;
        var reason = facts.PayloadLength == 0 ? DropReason.Padding
            : IsWanted(facts, out endsPicture) ? DropReason.None
            : DropReason.UnwantedLayer;
        if (reason != DropReason.None)
        {
            _sequences.Drop(index);
            return Left(reason);
        }

        _timeline.Follow(now, facts.Timestamp);
        var marker = facts.Marker || endsPicture || (isSwitch && !Current!.IsVideo); // To a receiver of sound a switch is a new talk spurt.
        return Numbered(now, index, facts, marker, isEmpty: false, isSwitch);
    }

    private Rewritten Late(long now, long index, in PacketFacts facts)
    {
        var endsPicture = false;
        var isEmpty = facts.PayloadLength == 0 || !WasWanted(facts, out endsPicture);
        return Numbered(now, index, facts, (facts.Marker || endsPicture) && !isEmpty, isEmpty, isSwitch: false);
    }

    private Rewritten Numbered(long now, long index, in PacketFacts facts, bool marker, bool isEmpty, bool isSwitch) => new()
    {
        Sequence = (ulong)_sequences.Forward(index),
        Timestamp = _timeline.Forward(now, facts.Timestamp),
        PictureId = isEmpty ? (ushort)0 : _pictures.Forward(facts.Picture),
        Tl0 = isEmpty ? (byte)0 : _pictures.ForwardTl0(facts.Picture),
        Marker = marker,
        DecodeTargets = isEmpty ? (ushort)0 : _svc.TargetsFor(facts),
        IsEmpty = isEmpty,
        IsSwitch = isSwitch,
    };

    // Which frames belong to which quality is said by a dependency descriptor, or else by the payload descriptor.
    private bool IsWanted(in PacketFacts facts, out bool endsPicture) =>
        facts.Choice.Decides ? _svc.IsWanted(facts, out endsPicture) : _pictures.IsWanted(facts, out endsPicture);

    private bool WasWanted(in PacketFacts facts, out bool endsPicture) =>
        facts.Choice.Decides ? _svc.WasWanted(facts, out endsPicture) : _pictures.WasWanted(facts, out endsPicture);

    private static Rewritten Left(DropReason reason) => new() { Drop = reason };
}
