namespace RtcHub.Sfu.Routing;

/// <summary>What is to be done for a slot that should flow and does not.</summary>
internal enum FlowRemedy : byte
{
    /// <summary>It flows, or is not meant to.</summary>
    None,

    /// <summary>Its decoder may wait for a keyframe that was lost, or never asked for.</summary>
    Keyframe,

    /// <summary>Choose its source as if it had none.</summary>
    Reselect,
}

/// <summary>
/// Finds a slot that should flow and does not. Whatever the reason, nobody should sit before a still picture until they
/// reload the page: first a keyframe is asked for, then the slot begins from scratch, then so on.
/// </summary>
internal struct FlowWatch
{
    /// <summary>µs without a packet. A path that loses a fifth of everything repairs itself in half of that.</summary>
    public const long Patience = 3_000_000;

    private uint _sent;
    private long _since;
    private bool _isAsked;

    /// <summary>Looks at a slot; often enough is about once a second.</summary>
    /// <param name="now">µs.</param>
    /// <param name="shouldFlow">A source is chosen for it, and that sends.</param>
    /// <param name="sent">Packets that the slot ever sent; wraps.</param>
    public FlowRemedy Check(long now, bool shouldFlow, uint sent)
    {
        if (!shouldFlow || sent != _sent || _since == 0)
        {
            (_sent, _since, _isAsked) = (sent, now, false);
            return FlowRemedy.None;
        }

        if (now - _since < Patience) return FlowRemedy.None;
        _since = now;
        _isAsked = !_isAsked;
        return _isAsked ? FlowRemedy.Keyframe : FlowRemedy.Reselect;
    }
}
