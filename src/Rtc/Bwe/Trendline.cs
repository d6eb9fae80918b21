namespace RtcHub.Rtc.Bwe;

/// <summary>What the delay says about the path.</summary>
internal enum PathUsage
{
    /// <summary>Queues neither grow nor shrink.</summary>
    Normal,

    /// <summary>A queue grows: more is sent than the path carries.</summary>
    Over,

    /// <summary>A queue drains.</summary>
    Under,
}

/// <summary>
/// Does the one-way delay grow? A line is laid through the smoothed delays of the last groups of packets; its slope is compared
/// to a threshold that adapts to what is usual on the path (draft-ietf-rmcat-gcc-02 sections 5.3 to 5.5, with the line in place of
/// its Kalman filter, as senders do today).
/// </summary>
internal sealed class Trendline
{
    private const int Window = 20;
    private const double Smoothing = 0.9;

    // A slope is told in ms of delay per group; times groups and gain it is comparable to the threshold, in ms.
    private const int MaxGroups = 60;
    private const double Gain = 4;

    private const double MinThreshold = 6;
    private const double MaxThreshold = 600;
    private const double FirstThreshold = 12.5;
    private const double ThresholdUp = 0.0087;
    private const double ThresholdDown = 0.039;

    // A trend so far above the threshold is an accident, such as a change of path, and teaches nothing.
    private const double Accident = 15;

    // ms for which a trend must last.
    private const double Patience = 10;

    private readonly (double Time, double Delay)[] _points = new (double, double)[Window];
    private int _groups;
    private double _accumulated;
    private double _smoothed;
    private long _firstArrival;
    private double _threshold = FirstThreshold;
    private long _thresholdAt;
    private double _overFor = -1;
    private int _overCount;
    private double _lastTrend;

    public PathUsage Usage { get; private set; }

    /// <summary>A group of packets came: how much later than the one before, and how much later it was sent; µs.</summary>
    public void Add(long arrivalDelta, long sendDelta, long arrival)
    {
        if (_groups == 0) _firstArrival = arrival;
        _accumulated += (arrivalDelta - sendDelta) / 1e3;
        _smoothed = Smoothing * _smoothed + (1 - Smoothing) * _accumulated;
        _points[_groups % Window] = ((arrival - _firstArrival) / 1e3, _smoothed);
        _groups++;
        var trend = _groups >= Window ? Slope() : 0;
        Detect(trend, sendDelta / 1e3, arrival);
    }

    /// <summary>What was is no more: another path, or a gap.</summary>
    public void Reset() => (_groups, _accumulated, _smoothed, _overFor, _overCount, _lastTrend, Usage) = (0, 0, 0, -1, 0, 0, PathUsage.Normal);

    // Least squares.
    private double Slope()
    {
        double meanTime = 0, meanDelay = 0, covariance = 0, variance = 0;
        foreach (var (time, delay) in _points)
        {
            meanTime += time / Window;
            meanDelay += delay / Window;
        }

        foreach (var (time, delay) in _points)
        {
            covariance += (time - meanTime) * (delay - meanDelay);
            variance += (time - meanTime) * (time - meanTime);
        }

        return variance > 0 ? covariance / variance : 0;
    }

    private void Detect(double slope, double elapsed, long arrival)
    {
        var trend = Math.Min(_groups, MaxGroups) * slope * Gain;
        if (trend > _threshold)
        {
            _overFor = _overFor < 0 ? elapsed / 2 : _overFor + elapsed;
            _overCount++;
            if (_overFor > Patience && _overCount > 1 && slope >= _lastTrend) (_overFor, _overCount, Usage) = (0, 0, PathUsage.Over);
        }
        else
        {
            (_overFor, _overCount) = (-1, 0);
            Usage = trend < -_threshold ? PathUsage.Under : PathUsage.Normal;
        }

        _lastTrend = slope;
        Adapt(Math.Abs(trend), arrival);
    }

    private void Adapt(double trend, long arrival)
    {
        var elapsed = _thresholdAt == 0 ? 0 : Math.Min((arrival - _thresholdAt) / 1e3, 100);
        _thresholdAt = arrival;
        if (trend > _threshold + Accident || elapsed < 0) return;
        var rate = trend < _threshold ? ThresholdDown : ThresholdUp;
        _threshold = Math.Clamp(_threshold + rate * (trend - _threshold) * elapsed, MinThreshold, MaxThreshold);
    }
}
