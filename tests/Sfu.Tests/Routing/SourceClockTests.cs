using CsCheck;
using RtcHub.Sfu.Routing;

namespace RtcHub.Sfu.Tests.Routing;

public sealed class SourceClockTests
{
    private const long Second = 1_000_000;

    [Fact]
    public void Before_the_first_report_no_time_is_known()
    {
        var clock = new SourceClock(1, new PublisherClock(), 90_000, video: true);
        Assert.False(clock.TryGetTimestamp(0, out _));
        clock.Receive(0, ntp: 0, timestamp: 5); // A sender without a clock (RFC 3550 section 6.4.1).
        Assert.False(clock.TryGetTimestamp(0, out _));
        clock.Receive(0, Ntp(0), 5);
        Assert.True(clock.TryGetTimestamp(Second, out var timestamp));
        Assert.Equal(90_005u, timestamp);
    }

    [Fact]
    public void Layers_of_one_publisher_translate_to_each_other_those_of_two_do_not()
    {
        var publisher = new PublisherClock();
        var (low, high) = (new SourceClock(1, publisher, 90_000, true), new SourceClock(2, publisher, 90_000, true));
        low.Receive(7 * Second, Ntp(3 * Second), 1_000);
        Assert.False(high.TryTranslate(low, 1_000, out _));
        high.Receive(8 * Second, Ntp(4 * Second), uint.MaxValue - 89_999); // Wraps one second on.
        Assert.True(high.TryTranslate(low, 1_000 + 180_000, out var own));
        Assert.InRange(own, 0u, 1u);
        var stranger = new SourceClock(3, new PublisherClock(), 90_000, true);
        stranger.Receive(8 * Second, Ntp(4 * Second), 0);
        Assert.False(high.TryTranslate(stranger, 0, out _));
    }

    /// <summary>
    /// Sound and picture that were taken at one moment are said to be of one moment, whatever the delay and jitter of the
    /// reports, the error and drift of the publisher's clock, and its setting in between.
    /// </summary>
    [Fact]
    public void Lip_sync_survives() =>
        Gen.Select(Gen.Long[-40_000_000 * Second, 40_000_000 * Second], Gen.Int[-100, 100], Gen.Int[0, 400_000].Array[40], Gen.Int[2, 60], Gen.UInt, Gen.UInt)
            .Sample((error, drift, delays, stepAt, audioStart, videoStart) =>
            {
                var publisher = new PublisherClock();
                var audio = new SourceClock(1, publisher, 48_000, video: false);
                var video = new SourceClock(2, publisher, 90_000, video: true);
                for (var i = 0; i < delays.Length; i++)
                {
                    // Capture time is the publisher's steady clock; its wall clock is wrong by an error that is corrected once, or never.
                    var captured = i * 1_300_000L;
                    var wall = captured + captured * drift / 1_000_000 + (i >= stepAt ? 0 : error);
                    var now = captured + delays[i];
                    if (i % 2 == 0) audio.Receive(now, Ntp(wall), audioStart + (uint)(captured * 48 / 1_000));
                    else video.Receive(now, Ntp(wall), videoStart + (uint)(captured * 9 / 100));
                    if (i == 0) continue;
                    Assert.True(audio.TryGetTimestamp(now, out var audioNow));
                    Assert.True(video.TryGetTimestamp(now, out var videoNow));
                    var audioTime = (int)(audioNow - audioStart) / 48.0;
                    var videoTime = (int)(videoNow - videoStart) / 90.0;
                    Assert.InRange(audioTime - videoTime, -2, 2); // ms

                    // And it is the truth, but for a delay and what the offset follows late.
                    Assert.InRange(audioTime - now / 1_000.0, -1_100, 1_100);
                }
            });

    // 32.32, some time in 2026; far enough from the era's ends that the test's errors do not matter.
    private static ulong Ntp(long microseconds)
    {
        var time = (Int128)3_900_000_000 * Second + microseconds;
        return (ulong)((time << 32) / Second);
    }
}
