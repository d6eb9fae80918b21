using System.Buffers.Binary;
using RtcHub.Rtc.Rtcp;
using RtcHub.Rtc.Rtp;

namespace RtcHub.Sfu.Tests.Routing.Route;

/// <summary>
/// Whole routes in memory: camera, publisher, cache, slots and screens, over links that lose. What a screen must see in every
/// single picture is checked by <see cref="TestScreen"/> itself, what the ciphers rely on by <see cref="TestTransport"/>.
/// </summary>
public sealed class RouteTests
{
    private const long Second = 1_000_000;
    private const long Millisecond = 1_000;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Without_loss_every_picture_is_shown_and_nothing_is_asked_for(bool rtx)
    {
        var route = new TestRoute(seed: 1, rtx: rtx);
        var (camera, track, _) = route.AddCamera();
        var (screen, _, _) = route.AddScreen(track);
        route.Run(10);
        Assert.InRange(screen.Shown.Count, camera.Pictures - 2, camera.Pictures);
        Assert.Equal((0, 0, 0), (camera.Nacks, screen.Nacks, screen.Retransmissions));
    }

    [Theory]
    [InlineData(0.05, true, 0.98, 300)]
    [InlineData(0.05, false, 0.98, 300)]
    [InlineData(0.20, true, 0.90, 1_600)]
    [InlineData(0.20, false, 0.90, 1_600)]
    public void With_loss_on_all_ways_nearly_every_picture_is_shown_and_freezes_are_bounded(double loss, bool rtx, double shown, int freeze)
    {
        for (var seed = 1; seed <= 5; seed++)
        {
            var route = new TestRoute(seed, loss, jitter: 3_000, rtx);
            var (camera, track, _) = route.AddCamera();
            var screens = Enumerable.Range(0, 3).Select(_ => route.AddScreen(track).Screen).ToList();
            route.Run(20);
            foreach (var screen in screens)
            {
                Assert.InRange(screen.Shown.Count, camera.Pictures * shown, camera.Pictures);
                Assert.InRange(screen.LongestFreeze(2 * Second, 20 * Second), 0, freeze * Millisecond);
                Assert.Equal(rtx, screen.Retransmissions > 0);
            }
        }
    }

    [Fact]
    public void What_subscribers_lose_the_cache_answers_and_the_publisher_never_hears_of_it()
    {
        var route = new TestRoute(seed: 3);
        var (camera, track, _) = route.AddCamera();
        var screens = Enumerable.Range(0, 10).Select(_ => route.AddScreen(track)).ToList();
        foreach (var (_, _, down) in screens) down.Loss = 0.1;
        route.Run(10);
        Assert.Equal(0, camera.Nacks);
        Assert.All(screens, one => Assert.InRange(one.Screen.Shown.Count, camera.Pictures - 20, camera.Pictures));
        Assert.All(screens, one => Assert.True(one.Screen.Retransmissions > 50));
    }

    [Fact]
    public void What_the_publisher_loses_is_asked_for_once_whoever_watches()
    {
        var route = new TestRoute(seed: 4);
        var (camera, track, up) = route.AddCamera();
        var screens = Enumerable.Range(0, 10).Select(_ => route.AddScreen(track).Screen).ToList();
        up.Loss = 0.05;
        route.Run(10);

        // 1,090 packets, 5 % lost, and 5 % of the answers.
        Assert.InRange(camera.Nacks, 30, 90);
        Assert.All(screens, screen => Assert.InRange(screen.Shown.Count, camera.Pictures - 5, camera.Pictures));
    }

    [Fact]
    public void However_many_join_the_publisher_makes_two_keyframes_a_second_at_most()
    {
        var route = new TestRoute(seed: 5);
        var (camera, track, _) = route.AddCamera();
        route.AddScreen(track);
        route.Run(2);
        var before = camera.Plis.Count;
        for (var i = 0; i < 40; i++)
        {
            var joined = route.Now;
            var (screen, _, _) = route.AddScreen(track);
            route.Run(0.1);
            if (i % 10 == 9) route.Run(1);
            if (i % 10 == 9) Assert.InRange(screen.Shown[0].Time - joined, 0, 700 * Millisecond);
        }

        Assert.InRange(camera.Plis.Count - before, 4, 8 * 2);
        Assert.All(camera.Plis.Zip(camera.Plis.Skip(1)), pair => Assert.InRange(pair.Second - pair.First, 499 * Millisecond, long.MaxValue));
    }

    [Fact]
    public void A_pause_leaves_no_trace_but_the_time_that_passed()
    {
        var route = new TestRoute(seed: 6);
        var (camera, track, _) = route.AddCamera();
        var (screen, _, _) = route.AddScreen(track);
        route.Run(3.01);
        track.Mute(true, route.Now);
        route.Run(0.1);
        var (shown, packets) = (screen.Shown.Count, route.Transports[0].Packets);
        route.Run(2);
        Assert.Equal((shown, packets), (screen.Shown.Count, route.Transports[0].Packets));
        var resumed = route.Now;
        track.Mute(false, route.Now);
        route.Run(3);

        // Back with a keyframe a round trip later, nobody asked for anything, and time went on as it did outside.
        var (last, first) = (screen.Shown[shown - 1], screen.Shown[shown]);
        Assert.InRange(first.Time - resumed, 0, 150 * Millisecond);
        Assert.Equal(0, screen.Nacks);
        var passed = camera.TakenAt(first.Picture) - camera.TakenAt(last.Picture);
        Assert.InRange(SequenceNumber.Difference(first.Timestamp, last.Timestamp) / 90.0, passed / 1_000.0 - 1, passed / 1_000.0 + 1);
        Assert.InRange(screen.LongestFreeze(first.Time, route.Now), 0, 100 * Millisecond);
    }

    [Fact]
    public void A_slot_goes_from_camera_to_camera_and_the_screen_sees_one_stream()
    {
        var route = new TestRoute(seed: 7, loss: 0.03, jitter: 3_000);
        var (_, first, _) = route.AddCamera();
        var (_, second, _) = route.AddCamera();
        var (screen, slot, _) = route.AddScreen(first);
        route.Run(2);
        for (var i = 1; i <= 20; i++)
        {
            var switched = route.Now;
            slot.Assign(i % 2 == 0 ? first : second, route.Now);
            route.Run(1.5);
            var seen = screen.Shown.First(one => one.Time >= switched && one.Camera == i % 2 + 1);
            Assert.InRange(seen.Time - switched, 0, 800 * Millisecond); // A lost PLI is repeated after 500 ms.
            Assert.DoesNotContain(screen.Shown, one => one.Time > seen.Time && one.Camera != i % 2 + 1);
        }

        Assert.Equal(1, screen.Plis); // The one that it starts with.
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.03)]
    public void A_tile_that_grows_and_shrinks_gets_the_layer_that_fills_it_and_no_picture_stands_still(double loss)
    {
        var route = new TestRoute(seed: 13, loss, jitter: 3_000);
        var (low, high, track) = route.AddSimulcast();
        route.Run(2);
        var (screen, slot, _) = route.AddScreen(track);
        route.Run(1);
        for (var i = 0; i < 10; i++)
        {
            var (switched, isSmall, keyframes) = (route.Now, i % 2 == 0, (low.Plis.Count, high.Plis.Count));
            slot.Assign(track, route.Now, maxHeight: isSmall ? 200 : 1_000);
            route.Run(2);
            var camera = isSmall ? 1 : 2;
            var first = screen.Shown.First(one => one.Time >= switched && one.Camera == camera);
            Assert.InRange(first.Time - switched, 0, (loss > 0 ? 900 : 200) * Millisecond);
            Assert.DoesNotContain(screen.Shown, one => one.Time > first.Time && one.Camera != camera);

            // The one goes on until the other is there, which alone was asked for a keyframe.
            Assert.InRange(screen.LongestFreeze(switched, first.Time + Second), 0, (loss > 0 ? 300 : 100) * Millisecond);
            Assert.Equal(isSmall ? keyframes.Item2 : keyframes.Item1, isSmall ? high.Plis.Count : low.Plis.Count);
        }

        if (loss == 0) Assert.Equal(0, screen.Nacks);
    }

    [Fact]
    public void A_layer_that_stops_is_replaced_by_another_and_taken_again_when_it_is_back()
    {
        var route = new TestRoute(seed: 14);
        var (low, high, track) = route.AddSimulcast();
        var (screen, _, _) = route.AddScreen(track);
        route.Run(3);
        Assert.Equal(2, screen.Shown[^1].Camera);
        high.IsOn = false;
        var stopped = route.Now;
        route.Run(3);
        Assert.Equal(1, screen.Shown[^1].Camera);
        Assert.InRange(screen.LongestFreeze(stopped - Second, route.Now), 0, 1_200 * Millisecond);
        high.IsOn = true;
        var back = route.Now;
        route.Run(2);
        Assert.InRange(screen.Shown.First(one => one.Time > back && one.Camera == 2).Time - back, 0, 150 * Millisecond);
        Assert.True(low.Pictures > 200);
    }

    [Fact]
    public void A_layer_that_says_goodbye_is_replaced_at_once_and_goes_on_under_its_old_number()
    {
        var route = new TestRoute(seed: 15);
        var (_, high, track) = route.AddSimulcast();
        var (screen, _, _) = route.AddScreen(track);
        route.Run(3);
        high.SayGoodbye(route.Now);
        var stopped = route.Now;
        route.Run(3);
        Assert.Equal(1, screen.Shown[^1].Camera);
        Assert.InRange(screen.LongestFreeze(stopped - Second, route.Now), 0, 300 * Millisecond);
        high.IsOn = true;
        route.Run(2);
        Assert.Equal(2, screen.Shown[^1].Camera);
        Assert.Equal(2, track.Layers.Count);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.03)]
    public void With_simulcast_the_best_layer_that_comes_is_shown_as_one_stream(double loss)
    {
        var route = new TestRoute(seed: 12, loss, jitter: 3_000);
        var (low, high, track) = route.AddSimulcast();
        var (screen, _, _) = route.AddScreen(track);
        high.IsOn = false;
        route.Run(3);
        Assert.All(screen.Shown, one => Assert.Equal(1, one.Camera));
        for (var i = 0; i < 5; i++)
        {
            high.IsOn = true;
            route.Run(4);
            Assert.Equal(2, screen.Shown[^1].Camera);
            high.IsOn = false; // As a sender does that runs out of bandwidth.
            route.Run(4);
            Assert.Equal(1, screen.Shown[^1].Camera);
        }

        // Time is told as it passed, across all switches: the layers' clocks are tied together by their reports. Only where a keyframe
        // comes late is it moved behind what was shown already.
        var first = screen.Shown.First(one => one.Time > 3 * Second);
        var offset = first.Timestamp - (uint)(Taken(first) * 9 / 100);
        foreach (var one in screen.Shown.SkipWhile(one => one != first))
        {
            var error = SequenceNumber.Difference(one.Timestamp, offset + (uint)(Taken(one) * 9 / 100));
            Assert.InRange(error, -100, loss == 0 ? 100 : 20_000);
        }

        Assert.InRange(screen.LongestFreeze(2 * Second, route.Now), 0, 3_000 * Millisecond);

        long Taken((long, int Camera, int Picture, uint) one) => (one.Camera == 1 ? low : high).TakenAt(one.Picture);
    }

    [Fact]
    public void After_an_outage_the_picture_comes_back_by_itself()
    {
        var route = new TestRoute(seed: 8);
        var (camera, track, up) = route.AddCamera();
        var (screen, _, _) = route.AddScreen(track);
        route.Run(3);
        up.Loss = 1;
        route.Run(6); // More packets than the cache holds or NACKs could ask for.
        up.Loss = 0;
        var back = route.Now;
        route.Run(2);
        Assert.InRange(screen.Shown.First(one => one.Time >= back).Time - back, 0, 300 * Millisecond);
        Assert.InRange(camera.Nacks, 0, 100);
        Assert.InRange(screen.LongestFreeze(back + Second, route.Now), 0, 100 * Millisecond);
    }

    [Fact]
    public void A_retransmission_of_what_was_never_sent_stops_nothing()
    {
        var route = new TestRoute(seed: 10);
        var (camera, track, up) = route.AddCamera();
        var (screen, _, _) = route.AddScreen(track);
        route.Run(2);
        var packet = new byte[40];
        RtpHeader.TryWrite(packet, TestCamera.RtxPayloadType, false, 1, 2, ssrc: 1_001);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(12), 65_400 + 20_000 - 65_536); // Far ahead of what the camera has come to.
        up.Send(route.Now, packet, 1);
        route.Run(2);
        Assert.InRange(screen.Shown.Count, camera.Pictures - 2, camera.Pictures);
    }

    [Fact]
    public void A_stray_ssrc_takes_nothing_from_a_camera_that_sends_but_succeeds_one_that_has_stopped()
    {
        var route = new TestRoute(seed: 13);
        var (camera, track, up) = route.AddCamera();
        var (screen, _, _) = route.AddScreen(track);
        route.Run(2);
        var stray = new byte[40];
        for (ushort i = 0; i < 100; i++)
        {
            RtpHeader.TryWrite(stray, TestCamera.PayloadType, false, i, 2, ssrc: 999);
            up.Send(route.Now, stray.ToArray(), i);
            route.Run(0.02);
        }

        Assert.InRange(screen.Shown.Count, camera.Pictures - 2, camera.Pictures);
        camera.IsOn = false;
        route.Run(1);
        var began = route.Now;
        route.AddSuccessor(camera: 2, ssrc: 998, up);
        route.Run(4);
        Assert.InRange(screen.Shown.First(one => one.Camera == 2).Time - began, 0, 2 * Second);
    }

    [Fact]
    public void Reports_tell_when_a_picture_was_taken_before_and_after_a_pause()
    {
        var route = new TestRoute(seed: 9);
        var (camera, track, _) = route.AddCamera();
        var (screen, _, _) = route.AddScreen(track);
        route.Run(5);
        track.Mute(true, route.Now);
        route.Run(3);
        track.Mute(false, route.Now);
        route.Run(5);
        Assert.InRange(screen.Reports.Count, 8, 14);
        var (time, timestamp) = screen.Reports[0];
        foreach (var report in screen.Reports)
        {
            // Both say the same of the same picture, and it is the time at which it was taken plus the way to the hub.
            foreach (var shown in screen.Shown.Where(one => Math.Abs(one.Time + NtpTime.UnixEpoch - report.Time) < Second))
            {
                var taken = report.Time - NtpTime.UnixEpoch + SequenceNumber.Difference(shown.Timestamp, report.Timestamp) * 1_000L / 90;
                Assert.InRange(taken - camera.TakenAt(shown.Picture), 15 * Millisecond, 25 * Millisecond);
            }
        }

        Assert.All(screen.Reports, report => Assert.InRange(SequenceNumber.Difference(report.Timestamp, timestamp) / 90.0 - (report.Time - time) / 1_000.0, -10, 10));
    }
}
