using RtcHub.Rtc.Rtcp;
using RtcHub.Sfu.Control;

namespace RtcHub.Sfu.Routing;

/// <summary>What one transport receives: its slots, the feedback of its client about them, and our sender reports.</summary>
internal sealed class Subscriber
{
    private const long ReportInterval = 1_000_000;
    private const int MaxRtcp = 1_200;

    // Leaves room for the longest CNAME.
    private const int MaxReports = 880;

    private readonly ITransport _transport;
    private readonly byte[] _cname;
    private readonly long _ntpEpoch;
    private readonly List<Slot> _slots = [];
    private readonly Dictionary<uint, Slot> _bySsrc = [];
    private long _nextReport = long.MaxValue;

    public Subscriber(ITransport transport, string? play, byte[] cname, WorkerResources worker)
    {
        (_transport, Play, _cname, _ntpEpoch) = (transport, play, cname, worker.NtpEpoch);
        Bandwidth = new Bandwidth(_slots, isPlayer: play is not null, worker.Counters);
    }

    /// <summary>Whose tracks fill the slots: a participant, "*", or null for nobody.</summary>
    public string? Play { get; }

    /// <summary>Whether its audio slots carry the room's stage, place by place, instead of what they are assigned.</summary>
    public bool FollowsStage { get; init; }

    public IReadOnlyList<Slot> Slots => _slots;

    /// <summary>What the path to it carries, divided among the slots.</summary>
    public Bandwidth Bandwidth { get; }

    /// <summary>Where it is.</summary>
    public Room? Room { get; set; }

    public bool IsConnected => _transport.IsConnected;

    public long NextTimeout => Math.Min(_nextReport, Bandwidth.NextTimeout);

    public void Add(Slot slot)
    {
        _slots.Add(slot);
        _bySsrc.Add(slot.Ssrc, slot);
        slot.Owner = this;
        Bandwidth.Add(slot.Section);
    }

    /// <summary>A slot gets nothing for lack of bandwidth, or flows again.</summary>
    public void Tell(string kind, Slot slot) => Room?.Events.Publish(
        new SfuEvent(kind, Room.Id, _transport.Participant, _transport.Id, Reason: kind == SfuEvent.SlotPaused ? "bandwidth" : null, Mid: slot.Mid));

    /// <summary>The client can take media from now on.</summary>
    public void Connected(long now)
    {
        foreach (var slot in _slots) slot.Select(now);
        Bandwidth.Connected(now);
        _nextReport = now + ReportInterval / 4;
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
            slot.Assign(track is not null && track.Participant != _transport.Participant && slot.CanCarry(track) ? track : null, now);
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
            else if (TransportFeedback.TryRead(packet, out var feedback)) Bandwidth.Receive(now, feedback);
            else if (Remb.TryRead(packet, out var remb)) Bandwidth.Receive(now, remb);
        }
    }

    public void Timeout(long now)
    {
        Bandwidth.Timeout(now);
        if (now >= _nextReport) Report(now);
    }

    // Sender reports of all slots that send, as many in one compound as fit (RFC 3550 section 6.4.1): one for each slot would be a
    // quarter of all packets where thirty small pictures are seen.
    private void Report(long now)
    {
        _nextReport = now + ReportInterval;
        Span<byte> packet = stackalloc byte[MaxRtcp];
        var writer = new RtcpWriter(packet);
        var first = 0u;
        foreach (var slot in _slots)
        {
            slot.Watch(now);
            if (slot.PacketsSent == 0 || !slot.TryGetTimestamp(now, out var timestamp)) continue;
            if (writer.Length == 0) first = slot.Ssrc;
            new SenderReport(slot.Ssrc, NtpTime.FromMicroseconds(now + _ntpEpoch), timestamp, slot.PacketsSent, slot.OctetsSent).Write(ref writer);
            if (writer.Length < MaxReports) continue;
            Send(ref writer, first, packet);
            writer = new RtcpWriter(packet);
        }

        if (writer.Length > 0) Send(ref writer, first, packet);
    }

    private void Send(ref RtcpWriter writer, uint first, ReadOnlySpan<byte> packet)
    {
        SourceDescription.Write(ref writer, first, _cname);
        if (writer.TryFinish(out var length)) _transport.SendRtcp(packet[..length]);
    }

    private void ReceiveReport(long now, in ReportBlocks blocks)
    {
        var (received, lost, longest) = (0, 0, 0L);
        foreach (var block in blocks)
        {
            if (!_bySsrc.TryGetValue(block.Ssrc, out var slot)) continue;
            if (block.TryGetRoundTrip(NtpTime.FromMicroseconds(now + _ntpEpoch), out var rtt)) slot.Rtt = rtt;
            var (came, missing) = slot.ReceiveReport(block);
            (received, lost, longest) = (received + came, lost + missing, Math.Max(longest, slot.Rtt));
        }

        if (received + lost > 0) Bandwidth.ReceiveReport(now, received, lost, longest);
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
