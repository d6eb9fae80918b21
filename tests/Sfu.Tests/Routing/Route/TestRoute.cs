using RtcHub.Rtc.Rtcp;
using RtcHub.Rtc.Rtp;
using RtcHub.Sfu.Control;
using RtcHub.Sfu.Routing;

namespace RtcHub.Sfu.Tests.Routing.Route;

/// <summary>Cameras and screens with the routing between them, on a clock that only <see cref="Run"/> moves.</summary>
internal sealed class TestRoute(int seed, double loss = 0, int jitter = 0, bool rtx = true)
{
    private static readonly byte[] Cname = "hub"u8.ToArray();

    private readonly WorkerResources _worker = new(NtpTime.UnixEpoch);
    private readonly List<TestCamera> _cameras = [];
    private readonly List<Publisher> _publishers = [];
    private readonly List<(TestScreen Screen, Subscriber Subscriber)> _screens = [];
    private readonly List<LossyLink> _links = [];
    private IAsyncEnumerator<SfuEvent>? _events;
    private Room? _room;

    /// <summary>µs.</summary>
    public long Now { get; private set; } = 1_000_000;

    public Counters Counters => _worker.Counters;

    public Room Room => _room ??= MakeRoom();

    /// <summary>What was told so far, since the last call.</summary>
    public async Task<List<SfuEvent>> TakeEventsAsync()
    {
        var (taken, end) = (new List<SfuEvent>(), new SfuEvent("end", null));
        Room.Events.Publish(end);
        while (await _events!.MoveNextAsync() && _events.Current != end) taken.Add(_events.Current);
        return taken;
    }

    /// <summary>Those of the screens.</summary>
    public List<TestTransport> Transports { get; } = [];

    public NegotiatedCodec Codec() => new("video/VP8", PayloadFormat.Vp8, 90_000, TestCamera.PayloadType, rtx ? TestCamera.RtxPayloadType : (byte)0, "VP8", Nack: true);

    public (TestCamera Camera, PublisherTrack Track, LossyLink Up) AddCamera()
    {
        var (track, up) = AddPublisher();
        var number = _publishers.Count;
        var camera = new TestCamera(number, SsrcOf(number), RtxOf(SsrcOf(number)), up);
        _cameras.Add(camera);
        return (camera, track, up);
    }

    /// <summary>Another camera on the link of one that is there.</summary>
    public TestCamera AddSuccessor(int camera, uint ssrc, LossyLink up)
    {
        var successor = new TestCamera(camera, ssrc, rtxSsrc: 0, up);
        _cameras.Add(successor);
        return successor;
    }

    /// <summary>One track in two layers, a small one and a large one, whose SSRCs no SDP names.</summary>
    /// <param name="lowSize">Bytes of a packet of the small one; 105 are 0.9 kbit/s for each byte.</param>
    public (TestCamera Low, TestCamera High, PublisherTrack Track) AddSimulcast(int lowSize = 300)
    {
        var (track, up) = AddPublisher("l", "h");
        var low = new TestCamera(1, 11_000, RtxOf(11_000), up, "l", size: lowSize);
        var high = new TestCamera(2, 12_000, RtxOf(12_000), up, "h");
        _cameras.AddRange([low, high]);
        return (low, high, track);
    }

    /// <summary>A track without a camera: what the link brings is what is sent.</summary>
    public (PublisherTrack Track, LossyLink Up) AddPublisher(params string[] rids)
    {
        var number = _publishers.Count + 1;
        var transport = new TestTransport($"camera{number}", () => Now);
        var extensions = default(ExtensionMap);
        extensions.TryAdd(TestCamera.RidId, ExtensionUris.Rid);
        extensions.TryAdd(TestCamera.RepairedRidId, ExtensionUris.RepairedRid);
        var section = new IncomingSection("0", MediaKind.Video, [Codec()], rids.Length > 0 ? [] : [(SsrcOf(number), RtxOf(SsrcOf(number)))], rids);
        var track = new PublisherTrack($"track{number}", transport, section);
        var publisher = new Publisher(transport, [track], extensions, ssrc: 7, _worker, Now);
        _publishers.Add(publisher);
        Room.Add(track, Now);
        var up = Link((now, bytes, index) =>
        {
            if (index == ulong.MaxValue) publisher.ReceiveRtcp(now, bytes);
            else publisher.Receive(now, bytes, index);
        });
        transport.Link = Link((now, bytes, _) =>
        {
            foreach (var camera in _cameras) camera.ReceiveRtcp(now, bytes); // Who is meant knows so by its SSRC.
        });
        return (track, up);
    }

    /// <param name="track">What it plays.</param>
    /// <param name="transportCc">Whether it tells when packets came.</param>
    public (TestScreen Screen, Slot Slot, LossyLink Down) AddScreen(PublisherTrack? track, bool transportCc = false)
    {
        var number = _screens.Count + 1;
        var (ssrc, rtxSsrc) = ((uint)number * 1_000_000, RtxOf((uint)number * 1_000_000));
        var transport = new TestTransport($"screen{number}", () => Now);
        Transports.Add(transport);
        var extensions = default(ExtensionMap);
        if (transportCc) extensions.TryAdd(TestScreen.TransportCcId, ExtensionUris.TransportCc);
        var slot = new Slot(transport, new OutgoingSection("0", MediaKind.Video, ssrc, rtxSsrc, [Codec()], extensions), _worker.Counters);
        var subscriber = new Subscriber(transport, null, Cname, _worker);
        subscriber.Add(slot);
        Room.Add(subscriber, Now);
        subscriber.Connected(Now);
        var back = Link((now, bytes, _) => subscriber.ReceiveRtcp(now, bytes));
        var screen = new TestScreen(ssrc, rtxSsrc, back);
        transport.Link = Link((now, bytes, _) => screen.Receive(now, bytes));
        _screens.Add((screen, subscriber));
        slot.Assign(track, Now);
        return (screen, slot, transport.Link);
    }

    /// <summary>Lets time pass, a millisecond at a time.</summary>
    public void Run(double seconds)
    {
        for (var end = Now + (long)(seconds * 1e6); Now < end; Now += 1_000)
        {
            foreach (var camera in _cameras) camera.Tick(Now);
            foreach (var publisher in _publishers)
            {
                if (publisher.NextTimeout <= Now) publisher.Timeout(Now);
            }

            foreach (var (screen, subscriber) in _screens)
            {
                screen.Tick(Now);
                if (subscriber.NextTimeout <= Now) subscriber.Timeout(Now);
            }

            foreach (var link in _links) link.Deliver(Now);
        }
    }

    private Room MakeRoom()
    {
        var feed = new EventFeed();
        _events = feed.ListenAsync(CancellationToken.None).GetAsyncEnumerator();
        return new Room("room", feed, audioSlots: 5);
    }

    private LossyLink Link(Action<long, byte[], ulong> deliver)
    {
        var link = new LossyLink(seed * 100 + _links.Count, deliver) { Loss = loss, Jitter = jitter };
        _links.Add(link);
        return link;
    }

    private static uint SsrcOf(int number) => (uint)number * 1_000;

    private uint RtxOf(uint ssrc) => rtx ? ssrc + 1 : 0;
}
