using System.Net;
using RtcHub.Rtc.Dtls;
using RtcHub.Rtc.Rtcp;
using RtcHub.Rtc.Rtp;
using RtcHub.Rtc.Srtp;

namespace RtcHub.Load.Clients;

/// <summary>What viewers saw, added up.</summary>
internal readonly record struct ViewerCounts(long Received, long Expected, long Corrupt, long Silent)
{
    public static ViewerCounts operator +(ViewerCounts a, ViewerCounts b) =>
        new(a.Received + b.Received, a.Expected + b.Expected, a.Corrupt + b.Corrupt, a.Silent + b.Silent);
}

/// <summary>
/// A subscriber. It counts packets by their headers and reports to the server once a second, as browsers do, but asks for no
/// retransmission: what is lost is to be seen. One that decrypts looks at content and latency, too.
/// </summary>
internal sealed class Viewer(ClientThread thread, IPAddress local, DtlsCertificate certificate, SrtpProfile profile, bool decrypts)
    : VirtualClient(thread, local, certificate, profile)
{
    private const long ReportInterval = 1_000_000;
    private const long FeedbackInterval = 100_000;
    private const int MaxBlocks = 31;

    private readonly TaskCompletionSource _firstPacket = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly uint _ssrc = (uint)Random.Shared.Next();
    private StreamCount[] _streams = [];
    private long _corrupt;
    private long _nextReport;
    private long _nextFeedback;
    private TransportCcRecorder? _feedback;
    private int _transportCc;

    /// <summary>The id by which packets are numbered for the estimation of bandwidth (transport-cc); 0: they are not. Before it connects.</summary>
    public int TransportCc
    {
        set => (_transportCc, _feedback) = (value, value > 0 ? new TransportCcRecorder() : null);
    }

    /// <summary>Media comes. Any thread.</summary>
    public Task FirstPacket => _firstPacket.Task;

    protected override long NextMedia => _feedback is null ? _nextReport : Math.Min(_nextReport, _nextFeedback);

    protected override bool Decrypts => decrypts;

    /// <summary>What came since the last <see cref="Restart"/>.</summary>
    public ViewerCounts Counts
    {
        get
        {
            var counts = new ViewerCounts(0, 0, _corrupt, 0);
            foreach (var stream in _streams) counts += new ViewerCounts(stream.Received, stream.Expected, 0, 0);
            return counts with { Silent = counts.Received == 0 ? 1 : 0 };
        }
    }

    /// <summary>Counts from here on.</summary>
    public void Restart()
    {
        for (var i = 0; i < _streams.Length; i++) _streams[i].Restart();
        _corrupt = 0;
    }

    public override void Dispose()
    {
        _firstPacket.TrySetCanceled();
        base.Dispose();
    }

    protected override void OnConnected(long now)
    {
        // Spread over the second, as those of people are.
        _nextReport = now + Random.Shared.NextInt64(ReportInterval);
        if (decrypts) Socket.StampArrivals();
    }

    protected override void ReceiveRtp(long now, Span<byte> packet, long arrival)
    {
        if (packet.Length < RtpHeader.FixedLength) return;
        StreamOf(RtpHeader.Ssrc(packet)).Receive(RtpHeader.SequenceNumber(packet));
        _firstPacket.TrySetResult();
        if (_feedback is not null) Note(now, packet);
        if (Receiver is null) return;
        var error = Receiver.OpenRtp(packet, out var length, out _);
        if (error != SrtpError.None || !RtpPacket.TryParse(packet[..length], out var rtp) || !Stamp.TryRead(rtp.Payload, out var sent)) _corrupt++;
        else if (arrival > 0) Thread.Latency.RecordValue(Math.Clamp(arrival - sent, 0, Thread.Latency.HighestTrackableValue));
    }

    protected override void RunMedia(long now)
    {
        if (now >= _nextReport) Report(now);
        if (_feedback is null || now < _nextFeedback) return;
        _nextFeedback = now + FeedbackInterval;
        while (_feedback.HasNews)
        {
            var writer = new RtcpWriter(Thread.Scratch);
            if (!_feedback.TryWrite(ref writer, _ssrc, _streams[0].Ssrc) || !writer.TryFinish(out var length)) break;
            Send(Thread.Scratch.AsSpan(0, Sender!.SealRtcp(Thread.Scratch, length)));
        }
    }

    // Header extensions are readable without a key.
    private void Note(long now, ReadOnlySpan<byte> packet)
    {
        if (RtpPacket.TryParse(packet, out var rtp) && rtp.Extensions.TryGet(_transportCc, out var value) && TransportSequence.TryRead(value, out var number))
            _feedback!.Received(now, number);
    }

    private void Report(long now)
    {
        _nextReport = now + ReportInterval;
        Span<ReportBlock> blocks = stackalloc ReportBlock[Math.Min(_streams.Length, MaxBlocks)];
        for (var i = 0; i < blocks.Length; i++) blocks[i] = new ReportBlock(_streams[i].Ssrc, 0, 0, _streams[i].ExtendedHighest, 0, 0, 0);
        var writer = new RtcpWriter(Thread.Scratch);
        ReceiverReport.Write(ref writer, _ssrc, blocks);
        SourceDescription.Write(ref writer, _ssrc, "viewer"u8);
        if (writer.TryFinish(out var length)) Send(Thread.Scratch.AsSpan(0, Sender!.SealRtcp(Thread.Scratch, length)));
    }

    private ref StreamCount StreamOf(uint ssrc)
    {
        for (var i = 0; i < _streams.Length; i++)
            if (_streams[i].Ssrc == ssrc) return ref _streams[i];
        _streams = [.. _streams, new StreamCount(ssrc)];
        return ref _streams[^1];
    }
}
