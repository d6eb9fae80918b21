namespace RtcHub.Sfu.Tests.Routing.Route;

/// <summary>One direction of a path: a seed decides what it loses and how much longer than others a packet takes.</summary>
/// <param name="seed">The same seed loses the same packets.</param>
/// <param name="deliver">Gets what arrives, in the order of arrival, with its SRTP index.</param>
internal sealed class LossyLink(int seed, Action<long, byte[], ulong> deliver)
{
    private readonly Random _random = new(seed);
    private readonly PriorityQueue<(byte[] Bytes, ulong Index), (long Due, int Order)> _underway = new();
    private int _sent;

    /// <summary>0-1.</summary>
    public double Loss { get; set; }

    /// <summary>µs.</summary>
    public long Delay { get; set; } = 20_000;

    /// <summary>µs on top, at most; more than the distance of packets makes them overtake each other.</summary>
    public int Jitter { get; set; }

    public void Send(long now, byte[] bytes, ulong index)
    {
        if (_random.NextDouble() < Loss) return;
        _underway.Enqueue((bytes, index), (now + Delay + _random.Next(Jitter + 1), _sent++));
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
