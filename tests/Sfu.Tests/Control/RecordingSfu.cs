using RtcHub.Sfu.Control;

namespace RtcHub.Sfu.Tests.Control;

/// <summary>Notes what it is asked, answers what it is told to, and says what a test wants to have happened.</summary>
internal sealed class RecordingSfu : ISfu
{
    private readonly EventFeed _events = new();

    public List<object> Asked { get; } = [];

    /// <summary>Instead of an answer.</summary>
    public Exception? Refusal { get; set; }

    /// <summary>What is waited for before anything is answered.</summary>
    public Task Held { get; set; } = Task.CompletedTask;

    public TransportAnswer Answer { get; init; } = new("0-abc", "v=0\r\n", "uFrg");

    public TransportOffer Offer { get; set; } = new("0-abc", "v=0\r\n", [new("0", "audio", null), new("1", "video", "0-xyz/1")]);

    public IceRestart? Restart { get; set; } = new("a=ice-ufrag:x\r\n", "nEwO");

    public SfuRoom? Room { get; set; } = new(
        "rö/m", [new SfuTrack("0-abc/1", "Ada", "0-abc", "1", "video", "video/VP8", Muted: true)],
        [new SfuTransport("0-abc", "Ada", "connected", "udp", [new SfuSlot("0", "audio", null)]), new SfuTransport("0-xyz", "Bo", "new", null, [])]);

    public SfuStatus Status { get; init; } = new(Guid.NewGuid().ToString("N"), 1, 2, 3, ["udp 192.0.2.1:7882"]);

    public bool Has(object asked)
    {
        lock (Asked) return Asked.Contains(asked);
    }

    public void Tell(SfuEvent happened) => _events.Publish(happened);

    public Task<TransportAnswer> ConnectAsync(ConnectRequest request, CancellationToken cancel = default) => DoAsync(request, Answer);

    public Task<TransportOffer> SubscribeAsync(SubscribeRequest request, CancellationToken cancel = default) => DoAsync(request, Offer);

    public Task AnswerAsync(string transport, string sdp, CancellationToken cancel = default) => DoAsync(("answer", transport, sdp), true);

    public Task AssignAsync(string transport, IReadOnlyList<SlotAssignment> slots, CancellationToken cancel = default) =>
        DoAsync(("assign", transport, string.Join(' ', slots)), true);

    public Task<IceRestart?> TrickleAsync(string transport, string fragment, CancellationToken cancel = default) => DoAsync(("trickle", transport, fragment), Restart);

    public Task MuteAsync(string track, bool muted, CancellationToken cancel = default) => DoAsync(("mute", track, muted), true);

    public Task CloseAsync(string transport, CancellationToken cancel = default) => DoAsync(("close", transport), true);

    public Task CloseRoomAsync(string room, CancellationToken cancel = default) => DoAsync(("close room", room), true);

    public Task<SfuRoom?> GetRoomAsync(string room, CancellationToken cancel = default) => DoAsync(("room", room), Room);

    // Asked at the start, too, so it is not noted.
    public Task<SfuStatus> GetStatusAsync(CancellationToken cancel = default) => Task.FromResult(Status);

    public IAsyncEnumerable<SfuEvent> EventsAsync(CancellationToken cancel = default) => _events.ListenAsync(cancel);

    private async Task<T> DoAsync<T>(object asked, T answer)
    {
        lock (Asked) Asked.Add(asked);
        await Held;
        return Refusal is null ? answer : throw Refusal;
    }
}
