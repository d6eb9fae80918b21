using CsCheck;
using RtcHub.Sfu.Routing;

namespace RtcHub.Sfu.Tests.Routing;

public sealed class StageTests
{
    private const byte Speech = 25, LoudSpeech = 10, Noise = 62, Silence = 127;

    [Fact]
    public void While_there_are_places_everybody_is_heard_and_keeps_theirs()
    {
        var room = new TestVoices(places: 3);
        var people = Enumerable.Range(0, 3).Select(i => room.Add($"p{i}")).ToArray();
        for (var round = 0; round < 10; round++)
        {
            room.Speak(people[round % 3], round % 2 == 0 ? Speech : Silence);
            room.Run(1);
            Assert.Equal(people, Enumerable.Range(0, 3).Select(place => room.Stage[place]));
        }
    }

    [Fact]
    public void Who_speaks_is_heard_and_told_within_300_ms_and_takes_the_place_of_who_was_silent_longest()
    {
        var room = new TestVoices(places: 2);
        var (ada, bo, cy) = (room.Add("ada"), room.Add("bo"), room.Add("cy"));
        Assert.Equal([ada, bo], [room.Stage[0], room.Stage[1]]);
        foreach (var (next, expected) in new[] { (ada, new[] { ada, bo }), (cy, [ada, cy]), (bo, [bo, cy]), (ada, [bo, ada]) })
        {
            room.Speak(next, Speech);
            var started = room.Now;
            room.Run(0.3);
            Assert.Equal(expected, [room.Stage[0], room.Stage[1]]);
            Assert.Contains(room.Told, told => told.Time >= started && told.Names.Split(' ').Contains(next.Participant));
            room.Run(1);
            room.Speak(next, Silence);
            room.Run(3);
            Assert.Equal("", room.Told[^1].Names);
        }
    }

    [Fact]
    public void Noise_a_click_and_the_pauses_between_words_change_nothing()
    {
        var room = new TestVoices(places: 1);
        var (ada, bo) = (room.Add("ada"), room.Add("bo"));
        room.Speak(bo, Noise);
        room.Run(5);
        room.Speak(bo, LoudSpeech);
        room.Run(0.02);
        room.Speak(bo, Noise);
        room.Run(1);
        Assert.Empty(room.Told);
        Assert.Same(ada, room.Stage[0]);
        for (var word = 0; word < 20; word++)
        {
            room.Speak(bo, Speech);
            room.Run(0.3);
            room.Speak(bo, Noise);
            room.Run(0.4);
        }

        Assert.Same(bo, room.Stage[0]);
        Assert.Equal(["bo"], room.Told.Select(told => told.Names));
    }

    [Fact]
    public void Who_speaks_is_not_sent_off_by_another_but_by_one_who_is_much_louder_and_not_at_once()
    {
        var room = new TestVoices(places: 1);
        var (ada, bo) = (room.Add("ada"), room.Add("bo"));
        room.Speak(ada, Speech);
        room.Run(1);
        room.Speak(bo, Speech - 3);
        room.Run(10);
        Assert.Same(ada, room.Stage[0]);
        room.Speak(bo, Speech - 15);
        room.Run(1);
        Assert.Same(bo, room.Stage[0]);
        room.Speak(ada, 0);
        room.Run(0.5);
        Assert.Same(bo, room.Stage[0]);
    }

    [Fact]
    public void Who_is_muted_has_no_place_and_who_leaves_gives_theirs_to_who_spoke_last()
    {
        var room = new TestVoices(places: 1);
        var (ada, bo, cy) = (room.Add("ada"), room.Add("bo"), room.Add("cy"));
        foreach (var each in new[] { bo, cy, bo })
        {
            room.Speak(each, Speech);
            room.Run(1);
            room.Speak(each, Silence);
            room.Run(3);
        }

        Assert.Same(bo, room.Stage[0]);
        room.Mute(bo, true);
        Assert.Same(cy, room.Stage[0]);
        room.Speak(bo, LoudSpeech);
        room.Run(1);
        Assert.Same(cy, room.Stage[0]);
        room.Leave(cy);
        Assert.Same(ada, room.Stage[0]);
        room.Mute(ada, true);
        Assert.Null(room.Stage[0]);
        room.Mute(bo, false);
        Assert.Same(bo, room.Stage[0]);
    }

    [Fact]
    public void Who_does_not_say_how_loud_they_are_is_heard_while_nobody_speaks_and_never_a_speaker()
    {
        var room = new TestVoices(places: 1);
        var unknown = room.Add("gst");
        var ada = room.Add("ada");
        room.Speak(unknown, PacketFacts.NoLevel);
        room.Run(2);
        Assert.Same(unknown, room.Stage[0]);
        Assert.Empty(room.Told);
        room.Speak(ada, Speech);
        room.Run(0.3);
        Assert.Same(ada, room.Stage[0]);
    }

    [Fact]
    public void Speakers_are_named_by_loudness_and_change_places_only_when_it_is_plain()
    {
        var room = new TestVoices(places: 3);
        var (ada, bo) = (room.Add("ada"), room.Add("bo"));
        room.Speak(ada, 30);
        room.Speak(bo, 28);
        room.Run(2);
        Assert.Equal(["ada bo"], room.Told.Select(told => told.Names));
        room.Speak(bo, 20);
        room.Run(2);
        Assert.Equal(["ada bo", "bo ada"], room.Told.Select(told => told.Names));
    }

    [Fact]
    public void Whoever_speaks_whenever_the_stage_holds_nobody_twice_nobody_muted_and_tells_five_times_a_second_at_most() =>
        Gen.Select(Gen.Int[1, 5], Gen.Int[1, 12], Gen.Select(Gen.Int[0, 11], Gen.Byte[0, 127], Gen.Int[1, 40], Gen.Bool).Array[10, 40]).Sample((places, people, script) =>
        {
            var room = new TestVoices(places);
            var tracks = Enumerable.Range(0, people).Select(i => room.Add($"p{i}")).ToArray();
            foreach (var (who, level, packets, mute) in script)
            {
                var track = tracks[who % people];
                if (mute) room.Mute(track, !track.Muted);
                else room.Speak(track, level);
                room.Run(packets * 0.02);
                var onStage = Enumerable.Range(0, places).Select(place => room.Stage[place]).OfType<PublisherTrack>().ToArray();
                Assert.Equal(onStage.Length, onStage.Distinct().Count());
                Assert.DoesNotContain(onStage, each => each.Muted);
                Assert.Equal(Math.Min(places, tracks.Count(each => !each.Muted)), onStage.Length);
            }

            Assert.All(room.Told.Zip(room.Told.Skip(1)), pair =>
            {
                Assert.NotEqual(pair.First.Names, pair.Second.Names);
                Assert.True(pair.Second.Time - pair.First.Time >= 200_000);
            });
        }, iter: 200);

    [Fact]
    public void A_place_does_not_flutter_when_many_talk_at_once()
    {
        var room = new TestVoices(places: 2);
        var tracks = Enumerable.Range(0, 6).Select(i => room.Add($"p{i}")).ToArray();
        var random = new Random(1);
        var before = room.Changes;
        room.Run(60, () =>
        {
            foreach (var track in tracks) room.Speak(track, (byte)random.Next(15, 40));
        });
        Assert.InRange(room.Changes - before, 0, 6);
    }
}
