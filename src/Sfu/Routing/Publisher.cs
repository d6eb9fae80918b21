using System.Text;
using RtcHub.Rtc.Rtcp;
using RtcHub.Rtc.Rtp;

namespace RtcHub.Sfu.Routing;

/// <summary>
/// What one transport publishes: finds the track and layer of each packet, keeps it, passes it on to the slots, and answers
/// its sender with reports, requests for what is missing, requests for keyframes and transport-wide feedback.
/// </summary>
internal sealed class Publisher : IDisposable
{
    // A client has two tracks of three layers, each with a retransmission stream; who sends more sources is up to something.
    private const int MaxSources = 64;
    private const long ReportInterval = 1_000_000;
    private const long FeedbackInterval = 100_000;
    private const long Silence = 1_500_000;
    private const int MaxRtcp = 1_200;

    // RFC 3550 section 6.5: every compound says who sends it.
    private static ReadOnlySpan<byte> Cname => "rtchub"u8;

    private readonly ITransport _transport;
    private readonly ExtensionMap _extensions;
    private readonly WorkerResources _worker;
    private readonly uint _ssrc;
    private readonly List<PublisherTrack> _tracks = [];
    private readonly List<Layer> _layers = [];
    private readonly Dictionary<uint, Layer> _sources = [];
    private readonly PublisherClock _clock = new();
    private readonly TransportCcRecorder? _feedback;
    private long _nextReport;
    private long _nextMeasurement;
    private long _nextFeedback = long.MaxValue;

    public Publisher(ITransport transport, IReadOnlyList<PublisherTrack> tracks, ExtensionMap extensions, uint ssrc, WorkerResources worker, long now)
    {
        (_transport, _extensions, _ssrc, _worker) = (transport, extensions, ssrc, worker);
        _tracks.AddRange(tracks);
        if (extensions[ExtensionKind.TransportCc] != 0) _feedback = new TransportCcRecorder();
        _nextReport = now + ReportInterval;
        _nextMeasurement = now + LayerRates.Interval;
        foreach (var track in tracks)
        {
            foreach (var (source, rtx) in track.Section.Sources)
            {
                // With simulcast the rid of each packet says which layer it is; SSRCs of the SDP would not.
                if (track.Section.Rids.Count == 0) Bind(now, track, null, source, track.Codec).RtxSsrc = rtx;
                if (track.Section.Rids.Count == 0 && rtx != 0) _sources.TryAdd(rtx, _sources[source]);
            }
        }
    }

    public IReadOnlyList<PublisherTrack> Tracks => _tracks;

    public long NextTimeout
    {
        get
        {
            var next = Math.Min(Math.Min(_nextReport, _nextMeasurement), _nextFeedback);
            foreach (var layer in _layers) next = Math.Min(next, layer.NextTimeout);
            return next;
        }
    }

    /// <summary>A plain RTP packet of the client, with its SRTP index. The bytes may be changed.</summary>
    public void Receive(long now, Span<byte> bytes, ulong index)
    {
        _worker.Counters.RtpIn(bytes.Length);
        if (!RtpPacket.TryParse(bytes, out var packet))
        {
            _worker.Counters.Drop(DropReason.Malformed);
            return;
        }

        if (_feedback is not null && packet.Extensions.TryGet(_extensions[ExtensionKind.TransportCc], out var value) && TransportSequence.TryRead(value, out var transportSequence))
        {
            _feedback.Received(now, transportSequence);
            if (_nextFeedback == long.MaxValue) _nextFeedback = now + FeedbackInterval;
        }

        if (!_sources.TryGetValue(packet.Ssrc, out var layer) && (layer = Learn(now, packet)) is null)
        {
            _worker.Counters.Drop(DropReason.UnknownSsrc);
            return;
        }

        var sequence = (long)index;
        var retransmitted = packet.Ssrc != layer.Ssrc;
        if (retransmitted)
        {
            var dropped = RtxReceiver.Unwrap(bytes, packet.HeaderLength, packet.Payload.Length, layer.Codec.PayloadType, layer.Ssrc, out bytes);
            if (dropped != DropReason.None || !RtpPacket.TryParse(bytes, out packet))
            {
                _worker.Counters.Drop(dropped == DropReason.None ? DropReason.Malformed : dropped);
                return;
            }

            if (!layer.TryUnwrap(packet.SequenceNumber, out sequence))
            {
                _worker.Counters.Drop(DropReason.TooOld);
                return;
            }
        }
        else
        {
            layer.Statistics.Receive(now, packet.SequenceNumber, packet.Timestamp);
        }

        Take(now, layer, packet, bytes, sequence, retransmitted);
    }

    /// <summary>Sender reports and goodbyes.</summary>
    public void ReceiveRtcp(long now, ReadOnlySpan<byte> compound)
    {
        if (!RtcpCompound.TryParse(compound, out var packets)) return;
        foreach (var packet in packets)
        {
            if (Bye.TryRead(packet, out var bye)) End(now, bye);
            if (!SenderReport.TryRead(packet, out var report, out _) || !_sources.TryGetValue(report.Ssrc, out var layer)) continue;
            layer.Clock.Receive(now, report.Ntp, report.Timestamp);
            layer.Statistics.ReceiveReport(now, report.Ntp);
        }
    }

    public void Timeout(long now)
    {
        foreach (var layer in _layers)
        {
            if (layer.NextTimeout <= now) Ask(now, layer);
        }

        if (_nextFeedback <= now) SendFeedback(now);
        if (_nextMeasurement <= now) Measure(now);
        if (_nextReport <= now) Report(now);
    }

    public void Dispose()
    {
        foreach (var layer in _layers) layer.Dispose();
    }

    private void Take(long now, Layer layer, in RtpPacket packet, Span<byte> bytes, long index, bool retransmitted)
    {
        layer.Nack?.Receive(now, index, retransmitted);
        if (!PacketFacts.TryRead(now, packet, layer.Codec.Format, _extensions, out var facts, layer.Structure))
        {
            _worker.Counters.Drop(DropReason.Malformed);
            return;
        }

        var dropped = layer.Cache.Store(index, bytes, facts, out var stored);
        if (dropped != DropReason.None)
        {
            _worker.Counters.Drop(dropped);
            return;
        }

        if (layer.Take(now, stored)) layer.Track.Rearrange(now);
        if (layer.Track.Muted) _worker.Counters.Drop(DropReason.Muted);
        else
        {
            layer.Track.Loudness?.Receive(now, facts.AudioLevel);
            layer.Track.Forward(now, layer, stored);
        }

        if (layer.NextTimeout <= now) Ask(now, layer);
    }

    // RFC 8852 section 3: rid and repaired rid bind an SSRC to a layer. Else a section is recognised by mid, then by a
    // payload type that only it has (RFC 9143 section 9.2).
    private Layer? Learn(long now, in RtpPacket packet)
    {
        if (_sources.Count >= MaxSources) return null;
        packet.Extensions.TryGet(_extensions[ExtensionKind.Mid], out var mid);
        var track = FindTrack(mid, packet.PayloadType, out var codec, out var isRtx);
        if (track is null || codec is null) return null;
        packet.Extensions.TryGet(_extensions[isRtx ? ExtensionKind.RepairedRid : ExtensionKind.Rid], out var value);
        var rid = value.IsEmpty ? null : Encoding.ASCII.GetString(value);
        if (track.Section.Rids.Count > 0 && (rid is null || !track.Section.Rids.Contains(rid))) return null;

        if (isRtx)
        {
            var repaired = _layers.Find(layer => layer.Track == track && layer.Rid == rid);
            if (repaired is null) return null;
            repaired.RtxSsrc = packet.Ssrc;
            _sources.Add(packet.Ssrc, repaired);
            return repaired;
        }

        // The source began anew under another SSRC; where only the payload type says so, the old one must have fallen silent.
        if (_layers.Find(layer => layer.Track == track && layer.Rid == rid) is { } old)
        {
            if (now - old.LastArrival < Silence && mid.IsEmpty && rid is null) return null;
            Unbind(now, old);
        }

        return Bind(now, track, rid, packet.Ssrc, codec);
    }

    private PublisherTrack? FindTrack(ReadOnlySpan<byte> mid, byte payloadType, out NegotiatedCodec? codec, out bool isRtx)
    {
        (codec, isRtx) = (null, false);
        PublisherTrack? found = null;
        foreach (var track in _tracks)
        {
            if (!mid.IsEmpty && !Ascii.Equals(mid, track.Section.Mid)) continue;
            foreach (var each in track.Section.Codecs)
            {
                if (each.PayloadType != payloadType && (each.RtxPayloadType == 0 || each.RtxPayloadType != payloadType)) continue;
                if (found is not null && found != track) return null; // Two sections have it: nobody can tell.
                (found, codec, isRtx) = (track, each, each.PayloadType != payloadType);
            }
        }

        return found;
    }

    private Layer Bind(long now, PublisherTrack track, string? rid, uint ssrc, NegotiatedCodec codec)
    {
        var layer = new Layer(track, rid, ssrc, codec, new SourceClock(_worker.NextSource(), _clock, codec.ClockRate, track.Kind == MediaKind.Video), _worker.Packets);
        _layers.Add(layer);
        _sources[ssrc] = layer;
        track.Add(layer, now);
        return layer;
    }

    // Browsers say goodbye for a layer that they only pause, and go on with the same SSRC without naming its mid and rid again:
    // so it stays bound, but nobody waits for it any more.
    private void End(long now, in Bye bye)
    {
        for (var i = 0; i < bye.Count; i++)
        {
            if (!_sources.TryGetValue(bye.Ssrc(i), out var layer) || layer.Ssrc != bye.Ssrc(i) || !layer.End()) continue;
            layer.Track.Rearrange(now);
        }
    }

    private void Unbind(long now, Layer layer)
    {
        _sources.Remove(layer.Ssrc);
        _sources.Remove(layer.RtxSsrc);
        _layers.Remove(layer);
        layer.Track.Remove(layer, now);
        layer.Dispose();
    }

    /// <summary>Asks the client for what is missing, and for keyframes.</summary>
    private void Ask(long now, Layer layer)
    {
        Span<byte> packet = stackalloc byte[MaxRtcp];
        Span<ushort> missing = stackalloc ushort[64];
        var writer = new RtcpWriter(packet);
        if (layer.Nack is { } nack)
        {
            if (nack.Poll(now, missing) is > 0 and var count)
            {
                _worker.Counters.NacksOut += count;
                Nack.Write(ref writer, _ssrc, layer.Ssrc, missing[..count]);
            }

            if (nack.TakeKeyframeRequest()) layer.Keyframes?.Request();
        }

        if (layer.Keyframes is { } keyframes && keyframes.TryPoll(now))
        {
            _worker.Counters.PlisOut++;
            new Pli(_ssrc, layer.Ssrc).Write(ref writer);
        }

        Send(writer, packet);
    }

    private void SendFeedback(long now)
    {
        Span<byte> packet = stackalloc byte[MaxRtcp];
        while (_feedback!.HasNews)
        {
            var writer = new RtcpWriter(packet);
            if (!_feedback.TryWrite(ref writer, _ssrc, _layers.Count > 0 ? _layers[0].Ssrc : 0)) break;
            Send(writer, packet);
        }

        _nextFeedback = long.MaxValue; // until the next packet
    }

    private void Report(long now)
    {
        _nextReport = now + ReportInterval;
        Span<byte> packet = stackalloc byte[MaxRtcp];
        Span<ReportBlock> blocks = stackalloc ReportBlock[Math.Min(_layers.Count, 31)];
        for (var i = 0; i < blocks.Length; i++) blocks[i] = _layers[i].Statistics.Report(now, _layers[i].Ssrc);
        var writer = new RtcpWriter(packet);
        ReceiverReport.Write(ref writer, _ssrc, blocks);
        SourceDescription.Write(ref writer, _ssrc, Cname);
        Send(writer, packet);
    }

    private void Measure(long now)
    {
        _nextMeasurement = now + LayerRates.Interval;
        foreach (var track in _tracks) track.Measure(now);
    }

    private void Send(in RtcpWriter writer, ReadOnlySpan<byte> packet)
    {
        if (writer.TryFinish(out var length) && length > 0) _transport.SendRtcp(packet[..length]);
    }
}
