using System.Text;
using RtcHub.Rtc.Rtp;

namespace RtcHub.Sfu.Routing;

/// <summary>
/// The header of a slot's packets. Most are the same but for the numbers of the fixed part and the audio level, so that the
/// extension block is made once and copied; a dependency descriptor or an orientation has it made anew.
/// </summary>
internal sealed class HeaderTemplate
{
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

    /// <summary>Writes the whole header and says its length.</summary>
    public int Write(Span<byte> packet, in CachedPacket source, bool marker, byte payloadType, ushort sequence, uint timestamp, uint ssrc)
    {
        ref readonly var facts = ref source.Facts;
        int length;
        if (facts.DependencyLength > 0 || facts.Orientation != PacketFacts.NoOrientation)
        {
            length = BuildVariable(packet, source);
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

    private int Build(Span<byte> packet, ReadOnlySpan<byte> level)
    {
        RtpHeader.TryWrite(packet, 0, false, 0, 0, 0);
        var writer = new RtpExtensionWriter(packet);
        writer.Add(_ids[ExtensionKind.Mid], _mid);
        if (!level.IsEmpty) writer.Add(_ids[ExtensionKind.AudioLevel], level);
        writer.TryFinish(out var length);
        return length;
    }

    private int BuildVariable(Span<byte> packet, in CachedPacket source)
    {
        ref readonly var facts = ref source.Facts;
        RtpHeader.TryWrite(packet, 0, false, 0, 0, 0);
        var writer = new RtpExtensionWriter(packet);
        writer.Add(_ids[ExtensionKind.Mid], _mid);
        if (facts.Orientation != PacketFacts.NoOrientation) writer.Add(_ids[ExtensionKind.VideoOrientation], [facts.Orientation]);
        if (facts.DependencyLength > 0) writer.Add(_ids[ExtensionKind.DependencyDescriptor], source.Bytes.Slice(facts.DependencyOffset, facts.DependencyLength));
        return writer.TryFinish(out var length) ? length : RtpHeader.FixedLength;
    }
}
