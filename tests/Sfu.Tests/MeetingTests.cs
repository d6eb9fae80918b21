using System.Diagnostics;
using RtcHub.Rtc.Rtp;
using RtcHub.Sfu.Control;
using RtcHub.Sfu.Routing;

namespace RtcHub.Sfu.Tests;

/// <summary>The sound of a meeting, from socket to socket: who is heard, by whom, in which slot.</summary>
public sealed class MeetingTests
{
    private const byte Speech = 20, Silence = 127;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Slots_follow_who_speaks_without_signalling_and_the_stream_in_them_goes_on()
    {
        await using var sfu = TestSfu.Start(configure: options => options.AudioSlots = 2);
        using var meeting = new Meeting(sfu);
        var (ada, bo, cy) = (await meeting.SpeakAsync("ada"), await meeting.SpeakAsync("bo"), await meeting.SpeakAsync("cy"));
        var listener = await meeting.ListenAsync("dee", slots: 2);

        meeting.Run(listener, () => Heard(listener).Contains(ada.Mark) && Heard(listener).Contains(bo.Mark));
        Assert.DoesNotContain(cy.Mark, Heard(listener));

        // Cy takes the place of one who was silent; the other stays where they were.
        cy.Level = Speech;
        meeting.Run(listener, () => Heard(listener).Contains(cy.Mark));
        meeting.Run(listener, () => meeting.Speakers is ["cy"]);
        Assert.Contains("cy", meeting.Stage);
        Assert.Equal(await meeting.HeardAsync("dee"), meeting.Stage);
        var slot = SsrcOf(listener, cy.Mark);
        cy.Level = Silence;
        ada.Level = bo.Level = Speech;
        listener.Rtp.Clear();
        meeting.Run(listener, () => Heard(listener) is var heard && heard.Contains(ada.Mark) && heard.Contains(bo.Mark) && !listener.Rtp.TakeLast(20).Any(packet => packet[^1] == cy.Mark));
        ada.Level = Silence;
        cy.Level = Speech;
        meeting.Run(listener, () => Heard(listener).Contains(cy.Mark) && listener.Rtp.Count > 50);

        // Whoever came one after another in a slot: no number is missing, time goes forward, and who is new begins a talk spurt.
        foreach (var stream in listener.Rtp.GroupBy(packet => RtpHeader.Ssrc(packet)))
        {
            foreach (var (one, next) in stream.Zip(stream.Skip(1)))
            {
                Assert.Equal(1, (ushort)(RtpHeader.SequenceNumber(next) - RtpHeader.SequenceNumber(one)));
                Assert.True(SequenceNumber.IsNewer(RtpHeader.Timestamp(next), RtpHeader.Timestamp(one)));
                Assert.True(one[^1] == next[^1] || RtpHeader.Marker(next));
            }
        }

        Assert.NotEqual(0u, slot);
        Assert.Equal(2, listener.Rtp.Select(packet => RtpHeader.Ssrc(packet)).Distinct().Count());
    }

    [Fact]
    public async Task Nobody_hears_themselves_and_what_nobody_may_hear_is_not_sent()
    {
        await using var sfu = TestSfu.Start(configure: options => options.AudioSlots = 1);
        using var meeting = new Meeting(sfu);
        var (ada, bo) = (await meeting.SpeakAsync("ada"), await meeting.SpeakAsync("bo"));
        var (adasEar, other) = (await meeting.ListenAsync("ada", slots: 1), await meeting.ListenAsync("dee", slots: 1));
        ada.Level = Speech;
        meeting.Run(other, () => Heard(other).Contains(ada.Mark));
        meeting.Run(adasEar, () => Heard(other).Count > 0);
        Assert.Empty(adasEar.Rtp);

        // Then bo: ada hears him, and of ada nothing is sent to anybody.
        (ada.Level, bo.Level) = (Silence, Speech);
        meeting.Run(adasEar, () => Heard(adasEar).Contains(bo.Mark));
        var sent = sfu.Counters.RtpPacketsOut;
        Assert.DoesNotContain(ada.Mark, Heard(adasEar));
        meeting.Run(other, () => sfu.Counters.RtpPacketsOut >= sent + 20);
        Assert.Equal(bo.Mark, other.Rtp[^1][^1]);
    }

    [Fact]
    public async Task Who_is_muted_is_not_heard_whatever_their_client_sends()
    {
        await using var sfu = TestSfu.Start();
        using var meeting = new Meeting(sfu);
        var (ada, bo) = (await meeting.SpeakAsync("ada"), await meeting.SpeakAsync("bo"));
        var listener = await meeting.ListenAsync("dee", slots: 5);
        (ada.Level, bo.Level) = (Speech, Speech);
        meeting.Run(listener, () => Heard(listener).Contains(ada.Mark) && Heard(listener).Contains(bo.Mark) && meeting.Speakers.Count == 2);
        var room = await sfu.Sfu.GetRoomAsync("r", Cancel);
        var track = room!.Tracks.Single(each => each is { Participant: "ada", Kind: "audio" });
        await sfu.Sfu.MuteAsync(track.Id, true, Cancel);
        meeting.Run(listener, () => sfu.Counters.Drops[(int)DropReason.Muted] > 20);
        meeting.Run(listener, () => meeting.Speakers is ["bo"]);
        listener.Rtp.Clear();
        meeting.Run(listener, () => listener.Rtp.Count > 20);
        Assert.DoesNotContain(ada.Mark, Heard(listener));
        await sfu.Sfu.MuteAsync(track.Id, false, Cancel);
        meeting.Run(listener, () => Heard(listener).Contains(ada.Mark));
    }

    [Fact]
    public async Task Audio_of_a_meeting_is_not_to_be_assigned()
    {
        await using var sfu = TestSfu.Start();
        using var meeting = new Meeting(sfu);
        var offer = await sfu.Sfu.SubscribeAsync(new SubscribeRequest("r", "dee", 1, 1), Cancel);
        using var client = new TestClient(sends: false);
        await sfu.Sfu.AnswerAsync(offer.Transport, client.Answer(offer.Sdp), Cancel);
        var refused = await Assert.ThrowsAsync<SfuException>(() => sfu.Sfu.AssignAsync(offer.Transport, [new SlotAssignment(offer.Slots.Single(slot => slot.Kind == "audio").Mid, null)], Cancel));
        Assert.Equal(SfuError.Conflict, refused.Error);
    }

    private static HashSet<byte> Heard(TestClient client) => [.. client.Rtp.Select(packet => packet[^1])];

    private static uint SsrcOf(TestClient client, byte mark) => RtpHeader.Ssrc(client.Rtp.Last(packet => packet[^1] == mark));

    private sealed class Voice(TestClient client, byte mark)
    {
        private ulong _index = 100;

        public byte Mark => mark;

        /// <summary>In -dBov.</summary>
        public byte Level { get; set; } = Silence;

        public void Speak() => client.SendSound(_index++, Level, mark);
    }

    /// <summary>People who send sound all the time, as loud as they are told to be.</summary>
    private sealed class Meeting : IDisposable
    {
        private static readonly TimeSpan Packet = TimeSpan.FromMilliseconds(10);

        private readonly TestSfu _sfu;
        private readonly List<Voice> _voices = [];
        private readonly List<TestClient> _clients = [];
        private readonly CancellationTokenSource _end = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        private volatile IReadOnlyList<string> _speakers = [];
        private volatile IReadOnlyList<string?> _stage = [];
        private Stopwatch? _sent;

        public Meeting(TestSfu sfu)
        {
            _sfu = sfu;
            _ = ListenAsync(sfu.Sfu.EventsAsync(_end.Token));
        }

        /// <summary>Who speaks, as it was told last.</summary>
        public IReadOnlyList<string> Speakers => _speakers;

        /// <summary>Who is heard in which slot, as it was told last.</summary>
        public IReadOnlyList<string?> Stage => _stage;

        /// <summary>Who is heard in which audio slot of a listener, as the service has it.</summary>
        public async Task<IEnumerable<string?>> HeardAsync(string listener)
        {
            var room = (await _sfu.Sfu.GetRoomAsync("r", Cancel))!;
            return room.Transports.Single(one => one.Participant == listener && one.Slots.Count > 0).Slots.Where(slot => slot.Kind == "audio")
                .Select(slot => room.Tracks.SingleOrDefault(track => track.Id == slot.Track)?.Participant);
        }

        public async Task<Voice> SpeakAsync(string name)
        {
            var client = new TestClient(sends: true);
            _clients.Add(client);
            var answer = await _sfu.Sfu.ConnectAsync(new ConnectRequest("r", name, client.Offer()), Cancel);
            Assert.True(client.Connect(answer.Sdp));
            _voices.Add(new Voice(client, (byte)(_voices.Count + 1)));
            return _voices[^1];
        }

        public async Task<TestClient> ListenAsync(string name, int slots)
        {
            var client = new TestClient(sends: false);
            _clients.Add(client);
            var offer = await _sfu.Sfu.SubscribeAsync(new SubscribeRequest("r", name, slots, 1), Cancel);
            await _sfu.Sfu.AnswerAsync(offer.Transport, client.Answer(offer.Sdp), Cancel);
            Assert.True(client.Connect(offer.Sdp));
            return client;
        }

        /// <summary>Until it is so at the one who listens.</summary>
        public void Run(TestClient listener, Func<bool> until) => listener.Pump(() =>
        {
            if (_sent is null || _sent.Elapsed >= Packet)
            {
                foreach (var voice in _voices) voice.Speak();
                _sent = Stopwatch.StartNew();
            }

            return until();
        });

        public void Dispose()
        {
            _end.Cancel();
            _clients.ForEach(client => client.Dispose());
            _end.Dispose();
        }

        private async Task ListenAsync(IAsyncEnumerable<SfuEvent> events)
        {
            await foreach (var happened in events)
            {
                if (happened.Kind == SfuEvent.Speaking) (_speakers, _stage) = (happened.Speakers!, happened.Stage!);
            }
        }
    }
}
