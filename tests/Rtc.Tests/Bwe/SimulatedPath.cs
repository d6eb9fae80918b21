using RtcHub.Rtc.Bwe;
using RtcHub.Rtc.Rtcp;

namespace RtcHub.Rtc.Tests.Bwe;

/// <summary>
/// A sender with an estimator, a path with a bottleneck and a receiver that tells when packets came. The sender has a camera of
/// 30 pictures a second in layers, and sends the largest that the estimate allows, each picture at once.
/// </summary>
internal sealed class SimulatedPath(int seed, bool canProbe = true)
{
    private const long PictureInterval = 33_333;
    private const long FeedbackInterval = 100_000;
    private const int Packet = 1_200;

    private readonly Random _random = new(seed);
    private readonly TransportCcRecorder _recorder = new();
    private readonly PriorityQueue<ushort, (long At, int Order)> _toReceiver = new();
    private readonly PriorityQueue<byte[], long> _toSender = new();
    private long _busyUntil;
    private long _nextPicture;
    private long _nextFeedback;
    private int _order;

    public BandwidthEstimator Estimator { get; } = Agreed(canProbe);

    public long Now { get; private set; } = 5_000_000;

    /// <summary>Bit/s.</summary>
    public long Capacity { get; set; } = 3_000_000;

    /// <summary>µs of packets that the bottleneck holds; what comes when it is full is lost.</summary>
    public long Queue { get; set; } = 300_000;

    /// <summary>0-1, whatever is sent.</summary>
    public double Loss { get; set; }

    /// <summary>µs, at most, each way.</summary>
    public int Jitter { get; set; }

    /// <summary>µs, one way.</summary>
    public long Delay { get; set; } = 25_000;

    /// <summary>Bit/s of the layers of the camera.</summary>
    public long[] Layers { get; set; } = [150_000, 500_000, 1_000_000, 2_500_000];

    /// <summary>Feedback does not come through.</summary>
    public bool IsDeaf { get; set; }

    /// <summary>Time, estimate and bit/s of the layer that is sent, ten times a second.</summary>
    public List<(long Time, long Estimate, long Layer)> Log { get; } = [];

    public long Sending { get; private set; }

    public void Run(double seconds)
    {
        for (var end = Now + (long)(seconds * 1e6); Now < end; Now += 1_000) Tick();
    }

    private static BandwidthEstimator Agreed(bool canProbe)
    {
        var estimator = new BandwidthEstimator { CanProbe = canProbe };
        estimator.UseTransportFeedback();
        return estimator;
    }

    private void Tick()
    {
        Estimator.Wanted = Layers[^1] * 11 / 10;
        if (Now >= _nextPicture) TakePicture();
        if (Now % 5_000 == 0)
        {
            while (Estimator.TryProbe(Now, out var bytes)) Send(Math.Clamp(bytes, 100, Packet));
        }

        while (_toReceiver.TryPeek(out var number, out var due) && due.At <= Now)
        {
            _toReceiver.Dequeue();
            _recorder.Received(due.At, number);
        }

        if (Now >= _nextFeedback) Tell();
        while (_toSender.TryPeek(out var bytes, out var at) && at <= Now)
        {
            _toSender.Dequeue();
            Assert.True(RtcpCompound.TryParse(bytes, out var compound));
            foreach (var packet in compound)
            {
                Assert.True(TransportFeedback.TryRead(packet, out var feedback));
                if (!IsDeaf) Estimator.Receive(Now, feedback);
            }
        }

        if (Now % 100_000 != 0) return;
        Estimator.Timeout(Now);
        Log.Add((Now, Estimator.Estimate, Sending));
    }

    private void TakePicture()
    {
        _nextPicture = Now + PictureInterval;
        Sending = Layers.LastOrDefault(layer => layer <= Estimator.Estimate, Layers[0]);
        var size = (int)(Sending / 30 / 8 * (0.6 + 0.8 * _random.NextDouble()));
        for (; size > 0; size -= Packet) Send(Math.Min(size, Packet));
    }

    private void Send(int bytes)
    {
        var number = Estimator.Send(Now, bytes);
        if (_random.NextDouble() < Loss) return;
        var start = Math.Max(_busyUntil, Now);
        if (start - Now > Queue) return;
        _busyUntil = start + bytes * 8_000_000L / Capacity;
        _toReceiver.Enqueue(number, (_busyUntil + Delay + _random.Next(Jitter + 1), _order++));
    }

    private void Tell()
    {
        _nextFeedback = Now + FeedbackInterval;
        var buffer = new byte[1_200];
        while (_recorder.HasNews)
        {
            var writer = new RtcpWriter(buffer);
            Assert.True(_recorder.TryWrite(ref writer, 1, 2));
            Assert.True(writer.TryFinish(out var length));
            if (_random.NextDouble() >= Loss) _toSender.Enqueue(buffer[..length], Now + Delay + _random.Next(Jitter + 1));
        }
    }
}
