using CsCheck;
using RtcHub.Sfu.Routing;

namespace RtcHub.Sfu.Tests.Routing;

public sealed class KeyframesTests
{
    private const long Millisecond = 1_000;

    [Fact]
    public void The_first_request_goes_out_at_once_and_stands_for_all()
    {
        var keyframes = new Keyframes();
        Assert.False(keyframes.TryPoll(0));
        for (var i = 0; i < 100; i++) keyframes.Request();
        Assert.True(keyframes.TryPoll(0));
        Assert.False(keyframes.TryPoll(0));
        keyframes.Received();
        Assert.Equal(long.MaxValue, keyframes.NextTimeout);
    }

    [Fact]
    public void A_request_that_comes_too_soon_waits_its_turn()
    {
        var keyframes = new Keyframes();
        keyframes.Request();
        Assert.True(keyframes.TryPoll(0));
        keyframes.Received();
        keyframes.Request();
        Assert.Equal(Keyframes.MinInterval, keyframes.NextTimeout);
        Assert.False(keyframes.TryPoll(Keyframes.MinInterval - 1));
        Assert.True(keyframes.TryPoll(Keyframes.MinInterval));
    }

    [Fact]
    public void While_no_keyframe_comes_the_request_is_repeated_ever_more_rarely()
    {
        var keyframes = new Keyframes();
        keyframes.Request();
        Assert.Equal([0, 500, 1_500, 3_500, 7_500, 11_500], Sent(keyframes, 12_000));
    }

    [Fact]
    public void A_long_way_to_the_publisher_is_waited_for()
    {
        var keyframes = new Keyframes { Rtt = 700 * Millisecond };
        keyframes.Request();
        Assert.Equal([0, 1_400, 2_800, 4_800], Sent(keyframes, 5_000));
    }

    [Fact]
    public void When_nobody_waits_any_more_nothing_is_sent()
    {
        var keyframes = new Keyframes();
        keyframes.Request();
        Assert.True(keyframes.TryPoll(0));
        keyframes.Cancel();
        Assert.Empty(Sent(keyframes, 10_000));
    }

    /// <summary>Any pattern of requests and keyframes: none is sent unasked, none within the interval, none is forgotten.</summary>
    [Fact]
    public void The_throttle_holds_and_every_wish_is_served() =>
        Gen.Int[0, 40].Array[0, 500].Sample(steps =>
        {
            var keyframes = new Keyframes();
            var (wanted, last, waiting) = (false, -1_000_000L, 0L);
            for (var i = 0; i < steps.Length; i++)
            {
                var now = i * 20 * Millisecond;
                if (steps[i] is 0 or 1) (wanted, waiting) = (true, wanted ? waiting : now);
                if (steps[i] is 0 or 1) keyframes.Request();
                if (steps[i] == 2) wanted = false;
                if (steps[i] == 2) keyframes.Received();
                if (keyframes.TryPoll(now))
                {
                    Assert.True(wanted);
                    Assert.InRange(now - last, Keyframes.MinInterval, long.MaxValue);
                    (last, waiting) = (now, now);
                }

                if (wanted) Assert.InRange(now - waiting, 0, Keyframes.MaxInterval);
                Assert.Equal(wanted, keyframes.NextTimeout != long.MaxValue);
                if (wanted) Assert.InRange(keyframes.NextTimeout, now + 1, last + Keyframes.MaxInterval);
            }
        });

    private static List<long> Sent(Keyframes keyframes, long milliseconds)
    {
        var sent = new List<long>();
        for (var ms = 0L; ms < milliseconds; ms++)
        {
            if (keyframes.TryPoll(ms * Millisecond)) sent.Add(ms);
        }

        return sent;
    }
}
