using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using HdrHistogram;
using Microsoft.Extensions.Logging.Abstractions;
using RtcHub.Load.Clients;
using RtcHub.Load.Servers;
using RtcHub.Load.Signalling;
using RtcHub.Rtc.Dtls;
using RtcHub.Sfu.Control;

namespace RtcHub.Load.Meeting;

/// <summary>
/// One meeting in a media service that runs alone: everybody sends, everybody sees so many others and hears who speaks. People take
/// turns in speaking, and turn over their pages now and then.
/// </summary>
internal sealed class MeetingLoad : IDisposable
{
    private const string Room = "meeting";
    private const int AudioSlots = 5;
    private const int LargeHeight = 360;
    private const int SmallHeight = 180;

    // Of those who see a page, how many see another one a second later; and how many tiles of it.
    private const int PageTurners = 20;
    private const int TilesTurned = 5;

    private static readonly TimeSpan JoinLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Turn = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);

    private readonly LoadOptions _options;
    private readonly IPAddress _local;
    private readonly RemoteSfu _sfu;
    private readonly DtlsCertificate _certificate = DtlsCertificate.Create(DateTimeOffset.UtcNow.AddDays(-1), TimeSpan.FromDays(30));
    private readonly ClientThread _speaking = new("speakers", mayRest: false);
    private readonly List<ClientThread> _viewing;
    private readonly ConcurrentDictionary<string, Speaker> _speakers = new();
    private readonly ConcurrentBag<Seat> _seats = [];

    private MeetingLoad(LoadOptions options, Uri url, string secret, IPAddress local)
    {
        (_options, _local) = (options, local);
        _sfu = RemoteSfuServices.Create(url, secret, TimeProvider.System, NullLogger<RemoteEvents>.Instance);
        var threads = options.Threads > 0 ? options.Threads : (options.Participants + 299) / 300;
        _viewing = [.. Enumerable.Range(0, threads).Select(i => new ClientThread($"viewers {i}", mayRest: true))];
    }

    /// <param name="progress">Told in a few words what goes on.</param>
    public static async Task<MeetingMeasurement> RunAsync(LoadOptions options, RunningService service, Action<string> progress, CancellationToken cancel)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        using var load = new MeetingLoad(options, service.Url, service.Secret, service.Clients);
        var watching = load.WatchLayersAsync(ended.Token);
        progress("people join");
        await load.JoinAsync(cancel);
        progress("everybody opens a page");
        var cameras = await load.OpenPagesAsync(cancel);
        var living = load.LiveAsync(cameras, ended.Token);
        progress("warming up");
        await Task.Delay(TimeSpan.FromSeconds(options.Warmup), cancel);
        progress("measuring");
        var measurement = await load.MeasureAsync(service.ProcessId, cancel);
        await ended.CancelAsync();
        await Task.WhenAll(watching, living).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        return measurement;
    }

    public void Dispose()
    {
        _speaking.Dispose();
        foreach (var thread in _viewing) thread.Dispose();
        _certificate.Dispose();
    }

    private Task JoinAsync(CancellationToken cancel)
    {
        var limits = new ParallelOptions { MaxDegreeOfParallelism = _options.Joins, CancellationToken = cancel };
        return Parallel.ForAsync(0, _options.Participants, limits, async (i, cancelJoin) =>
        {
            var name = $"p{i}";
            var speaker = new Speaker(_speaking, _local, _certificate, _options.Profile, i < _options.CamerasOn, _options);
            await _speaking.AddAsync(speaker);
            var answer = await _sfu.ConnectAsync(new ConnectRequest(Room, name, MeetingSdp.Offer(speaker)), cancelJoin);
            _speakers[answer.Transport] = speaker;
            await speaker.ConnectAsync(RemoteSdp.Parse(answer.Sdp));
            await speaker.Connected.WaitAsync(JoinLimit, cancelJoin);

            var thread = _viewing[i % _viewing.Count];
            var viewer = new Viewer(thread, _local, _certificate, _options.Profile, decrypts: i % _options.Decrypt == 0);
            await thread.AddAsync(viewer);
            var offer = await _sfu.SubscribeAsync(new SubscribeRequest(Room, name, AudioSlots, _options.Visible), cancelJoin);
            var remote = RemoteSdp.Parse(offer.Sdp);
            if (!_options.Blind) viewer.TransportCc = remote.Sections[0].Extensions.GetValueOrDefault(Rtc.Rtp.ExtensionUris.TransportCc);
            await _sfu.AnswerAsync(offer.Transport, MeetingSdp.Answer(viewer, remote, !_options.Blind), cancelJoin);
            await viewer.ConnectAsync(remote);
            await viewer.Connected.WaitAsync(JoinLimit, cancelJoin);
            _seats.Add(new Seat(name, offer.Transport, viewer, [.. offer.Slots.Where(slot => slot.Kind == "video").Select(slot => slot.Mid)]));
        });
    }

    // Everybody sees others from somewhere on; the first of them larger.
    private async Task<List<SfuTrack>> OpenPagesAsync(CancellationToken cancel)
    {
        var room = await _sfu.GetRoomAsync(Room, cancel) ?? throw new InvalidOperationException("Nobody is in the room.");
        var cameras = room.Tracks.Where(track => track.Kind == "video").ToList();
        await Parallel.ForEachAsync(_seats, cancel, async (seat, cancelOpen) =>
        {
            var first = Random.Shared.Next(cameras.Count);
            var others = Enumerable.Range(0, cameras.Count).Select(i => cameras[(first + i) % cameras.Count]).Where(track => track.Participant != seat.Name).Take(seat.Slots.Count);
            await AssignAsync(seat, [.. seat.Slots.Zip(others)], cancelOpen);
        });
        return cameras;
    }

    private Task AssignAsync(Seat seat, IReadOnlyList<(string Mid, SfuTrack Track)> tiles, CancellationToken cancel) => _sfu.AssignAsync(
        seat.Transport, [.. tiles.Select(tile => new SlotAssignment(tile.Mid, tile.Track.Id, tile.Mid == seat.Slots[0] ? LargeHeight : SmallHeight, tile.Mid == seat.Slots[0] ? 1 : 0))], cancel);

    // Some speak and let others speak; some look at others.
    private async Task LiveAsync(List<SfuTrack> cameras, CancellationToken cancel)
    {
        var (speakers, seats) = (_speakers.Values.ToList(), _seats.ToList());
        var (turn, seat, turned) = (0, 0, TimeSpan.Zero);
        for (var i = 0; i < _options.Speakers; i++) speakers[i % speakers.Count].Speaks = true;
        while (!cancel.IsCancellationRequested)
        {
            await Task.Delay(Tick, cancel);
            turned += Tick;
            if (turned >= Turn)
            {
                turned = TimeSpan.Zero;
                speakers[turn % speakers.Count].Speaks = false;
                speakers[(turn++ + _options.Speakers) % speakers.Count].Speaks = true;
            }

            for (var i = 0; i < Math.Max(1, seats.Count / PageTurners); i++)
            {
                var who = seats[seat++ % seats.Count];
                var tiles = who.Slots.Skip(Random.Shared.Next(who.Slots.Count)).Take(TilesTurned).Select(mid => (mid, cameras[Random.Shared.Next(cameras.Count)]));
                await AssignAsync(who, [.. tiles.Where(tile => tile.Item2.Participant != who.Name)], cancel);
            }
        }
    }

    // What nobody watches is not sent.
    private async Task WatchLayersAsync(CancellationToken cancel)
    {
        await foreach (var happened in _sfu.EventsAsync(cancel))
        {
            if (happened is not { Kind: SfuEvent.Layers, Track: { } track, Rids: { } rids } || !_speakers.TryGetValue(track.Transport, out var speaker)) continue;
            await _speaking.InvokeAsync(() =>
            {
                speaker.Watch(rids);
                return true;
            });
        }
    }

    private async Task<MeetingMeasurement> MeasureAsync(int process, CancellationToken cancel)
    {
        await OnViewersAsync(thread => thread.Latency.Reset(), viewer => viewer.Restart());
        var (idle, all) = Machine.Processors();
        var (clientCpu, sent, usage) = (Environment.CpuUsage.TotalTime, await SentAsync(), ProcessUsage.Of(process));
        var overflows = Machine.ReceiveOverflows("self") + Machine.ReceiveOverflows($"{process}");
        var started = Stopwatch.GetTimestamp();

        await Task.Delay(TimeSpan.FromSeconds(_options.Duration), cancel);

        var window = Stopwatch.GetElapsedTime(started);
        var (usageAfter, sentAfter) = (ProcessUsage.Of(process), await SentAsync());
        var (counts, latency) = (new ViewerCounts(), new LongHistogram(60_000_000, 3));
        await OnViewersAsync(thread => latency.Add(thread.Latency), viewer => counts += viewer.Counts);
        var (idleAfter, allAfter) = Machine.Processors();
        return new MeetingMeasurement
        {
            Options = _options,
            Joined = _seats.Count,
            Window = window,
            Sent = sentAfter - sent,
            Viewers = counts,
            Latency = latency,
            ServerCpu = usageAfter.Cpu - usage.Cpu,
            ServerMemory = usageAfter.ResidentBytes,
            ClientCpu = Environment.CpuUsage.TotalTime - clientCpu,
            Overflows = Machine.ReceiveOverflows("self") + Machine.ReceiveOverflows($"{process}") - overflows,
            Idle = (double)(idleAfter - idle) / Math.Max(1, allAfter - all),
        };
    }

    private Task<long> SentAsync() => _speaking.InvokeAsync(() => _speakers.Values.Sum(speaker => speaker.Sent));

    private async Task OnViewersAsync(Action<ClientThread> onThread, Action<Viewer> onViewer)
    {
        foreach (var thread in _viewing)
        {
            await thread.InvokeAsync(() =>
            {
                onThread(thread);
                foreach (var seat in _seats)
                    if (seat.Viewer.Thread == thread) onViewer(seat.Viewer);
                return true;
            });
        }
    }

    private sealed record Seat(string Name, string Transport, Viewer Viewer, IReadOnlyList<string> Slots);
}
