using System.Text;
using RtcHub.Rtc.Rtp;

namespace RtcHub.Sfu.Routing;

/// <summary>
/// The header of a slot's packets. Most are the same but for the numbers of the fixed part, the transport-wide one and the audio
/// level, so that the extension block is made once and copied; a dependency descriptor or an orientation has it made anew.
/// </summary>
internal sealed class HeaderTemplate
{
    // Of the first element: behind the header's fixed part and the profile and length of the block.
    private const int FirstElement = RtpHeader.FixedLength + 4;
    private const byte OneByteProfile = 0xBE;

    private readonly ExtensionMap _ids;
    private readonly byte[] _mid;
    private readonly byte[] _plain;
    private readonly byte[] _withLevel;
    private readonly int _levelAt;

    public HeaderTemplate(string mid, ExtensionMap ids)
    {
        (_ids, _mid) = (ids, Encoding.ASCII.GetBytes(mid));
        Span<byte> packet = stackalloc byte[64];
        _plain = packet[..Build(packet, default)].ToArray();
        _withLevel = packet[..Build(packet, [0])].ToArray();
        if (RtpPacket.TryParse(_withLevel, out var parsed) && parsed.Extensions.TryFind(ids[ExtensionKind.AudioLevel], out var level)) _levelAt = level.Offset;
    }

    /// <summary>Writes the whole header and says its length; of a dependency descriptor with a structure only some decode targets, unless 0.</summary>
    public int Write(Span<byte> packet, in CachedPacket source, bool marker, byte payloadType, ushort sequence, uint timestamp, uint ssrc, ushort decodeTargets = 0)
    {
        ref readonly var facts = ref source.Facts;
        int length;
        if (facts.DependencyLength > 0 || facts.Orientation != PacketFacts.NoOrientation)
        {
            length = BuildVariable(packet, source, decodeTargets);
        }
        else if (_levelAt > 0 && facts.AudioLevel != PacketFacts.NoLevel)
        {
            _withLevel.CopyTo(packet);
            packet[_levelAt] = new AudioLevel(facts.AudioLevel, facts.Voice).ToByte();
            length = _withLevel.Length;
        }
        else
        {
            _plain.CopyTo(packet);
            length = _plain.Length;
        }

        RtpHeader.SetMarker(packet, marker);
        RtpHeader.SetPayloadType(packet, payloadType);
        RtpHeader.SetSequenceNumber(packet, sequence);
        RtpHeader.SetTimestamp(packet, timestamp);
        RtpHeader.SetSsrc(packet, ssrc);
        return length;
    }

    /// <summary>Whether packets carry a transport-wide sequence number.</summary>
    public bool IsNumbered => _ids[ExtensionKind.TransportCc] != 0;

    /// <summary>Puts the transport-wide number into a header that was just written, if it was agreed on.</summary>
    public void SetTransportSequence(Span<byte> packet, ushort number)
    {
        if (IsNumbered) TransportSequence.Write(packet[(FirstElement + (packet[RtpHeader.FixedLength] == OneByteProfile ? 1 : 2))..], number);
    }

    /// <summary>The header of a packet of nothing but padding.</summary>
    public int WritePadding(Span<byte> packet, byte payloadType, ushort sequence, uint ssrc)
    {
        _plain.CopyTo(packet);
        RtpHeader.SetPayloadType(packet, payloadType);
        RtpHeader.SetSequenceNumber(packet, sequence);
        RtpHeader.SetSsrc(packet, ssrc);
        RtpHeader.SetPadding(packet, true);
        return _plain.Length;
    }

    private int Build(Span<byte> packet, ReadOnlySpan<byte> level)
    {
        RtpHeader.TryWrite(packet, 0, false, 0, 0, 0);
        var writer = new RtpExtensionWriter(packet);
        writer.Reserve(_ids[ExtensionKind.TransportCc], TransportSequence.Length);
        writer.Add(_ids[ExtensionKind.Mid], _mid);
        if (!level.IsEmpty) writer.Add(_ids[ExtensionKind.AudioLevel], level);
        writer.TryFinish(out var length);
        return length;
    }

    private int BuildVariable(Span<byte> packet, in CachedPacket source, ushort decodeTargets)
    {
        var descriptor = source.Bytes.Slice(source.Facts.DependencyOffset, source.Facts.DependencyLength);
        var length = 0;
        Span<byte> restricted = stackalloc byte[byte.MaxValue];
        var isRestricted = decodeTargets != 0 && DependencyStructure.TryRestrict(descriptor, decodeTargets, restricted, out length);

        // Without the descriptor a receiver makes do with the payload; without the mid it does not know whose packet it is.
        if (!TryBuildVariable(packet, source.Facts, isRestricted ? restricted[..length] : descriptor, out var header)) TryBuildVariable(packet, source.Facts, default, out header);
        return header;
    }

    private bool TryBuildVariable(Span<byte> packet, in PacketFacts facts, ReadOnlySpan<byte> descriptor, out int length)
    {
        RtpHeader.TryWrite(packet, 0, false, 0, 0, 0);
        var writer = new RtpExtensionWriter(packet);
        writer.Reserve(_ids[ExtensionKind.TransportCc], TransportSequence.Length);
        writer.Add(_ids[ExtensionKind.Mid], _mid);
        if (facts.Orientation != PacketFacts.NoOrientation) writer.Add(_ids[ExtensionKind.VideoOrientation], [facts.Orientation]);
        if (!descriptor.IsEmpty) writer.Add(_ids[ExtensionKind.DependencyDescriptor], descriptor);
        return writer.TryFinish(out length);
    }
}
