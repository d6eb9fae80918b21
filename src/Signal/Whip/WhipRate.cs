using System.Collections.Concurrent;
using System.Net;
using Microsoft.Extensions.Options;
using RtcHub.Rtc;

namespace RtcHub.Signal.Whip;

/// <summary>So many offers per minute and source: each one costs keys and memory before anybody has proved to be there.</summary>
internal sealed class WhipRate(IOptions<WhipOptions> options, TimeProvider time)
{
    private const int MaxSources = 100_000;
    private readonly ConcurrentDictionary<ulong, (long Minute, int Count)> _sources = new();

    /// <summary>Counts an offer; milliseconds to wait when it is one too many, else 0.</summary>
    public int WaitMs(IPAddress? source)
    {
        var now = time.GetUtcNow();
        var minute = now.ToUnixTimeSeconds() / 60;
        if (_sources.Count > MaxSources) _sources.Clear(); // A flood from so many networks is not stopped by counting.
        var network = Address.From(new IPEndPoint(source ?? IPAddress.None, 0)).Network;
        var (_, count) = _sources.AddOrUpdate(network, _ => (minute, 1), (_, old) => old.Minute == minute ? (minute, old.Count + 1) : (minute, 1));
        return count <= options.Value.PostsPerMinute ? 0 : (int)(DateTimeOffset.FromUnixTimeSeconds((minute + 1) * 60) - now).TotalMilliseconds + 1;
    }
}
