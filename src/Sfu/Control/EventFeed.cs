using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace RtcHub.Sfu.Control;

/// <summary>
/// Gives every event to everybody who listens, in order. A listener that stays <see cref="Backlog"/> events behind is ended
/// with an exception rather than shown a story with holes.
/// </summary>
internal sealed class EventFeed
{
    private const int Backlog = 100_000;

    private ImmutableArray<Channel<SfuEvent>> _listeners = [];

    public void Publish(SfuEvent happened)
    {
        foreach (var listener in _listeners)
        {
            if (!listener.Writer.TryWrite(happened)) listener.Writer.TryComplete(new SfuException(SfuError.Unavailable, "Events were read too slowly."));
        }
    }

    /// <summary>The listener counts from the moment of this call, not from the first event that is read.</summary>
    public IAsyncEnumerable<SfuEvent> ListenAsync(CancellationToken cancel)
    {
        var channel = Channel.CreateBounded<SfuEvent>(new BoundedChannelOptions(Backlog) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });
        ImmutableInterlocked.Update(ref _listeners, all => all.Add(channel));
        return ReadAsync(channel, cancel);
    }

    private async IAsyncEnumerable<SfuEvent> ReadAsync(Channel<SfuEvent> channel, [EnumeratorCancellation] CancellationToken cancel)
    {
        try
        {
            await foreach (var happened in channel.Reader.ReadAllAsync(cancel)) yield return happened;
        }
        finally
        {
            ImmutableInterlocked.Update(ref _listeners, all => all.Remove(channel));
        }
    }
}
