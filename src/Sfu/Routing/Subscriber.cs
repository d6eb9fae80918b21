using RtcHub.Rtc.Rtcp;

namespace RtcHub.Sfu.Routing;

/// <summary>What one transport receives: its slots, the feedback of its client about them, and our sender reports.</summary>
internal sealed class Subscriber(ITransport transport, string? play, byte[] cname, long ntpEpoch)
{
    private const long ReportInterval = 1_000_000;
    private const int MaxRtcp = 1_200;

    private readonly List<Slot> _slots = [];
    private readonly Dictionary<uint, Slot> _bySsrc = [];

    /// <summary>Whose tracks fill the slots: a participant, "*", or null for nobody.</summary>
    public string? Play => play;

    /// <summary>Whether its audio slots carry the room's stage, place by place, instead of what they are assigned.</summary>
    public bool FollowsStage { get; init; }

    public IReadOnlyList<Slot> Slots => _slots;

    public long NextTimeout { get; private set; } = long.MaxValue;

    public void Add(Slot slot)
    {
        _slots.Add(slot);
        _bySsrc.Add(slot.Ssrc, slot);
    }

    /// <summary>The client can take media from now on.</summary>
    public void Connected(long now)
    {
        foreach (var slot in _slots) slot.Select(now);
        NextTimeout = now + ReportInterval / 4;
    }

    /// <summary>Each audio slot carries what is in its place on the stage; nobody hears themselves.</summary>
    public void Follow(Stage stage, long now)
    {
        if (!FollowsStage) return;
        var place = 0;
        foreach (var slot in _slots)
        {
            if (slot.Kind != MediaKind.Audio) continue;
            var track = stage[place++];
            slot.Assign(track is not null && track.Participant != transport.Participant && slot.CanCarry(track) ? track : null, now);
        }
    }

    public void ReceiveRtcp(long now, ReadOnlySpan<byte> compound)
    {
        if (!RtcpCompound.TryParse(compound, out var packets)) return;
        foreach (var packet in packets)
        {
            if (ReceiverReport.TryRead(packet, out _, out var blocks) || SenderReport.TryRead(packet, out _, out blocks)) ReceiveReport(now, blocks);
            else if (Nack.TryRead(packet, out var nack)) Resend(now, nack);
            else if (Pli.TryRead(packet, out var pli)) RequestKeyframe(now, pli.MediaSsrc);
            else if (Fir.TryRead(packet, out var fir))
            {
                foreach (var entry in fir) RequestKeyframe(now, entry.Ssrc);
            }
        }
    }

    /// <summary>Sender reports of all slots that send, in one compound (RFC 3550 section 6.4.1).</summary>
    public void Timeout(long now)
    {
        if (now < NextTimeout) return;
        NextTimeout = now + ReportInterval;
        Span<byte> packet = stackalloc byte[MaxRtcp];
        foreach (var slot in _slots)
        {
            slot.Watch(now);
            if (slot.PacketsSent == 0 || !slot.TryGetTimestamp(now, out var timestamp)) continue;
            var writer = new RtcpWriter(packet);
            new SenderReport(slot.Ssrc, NtpTime.FromMicroseconds(now + ntpEpoch), timestamp, slot.PacketsSent, slot.OctetsSent).Write(ref writer);
            SourceDescription.Write(ref writer, slot.Ssrc, cname);
            if (writer.TryFinish(out var length)) transport.SendRtcp(packet[..length]);
        }
    }

    private void ReceiveReport(long now, in ReportBlocks blocks)
    {
        foreach (var block in blocks)
        {
            if (_bySsrc.TryGetValue(block.Ssrc, out var slot) && block.TryGetRoundTrip(NtpTime.FromMicroseconds(now + ntpEpoch), out var rtt)) slot.Rtt = rtt;
        }
    }

    private void Resend(long now, in Nack nack)
    {
        if (!_bySsrc.TryGetValue(nack.MediaSsrc, out var slot)) return;
        foreach (var sequence in nack) slot.Resend(now, sequence);
    }

    private void RequestKeyframe(long now, uint media)
    {
        if (_bySsrc.TryGetValue(media, out var slot)) slot.RequestKeyframe(now);
    }
}
