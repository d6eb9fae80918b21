using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;

namespace RtcHub.E2E.Tests.Relay;

/// <summary>One direction of a <see cref="LossyRelay"/>: a queue that everything goes through in order, or by another for detours, under <see cref="Conditions"/>.</summary>
internal sealed class Link : IAsyncDisposable
{
    private readonly Channel<Datagram> _queue = Channel.CreateUnbounded<Datagram>(new() { SingleReader = true });
    private readonly Channel<Datagram> _detour = Channel.CreateUnbounded<Datagram>(new() { SingleReader = true });
    private readonly Timing _timing;
    private readonly Lock _lock = new();
    private readonly Task _pumping;
    private volatile Conditions _conditions = Conditions.Perfect;
    private long _passed;
    private long _lost;

    public Link(int seed)
    {
        _timing = new Timing(seed);
        _pumping = Task.WhenAll(PumpAsync(_queue.Reader), PumpAsync(_detour.Reader));
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
            if (_timing.Arrival(_conditions, Now, datagram.Length, out var isOvertaken) is not { } due)
            {
                Interlocked.Increment(ref _lost);
                return;
            }

            Interlocked.Increment(ref _passed);
            (isOvertaken ? _detour : _queue).Writer.TryWrite(new Datagram(due, datagram.ToArray(), by, to));
        }
    }

    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        _detour.Writer.TryComplete();
        await _pumping;
    }

    private static long Now => Stopwatch.GetTimestamp() / (Stopwatch.Frequency / 1_000_000);

    private static async Task PumpAsync(ChannelReader<Datagram> queue)
    {
        await foreach (var (due, bytes, by, to) in queue.ReadAllAsync())
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
