namespace RtcHub.Sfu.Routing;

/// <summary>
/// The caches of one worker. A layer that ends gives its cache back for the next one, so that people coming and going do not
/// move the heap; what is kept has a limit, so that one large meeting is not paid for ever after.
/// </summary>
internal sealed class PacketPool
{
    /// <summary>One second of video at 3 Mbit/s, three at 1 Mbit/s: several round trips of any path that a call is possible on.</summary>
    public const int VideoPackets = 512;

    /// <summary>See <see cref="VideoPackets"/>. With what was parsed of each packet a video layer costs 430 KiB.</summary>
    public const int VideoBytes = 384 * 1024;

    /// <summary>1.3 s of Opus in packets of 20 ms.</summary>
    public const int AudioPackets = 64;

    /// <summary>Room for 64 packets of 512 bytes, which is Opus at 200 kbit/s. An audio layer costs 38 KiB.</summary>
    public const int AudioBytes = 32 * 1024;

    // 55 MiB of video, 10 MiB of audio.
    private const int KeptVideo = 128;
    private const int KeptAudio = 256;

    private readonly Stack<PacketCache> _video = new(KeptVideo);
    private readonly Stack<PacketCache> _audio = new(KeptAudio);

    /// <summary>How many are in use: none when no track is left.</summary>
    public int Rented { get; private set; }

    /// <summary>An empty cache.</summary>
    public PacketCache Rent(bool video)
    {
        if (!(video ? _video : _audio).TryPop(out var cache))
            cache = video ? new PacketCache(VideoPackets, VideoBytes) : new PacketCache(AudioPackets, AudioBytes);
        cache.IsRented = true;
        Rented++;
        return cache;
    }

    /// <summary>Takes it back; whoever returned it must not touch it any more.</summary>
    public void Return(PacketCache cache)
    {
        if (!cache.IsRented) throw new InvalidOperationException("The cache was returned before.");
        cache.IsRented = false;
        Rented--;
        cache.Reset();
        var (kept, limit) = cache.Capacity == VideoPackets ? (_video, KeptVideo) : (_audio, KeptAudio);
        if (kept.Count < limit) kept.Push(cache);
    }
}
