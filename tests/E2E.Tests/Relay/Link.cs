using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;

namespace RtcHub.E2E.Tests.Relay;

/// <summary>One direction of a <see cref="LossyRelay"/>: a queue that everything goes through, in order, under <see cref="Conditions"/>.</summary>
internal sealed class Link : IAsyncDisposable
{
    private readonly Channel<Datagram> _queue = Channel.CreateUnbounded<Datagram>(new() { SingleReader = true });
    private readonly Timing _timing;
    private readonly Lock _lock = new();
    private readonly Task _pumping;
    private volatile Conditions _conditions = Conditions.Perfect;
    private long _passed;
    private long _lost;

    public Link(int seed)
    {
        _timing = new Timing(seed);
        _pumping = PumpAsync();
    }

    /// <summary>May be changed while datagrams flow; those that are on their way arrive as they would have.</summary>
    public Conditions Conditions
    {
        get => _conditions;
        set => _conditions = value;
    }

    public long Passed => Interlocked.Read(ref _passed);

    public long Lost => Interlocked.Read(ref _lost);

    /// <summary>Takes a datagram that is to leave by a socket.</summary>
    /// <param name="to">Where to; null: the socket is connected.</param>
    public void Send(ReadOnlySpan<byte> datagram, Socket by, SocketAddress? to)
    {
        lock (_lock)
        {
            if (_timing.Arrival(_conditions, Now, datagram.Length) is not { } due)
            {
                Interlocked.Increment(ref _lost);
                return;
            }

            Interlocked.Increment(ref _passed);
            _queue.Writer.TryWrite(new Datagram(due, datagram.ToArray(), by, to));
        }
    }

    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await _pumping;
    }

    private static long Now => Stopwatch.GetTimestamp() / (Stopwatch.Frequency / 1_000_000);

    private async Task PumpAsync()
    {
        await foreach (var (due, bytes, by, to) in _queue.Reader.ReadAllAsync())
        {
            var wait = TimeSpan.FromMicroseconds(due - Now);
            if (wait.TotalMilliseconds >= 1)
                await Task.Delay(wait);
            try
            {
                if (to is null) await by.SendAsync(bytes);
                else await by.SendToAsync(bytes, SocketFlags.None, to);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // Nobody is there any more; datagrams do not mind.
            }
        }
    }

    private readonly record struct Datagram(long Due, byte[] Bytes, Socket By, SocketAddress? To);
}
