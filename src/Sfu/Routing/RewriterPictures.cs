using System.Runtime.CompilerServices;
using RtcHub.Rtc.Rtp;

namespace RtcHub.Sfu.Routing;

/// <summary>
/// The picture ids and layers of one slot's stream. Temporal layers are left out and let in where a picture begins, so that a
/// picture is never cut; going up waits for a picture that needs nothing that was left out. Of VP9's spatial layers the upper
/// ones of each picture are left out; more of them are let in by a keyframe.
/// </summary>
internal struct RewriterPictures
{
    // More than two seconds: later than that nobody waits for a picture.
    private const int Remembered = 64;

    private SequenceMap _ids;
    private Decisions _decisions;
    private int _decided;
    private int _temporal = byte.MaxValue;
    private int _spatial = byte.MaxValue;
    private int _highestSpatial;
    private uint _timestamp;
    private bool _begins;
    private bool _isWanted;
    private byte _tl0Offset;
    private byte _tl0Last;

    public RewriterPictures(ushort firstId) => _ids.Begin(0, firstId);

    /// <summary>The highest temporal layer that is wanted.</summary>
    public int MaxTemporal { get; set; } = byte.MaxValue;

    /// <summary>The highest spatial layer that is wanted.</summary>
    public int MaxSpatial { get; set; } = byte.MaxValue;

    /// <summary>There are spatial layers that are wanted and have to wait for a keyframe.</summary>
    public readonly bool NeedsKeyframe => _spatial < Math.Min(MaxSpatial, _highestSpatial);

    /// <summary>A source begins with this picture: its numbers follow the last ones.</summary>
    public void Switch(in PictureFacts picture)
    {
        (_begins, _decided, _highestSpatial) = (true, 0, 0);
        if (picture.IdBits > 0) _ids.Begin(picture.Id, _ids.Next);
        if (picture.Tl0Offset > 0) _tl0Offset = (byte)(_tl0Last + 1 - picture.Tl0);
    }

    /// <summary>Whether a packet in order is of layers that are wanted.</summary>
    /// <param name="facts">What is known of it.</param>
    /// <param name="endsPicture">Nothing of its picture follows: the marker belongs to it.</param>
    public bool IsWanted(in PacketFacts facts, out bool endsPicture)
    {
        if (facts.Timestamp != _timestamp || _begins) Begin(facts);
        _highestSpatial = Math.Max(_highestSpatial, facts.Picture.SpatialId);
        endsPicture = facts.Picture.EndsFrame && facts.Picture.SpatialId == _spatial;
        return _isWanted && facts.Picture.SpatialId <= _spatial;
    }

    /// <summary>Whether a late packet is of a picture that is wanted: as its first packet was, or by what was wanted at its time.</summary>
    public bool WasWanted(in PacketFacts facts, out bool endsPicture)
    {
        ref readonly var picture = ref facts.Picture;
        var isWanted = (IsDecided(facts, out var decision) ? decision.IsWanted : picture.TemporalId <= decision.Temporal) && picture.SpatialId <= decision.Spatial;
        endsPicture = picture.EndsFrame && picture.SpatialId == decision.Spatial;
        if (isWanted || !picture.ClosesGaps || picture.IdBits == 0) return isWanted;
        var id = Unwrap(picture);
        if (_ids.State(id) == SequenceState.New) _ids.Drop(id); // Padding has overtaken the whole picture.
        return false;
    }

    /// <summary>The id of a picture that is forwarded; 0 when it has none.</summary>
    public ushort Forward(in PictureFacts picture)
    {
        if (picture.IdBits == 0) return 0;
        var id = Unwrap(picture);

        // A source that numbers anew without saying so.
        if (_ids.State(id) is SequenceState.Before or SequenceState.Forgotten || id - _ids.Highest > SequenceMap.Window)
            _ids.Begin(id, _ids.Next);
        return (ushort)(_ids.Forward(id) & (1 << picture.IdBits) - 1);
    }

    /// <summary>The TL0PICIDX of a picture that is forwarded; 0 when it has none.</summary>
    public byte ForwardTl0(in PictureFacts picture)
    {
        if (picture.Tl0Offset == 0) return 0;
        var tl0 = (byte)(picture.Tl0 + _tl0Offset);
        if (SequenceNumber.Unwrap(_tl0Last, tl0, 8) > _tl0Last) _tl0Last = tl0;
        return tl0;
    }

    private void Begin(in PacketFacts facts)
    {
        ref readonly var picture = ref facts.Picture;
        if (_begins || facts.StartsKeyframe) (_temporal, _spatial) = (MaxTemporal, MaxSpatial);
        (_begins, _timestamp) = (false, facts.Timestamp);
        (_temporal, _spatial) = (Math.Min(_temporal, MaxTemporal), Math.Min(_spatial, MaxSpatial));
        if (picture.IsSync && picture.TemporalId <= MaxTemporal) _temporal = Math.Max(_temporal, picture.TemporalId);
        _isWanted = picture.TemporalId <= _temporal;
        if (_isWanted && picture.OpensLayers) _temporal = MaxTemporal;
        _decisions[_decided++ & Remembered - 1] = new Decision(facts.Timestamp, (byte)_temporal, (byte)_spatial, _isWanted);
        if (_isWanted || !picture.ClosesGaps || picture.IdBits == 0) return;
        var id = Unwrap(picture);
        if (_ids.State(id) == SequenceState.New) _ids.Drop(id);
    }

    // The decision about this picture, or (false) the one before it: none is as if only the base layer had been wanted.
    private readonly bool IsDecided(in PacketFacts facts, out Decision decision)
    {
        decision = default;
        var nearest = int.MaxValue;
        for (var i = Math.Max(0, _decided - Remembered); i < _decided; i++)
        {
            var distance = SequenceNumber.Difference(facts.Timestamp, _decisions[i & Remembered - 1].Timestamp);
            if (distance < 0 || distance >= nearest) continue;
            (nearest, decision) = (distance, _decisions[i & Remembered - 1]);
        }

        return nearest == 0;
    }

    private readonly long Unwrap(in PictureFacts picture) => SequenceNumber.Unwrap(_ids.Highest, picture.Id, picture.IdBits);

    private readonly record struct Decision(uint Timestamp, byte Temporal, byte Spatial, bool IsWanted);

    [InlineArray(Remembered)]
    private struct Decisions
    {
        private Decision _first;
    }
}
