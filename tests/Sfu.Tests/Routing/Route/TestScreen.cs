using System.Buffers.Binary;
using RtcHub.Rtc.Rtcp;
using RtcHub.Rtc.Rtp;

namespace RtcHub.Sfu.Tests.Routing.Route;

/// <summary>
/// A player: asks for what is missing, decodes whole pictures in order, and begins anew with a keyframe when it has waited for a
/// packet for too long. It holds the hub to its word: where the sequence numbers have no gap, nothing may be missing.
/// </summary>
internal sealed class TestScreen(uint ssrc, uint rtxSsrc, LossyLink back)
{
    /// <summary>Of the header extension with the transport-wide number.</summary>
    public const int TransportCcId = 5;

    private const long Patience = 1_000_000;
    private const long FeedbackInterval = 100_000;
    private const long NackInterval = 60_000;
    private const long ReorderWait = 10_000;

    private sealed record Part(uint Timestamp, bool Marker, int PictureId, byte Tl0, bool IsKey, int Camera, int Number, int Count, int Picture);

    private readonly Dictionary<long, Part?> _parts = []; // null: a packet without payload.
    private readonly SortedDictionary<long, (long Since, long Asked, int Tries)> _missing = [];
    private readonly TransportCcRecorder _recorder = new();
    private RtpUnwrapper _sequences = new(16);
    private long _nextFeedback;
    private long _next = -1;
    private bool _waits = true;
    private long _lastPli = long.MinValue / 2;
    private long _nextReport;
    private (uint Middle, long At) _lastReport;
    private (uint Timestamp, int PictureId, byte Tl0, int Camera, int Picture)? _last;

    /// <summary>Which picture of which camera was shown when, under which timestamp.</summary>
    public List<(long Time, int Camera, int Picture, uint Timestamp)> Shown { get; } = [];

    public int Nacks { get; private set; }

    public int Plis { get; private set; }

    public int Retransmissions { get; private set; }

    /// <summary>Sender reports of the hub: its time, and the timestamp that it says belongs to it.</summary>
    public List<(long Time, uint Timestamp)> Reports { get; } = [];

    /// <summary>µs for which the longest picture stood still, from then on until then.</summary>
    public long LongestFreeze(long from, long until)
    {
        var times = Shown.Select(one => one.Time).Where(time => time >= from && time < until).Append(until).ToList();
        return times.Zip(times.Prepend(from)).Max(pair => pair.First - pair.Second);
    }

    public void Receive(long now, byte[] bytes)
    {
        if (Datagram.Classify(bytes) == DatagramKind.Rtcp)
        {
            ReceiveRtcp(now, bytes);
            return;
        }

        Assert.True(RtpPacket.TryParse(bytes, out var packet));
        if (packet.Extensions.TryGet(TransportCcId, out var value) && TransportSequence.TryRead(value, out var transport)) _recorder.Received(now, transport);
        if (packet.Ssrc == rtxSsrc && packet.Payload.IsEmpty) return; // Padding.
        var sequence = packet.SequenceNumber;
        var payload = packet.Payload;
        if (packet.Ssrc == rtxSsrc)
        {
            Assert.Equal(TestCamera.RtxPayloadType, packet.PayloadType);
            Retransmissions++;
            sequence = BinaryPrimitives.ReadUInt16BigEndian(payload);
            payload = payload[2..];
        }
        else
        {
            Assert.Equal((ssrc, TestCamera.PayloadType), (packet.Ssrc, packet.PayloadType));
        }

        var highest = _sequences.IsStarted ? _sequences.Highest : sequence;
        var number = _sequences.Unwrap(sequence);
        if (packet.Ssrc == rtxSsrc && (number < _next || _parts.ContainsKey(number))) return; // It is there already: a probe.
        if (_next < 0 || (Shown.Count == 0 && number < _next)) _next = number;
        for (var lost = highest + 1; lost < number; lost++) _missing.Add(lost, (now, long.MinValue / 2, 0));
        if (_missing.TryGetValue(number, out var missed) && missed.Tries == 0 && packet.Ssrc == rtxSsrc && value.IsEmpty) Assert.Fail("Nobody asked for it.");
        _missing.Remove(number);
        _parts[number] = payload.IsEmpty ? null : Read(packet, payload);
        while (TryShow(now)) ;
    }

    public void Tick(long now)
    {
        Span<byte> buffer = stackalloc byte[1_000];
        var writer = new RtcpWriter(buffer);
        var due = _missing.Where(one => now - one.Value.Since >= ReorderWait && now - one.Value.Asked >= NackInterval && one.Value.Tries < 10).Select(one => one.Key).ToArray();
        if (due.Length > 0) Nack.Write(ref writer, 1, ssrc, Array.ConvertAll(due, number => (ushort)number));
        foreach (var number in due) _missing[number] = (_missing[number].Since, now, _missing[number].Tries + 1);
        Nacks += due.Length;

        if (!_waits && _missing.Count > 0 && now - _missing.First().Value.Since > Patience) _waits = true;
        if (_waits && _next >= 0 && now - _lastPli > 300_000)
        {
            new Pli(1, ssrc).Write(ref writer);
            (_lastPli, Plis) = (now, Plis + 1);
        }

        if (now >= _nextReport && _sequences.IsStarted)
        {
            _nextReport = now + 500_000;
            var delay = _lastReport.At == 0 ? 0 : (uint)((now - _lastReport.At) * 65_536 / 1_000_000);
            ReceiverReport.Write(ref writer, 1, [new ReportBlock(ssrc, 0, 0, (uint)_sequences.Highest, 0, _lastReport.Middle, delay)]);
        }

        if (now >= _nextFeedback)
        {
            _nextFeedback = now + FeedbackInterval;
            while (_recorder.TryWrite(ref writer, 1, ssrc)) ;
        }

        if (writer.TryFinish(out var length) && length > 0) back.Send(now, buffer[..length].ToArray(), ulong.MaxValue);
    }

    private void ReceiveRtcp(long now, byte[] bytes)
    {
        Assert.True(RtcpCompound.TryParse(bytes, out var compound));
        foreach (var packet in compound)
        {
            if (!SenderReport.TryRead(packet, out var report, out _) || report.Ssrc != ssrc) continue;
            _lastReport = (NtpTime.Middle(report.Ntp), now);
            Reports.Add((NtpTime.ToMicroseconds(report.Ntp), report.Timestamp));
        }
    }

    private static Part Read(in RtpPacket packet, ReadOnlySpan<byte> payload)
    {
        Assert.True(PayloadDescriptor.TryRead(PayloadFormat.Vp8, payload, out var info));
        return new Part(
            packet.Timestamp, packet.Marker, info.PictureId, info.Tl0, payload[6] == 0, payload[7], payload[8], payload[9],
            BinaryPrimitives.ReadInt32BigEndian(payload[10..]));
    }

    private bool TryShow(long now)
    {
        var parts = _waits ? null : Whole(_next);
        if (parts is null)
        {
            if (!TrySkipToKeyframe()) return false;
            parts = Whole(_next)!;
        }

        Part? cut = null;
        while (_parts.Remove(_next, out var part) && part is not { Marker: true })
        {
            if (part is not null && part.Timestamp != parts[0].Timestamp) cut = part;
            _next++;
        }

        _next++;
        if (cut is not null) _last = (cut.Timestamp, cut.PictureId, cut.Tl0, cut.Camera, cut.Picture);
        Check(parts);
        var first = parts[0];
        (_waits, _last) = (false, (first.Timestamp, first.PictureId, first.Tl0, first.Camera, first.Picture));
        Shown.Add((now, first.Camera, first.Picture, first.Timestamp));
        return true;
    }

    // The parts from here to the next marker, if none is missing. Where one source follows another, the last picture of the
    // first may have been cut.
    private List<Part>? Whole(long at)
    {
        var parts = new List<Part>();
        while (_parts.TryGetValue(at++, out var part))
        {
            if (part is { IsKey: true, Number: 0 }) parts.Clear();
            if (part is not null) parts.Add(part);
            if (part is { Marker: true }) return parts;
        }

        return null;
    }

    // A keyframe that is whole lets a decoder forget what came before it.
    private bool TrySkipToKeyframe()
    {
        foreach (var start in _parts.Where(one => one.Value is { IsKey: true, Number: 0 } && one.Key >= _next).Select(one => one.Key).Order())
        {
            if (Whole(start) is null) continue;
            foreach (var old in _missing.Keys.Where(number => number < start).ToList()) _missing.Remove(old);
            foreach (var old in _parts.Keys.Where(number => number < start).ToList()) _parts.Remove(old);
            if (start > _next) _last = _last is { } last ? last with { PictureId = -1 } : null;
            _next = start;
            return true;
        }

        return false;
    }

    private void Check(List<Part> parts)
    {
        // All parts of one picture, and of one only.
        var first = parts[0];
        Assert.Equal(Enumerable.Range(0, first.Count), parts.Select(part => part.Number));
        Assert.Single(parts.Select(part => (part.Timestamp, part.PictureId, part.Tl0, part.Camera, part.Picture)).Distinct());
        if (_last is not { } last) return;
        Assert.InRange(SequenceNumber.Difference(first.Timestamp, last.Timestamp), 1, int.MaxValue);
        if (last.PictureId < 0) return; // Something was skipped.
        Assert.Equal((last.PictureId + 1) & 0x7FFF, first.PictureId);
        Assert.Equal((byte)(last.Tl0 + 1), first.Tl0);
        if (!first.IsKey) Assert.Equal((last.Camera, last.Picture + 1), (first.Camera, first.Picture));
    }
}
