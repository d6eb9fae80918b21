using System.Runtime.CompilerServices;
using RtcHub.Rtc.Rtp;

namespace RtcHub.Sfu.Routing;

/// <summary>
/// Which frames of a stream of several layers (SVC) a slot gets, by its dependency descriptors (RTP Payload Format For AV1,
/// appendix A): those of one decode target, and from one to another only where the stream allows that. A frame is one spatial
/// layer of a picture. VP9's layers, which stand in its payload descriptor, are the business of <see cref="RewriterPictures"/>.
/// </summary>
/// <remarks>
/// For each of the last frames it is remembered what was decided, and for those that have not come yet, which target they
/// will be judged by: frames behind them rely on it. All of it is decided by the first packet of a frame that comes.
/// </remarks>
internal struct SvcFilter
{
    // Frames: as far as references reach, and as much again.
    private const int Remembered = 2 * FrameDependencies.Reach;
    private const byte Forwarded = 0x40;
    private const byte Dropped = 0x80;
    private const byte TargetMask = 0x0F;

    private Fates _fates;
    private DecodeTargetChoice _choice;
    private long _highest;
    private int _target;
    private bool _begins;

    public SvcFilter() => _begins = true;

    /// <summary>The highest spatial layer that is wanted.</summary>
    public int MaxSpatial { get; set; } = byte.MaxValue;

    /// <summary>The highest temporal layer that is wanted.</summary>
    public int MaxTemporal { get; set; } = byte.MaxValue;

    /// <summary>The spatial layers that are wanted are not to be had before the next keyframe.</summary>
    public readonly bool NeedsKeyframe => _choice.Decides && _choice.SpatialOf(_choice.Find(MaxSpatial, MaxTemporal)) != _choice.SpatialOf(_target);

    /// <summary>Another source begins, with a keyframe.</summary>
    public void Switch() => (_begins, _choice) = (true, default);

    /// <summary>Decides about a packet in order.</summary>
    /// <param name="facts">What is known of it.</param>
    /// <param name="endsPicture">Nothing of its picture follows: the marker belongs to it.</param>
    public bool IsWanted(in PacketFacts facts, out bool endsPicture)
    {
        endsPicture = false;
        if (!facts.Choice.Decides) return true;
        var number = _begins ? facts.Picture.Id : SequenceNumber.Unwrap(_highest, facts.Picture.Id, 16);
        if (_begins || number - _highest > Remembered) Begin(facts, number);
        else if (number > _highest) Advance(facts, number);
        return Decide(facts, number, out endsPicture);
    }

    /// <summary>Decides about a late packet: as about the others of its frame, or as it would have been if it had come in time.</summary>
    public bool WasWanted(in PacketFacts facts, out bool endsPicture)
    {
        endsPicture = false;
        if (!facts.Choice.Decides) return true;
        var number = SequenceNumber.Unwrap(_highest, facts.Picture.Id, 16);
        if (number > _highest) Advance(facts, number);
        return number > _highest - FrameDependencies.Reach && Decide(facts, number, out endsPicture);
    }

    /// <summary>Which targets a receiver is to be told of; 0: all that the sender names.</summary>
    public readonly ushort TargetsFor(in PacketFacts facts)
    {
        if (!facts.HasStructure || !facts.Choice.Decides) return 0;
        var targets = facts.Choice.UpTo(MaxSpatial, MaxTemporal);
        return targets == facts.Choice.UpTo(byte.MaxValue, byte.MaxValue) ? (ushort)0 : (ushort)targets;
    }

    // What lies before is of no use to anything that follows.
    private void Begin(in PacketFacts facts, long number)
    {
        (_begins, _highest, _choice, _target) = (false, number, facts.Choice, facts.Choice.Find(MaxSpatial, MaxTemporal));
        for (var i = 0; i < Remembered; i++) _fates[i] = Dropped;
        _fates[Place(number)] = (byte)_target;
    }

    private void Advance(in PacketFacts facts, long number)
    {
        for (var passed = _highest + 1; passed < number; passed++) _fates[Place(passed)] = (byte)_target;
        (_highest, _choice) = (number, facts.Choice);
        var wanted = _choice.Find(MaxSpatial, MaxTemporal);
        if (wanted != _target && (facts.StartsKeyframe || (facts.Frame.For(wanted) == DecodeTargetIndication.Switch && Has(number, facts.Frame.References, Forwarded))))
            _target = wanted;
        _fates[Place(number)] = (byte)_target;
    }

    private bool Decide(in PacketFacts facts, long number, out bool endsPicture)
    {
        ref var fate = ref _fates[Place(number)];
        var target = fate & TargetMask;
        if ((fate & (Forwarded | Dropped)) == 0)
        {
            var isWanted = facts.Frame.For(target) != DecodeTargetIndication.NotPresent && !Misses(number, facts.Frame.References);
            fate |= isWanted ? Forwarded : Dropped;
        }

        var isForwarded = (fate & Forwarded) != 0;
        endsPicture = isForwarded && facts.Picture.EndsFrame && facts.Picture.SpatialId == facts.Choice.SpatialOf(target);
        return isForwarded;
    }

    private readonly bool Misses(long number, ulong references)
    {
        for (; references != 0; references &= references - 1)
        {
            if ((_fates[Place(number - 1 - (long)ulong.TrailingZeroCount(references))] & Dropped) != 0) return true;
        }

        return false;
    }

    private readonly bool Has(long number, ulong references, byte fate)
    {
        for (; references != 0; references &= references - 1)
        {
            if ((_fates[Place(number - 1 - (long)ulong.TrailingZeroCount(references))] & fate) == 0) return false;
        }

        return true;
    }

    private static int Place(long number) => (int)number & Remembered - 1;

    [InlineArray(Remembered)]
    private struct Fates
    {
        private byte _first;
    }
}
