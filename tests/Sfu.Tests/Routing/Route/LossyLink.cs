using RtcHub.Sfu.Routing;

namespace RtcHub.Sfu.Tests.Routing.Route;

/// <summary>One direction of a path: a seed decides what it loses and how much longer than others a packet takes.</summary>
/// <param name="seed">The same seed loses the same packets.</param>
/// <param name="deliver">Gets what arrives, in the order of arrival, with its SRTP index.</param>
internal sealed class LossyLink(int seed, Action<long, byte[], ulong> deliver)
{
    private readonly Random _random = new(seed);
    private readonly PriorityQueue<(byte[] Bytes, ulong Index), (long Due, int Order)> _underway = new();
    private long _busyUntil;
    private int _sent;

    /// <summary>0-1.</summary>
    public double Loss { get; set; }

    /// <summary>µs.</summary>
    public long Delay { get; set; } = 20_000;

    /// <summary>µs on top, at most; more than the distance of packets makes them overtake each other.</summary>
    public int Jitter { get; set; }

    /// <summary>Bit/s.</summary>
    public long Capacity { get; set; } = long.MaxValue;

    /// <summary>µs of packets that wait before it; what comes when there are more is lost.</summary>
    public long Queue { get; set; } = 300_000;

    /// <summary>Bytes that were sent into it.</summary>
    public long Bytes { get; private set; }

    public void Send(long now, byte[] bytes, ulong index)
    {
        Bytes += bytes.Length;
        if (_random.NextDouble() < Loss) return;
        var start = Math.Max(_busyUntil, now);
        if (start - now > Queue) return;
        if (Capacity < long.MaxValue) start = _busyUntil = start + (bytes.Length + Bandwidth.Overhead) * 8_000_000L / Capacity;
        _underway.Enqueue((bytes, index), (start + Delay + _random.Next(Jitter + 1), _sent++));
    }

    public void Deliver(long now)
    {
        while (_underway.TryPeek(out var packet, out var when) && when.Due <= now)
        {
            _underway.Dequeue();
            deliver(now, packet.Bytes, packet.Index);
        }
    }
}
