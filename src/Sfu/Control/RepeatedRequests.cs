namespace RtcHub.Sfu.Control;

/// <summary>
/// What was done under which key, for a while: a request that is sent again, because its answer was lost or late, is answered
/// again and not carried out a second time. So a client may repeat whatever it likes.
/// </summary>
internal sealed class RepeatedRequests(TimeProvider time)
{
    /// <summary>Longer than a client goes on trying.</summary>
    public static readonly TimeSpan Memory = TimeSpan.FromSeconds(60);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Task<Reply>> _replies = new(StringComparer.Ordinal);
    private readonly Queue<(string Key, long At)> _order = new();

    /// <param name="key">The client's, or null: it does not repeat.</param>
    /// <param name="act">Not cancelled when the client goes away, for it may be on its way back.</param>
    public Task<Reply> OnceAsync(string? key, Func<Task<Reply>> act)
    {
        if (key is null) return act();
        lock (_gate)
        {
            while (_order.TryPeek(out var oldest) && time.GetElapsedTime(oldest.At) > Memory) _replies.Remove(_order.Dequeue().Key);
            if (_replies.TryGetValue(key, out var known)) return known;
            var reply = act();
            _replies.Add(key, reply);
            _order.Enqueue((key, time.GetTimestamp()));
            return reply;
        }
    }
}
