namespace RtcHub.Sfu.Routing;

/// <summary>What is to be done with a packet for one subscriber: left out for a reason, or sent with these numbers.</summary>
internal readonly struct Rewritten
{
    /// <summary>None: send it.</summary>
    public DropReason Drop { get; init; }

    /// <summary>Extended sequence number: the lower 16 bits are the packet's, the lower 48 are the SRTP index.</summary>
    public ulong Sequence { get; init; }

    /// <summary>RTP timestamp.</summary>
    public uint Timestamp { get; init; }

    /// <summary>Picture id or frame_number, as wide as the source's.</summary>
    public ushort PictureId { get; init; }

    /// <summary>TL0PICIDX.</summary>
    public byte Tl0 { get; init; }

    /// <summary>The marker bit.</summary>
    public bool Marker { get; init; }

    /// <summary>The decode targets that a dependency descriptor with a structure is to name; 0: those that it names.</summary>
    public ushort DecodeTargets { get; init; }

    /// <summary>
    /// Send the header with an empty payload. An unwanted packet came so late that the receiver has seen its gap; if the gap
    /// were never filled, it would ask for it again and again, and codecs without picture ids would wait.
    /// </summary>
    public bool IsEmpty { get; init; }

    /// <summary>
    /// The first packet of a source. When it came late, those behind it in the cache were passed over as undecodable and may
    /// follow now.
    /// </summary>
    public bool IsSwitch { get; init; }

    /// <summary>Whether it is to be sent.</summary>
    public bool IsForward => Drop == DropReason.None;
}
