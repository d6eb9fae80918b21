using CsCheck;
using RtcHub.Sfu.Workers;

namespace RtcHub.Sfu.Tests.Workers;

public sealed class TimerWheelTests
{
    [Fact]
    public void Everybody_is_woken_once_not_early_and_at_most_a_tick_late() =>
        Gen.Select(Gen.Long[0, 20_000_000].Array[1, 100], Gen.Long[1, 400_000].Array[1, 200]).Sample((dues, steps) =>
        {
            var wheel = new TimerWheel(0);
            var sleepers = dues.Select(due => new Sleeper()).ToArray();
            for (var i = 0; i < dues.Length; i++) wheel.Schedule(sleepers[i], dues[i]);
            var now = 0L;
            foreach (var step in steps)
            {
                now += step;
                wheel.Advance(now);
                for (var i = 0; i < dues.Length; i++)
                {
                    if (sleepers[i].WokenAt is { } at) Assert.InRange(at, dues[i], long.MaxValue);
                    else Assert.True(dues[i] > now - TimerWheel.Tick, $"due at {dues[i]}, still asleep at {now}");
                }
            }

            Assert.Equal(sleepers.Count(sleeper => sleeper.WokenAt is null), wheel.Count);
            Assert.All(sleepers, sleeper => Assert.InRange(sleeper.Wakes, 0, 1));
        }, iter: 200);

    [Fact]
    public void The_last_wish_counts_and_a_cancelled_one_is_forgotten()
    {
        var wheel = new TimerWheel(0);
        var (moved, cancelled) = (new Sleeper(), new Sleeper());
        wheel.Schedule(moved, 50_000);
        wheel.Schedule(moved, 5_000_000);
        wheel.Schedule(cancelled, 60_000);
        wheel.Cancel(cancelled);
        Assert.Equal(1, wheel.Count);
        wheel.Advance(4_999_999);
        Assert.Null(moved.WokenAt);
        wheel.Advance(5_010_000);
        Assert.Equal(5_010_000, moved.WokenAt);
        Assert.Equal((0, 0), (cancelled.Wakes, wheel.Count));
    }

    [Fact]
    public void Who_wakes_may_cancel_whoever_would_be_next()
    {
        var wheel = new TimerWheel(0);
        var second = new Sleeper();
        var first = new Sleeper { OnWake = () => wheel.Cancel(second) };
        wheel.Schedule(second, 10_000);
        wheel.Schedule(first, 10_000); // in front of it
        wheel.Advance(20_000);
        Assert.Equal((1, 0, 0), (first.Wakes, second.Wakes, wheel.Count));
    }

    [Fact]
    public void The_wait_ends_where_the_first_one_is_due()
    {
        var wheel = new TimerWheel(0);
        Assert.Equal(1_000_000, wheel.Wait(0));
        wheel.Schedule(new Sleeper(), 123_000);
        Assert.InRange(wheel.Wait(0), 123_000, 123_000 + TimerWheel.Tick);
        Assert.Equal(0, wheel.Wait(500_000));
    }

    private sealed class Sleeper : TimerEntry
    {
        public long? WokenAt { get; private set; }

        public int Wakes { get; private set; }

        public Action OnWake { get; init; } = () => { };

        public override void Wake(long now)
        {
            (WokenAt, Wakes) = (now, Wakes + 1);
            OnWake();
        }
    }
}
