using CsCheck;
using RtcHub.Signal.Meetings;

namespace RtcHub.Signal.Tests.Meetings;

public sealed class SlotPlanTests
{
    private static readonly Func<VideoKey, string?> Everybody = key => $"track of {key.Participant}";

    [Fact]
    public void Who_is_shown_and_still_wanted_stays_where_they_are()
    {
        var (first, _) = SlotPlan.Make(new SlotLoad[3], Wishes("a", "b", "c"), Everybody);
        var (second, missing) = SlotPlan.Make(first, Wishes("d", "c", "a"), Everybody);
        Assert.Equal(["a", "d", "c"], second.Select(load => load.Wish.Key.Participant));
        Assert.Equal(0, missing);
    }

    [Fact]
    public void Those_for_whom_there_is_no_slot_are_counted_and_the_most_important_come_first()
    {
        var (plan, missing) = SlotPlan.Make(new SlotLoad[2], Wishes("a", "b", "c", "d"), Everybody);
        Assert.Equal(["a", "b"], plan.Select(load => load.Wish.Key.Participant));
        Assert.Equal(2, missing);
    }

    [Fact]
    public void Who_publishes_nothing_takes_no_slot()
    {
        var (plan, missing) = SlotPlan.Make(new SlotLoad[2], Wishes("a", "b"), key => key.Participant == "a" ? null : "b's");
        Assert.Equal(["b's", null], plan.Select(load => load.Track));
        Assert.Equal(0, missing);
    }

    [Fact]
    public void A_picture_in_another_size_stays_in_its_slot()
    {
        var (first, _) = SlotPlan.Make(new SlotLoad[2], Wishes("a", "b"), Everybody);
        var (second, _) = SlotPlan.Make(first, [new(new("b", "camera"), 720, 9), new(new("a", "camera"), 90, 0)], Everybody);
        Assert.Equal([("a", 90), ("b", 720)], second.Select(load => (load.Wish.Key.Participant, load.Wish.MaxHeight)));
    }

    [Fact]
    public void Whatever_is_wanted_nobody_is_shown_twice_and_no_slot_is_left_empty_that_is_needed()
    {
        var names = Gen.Int[0, 12].Select(i => $"p{i}").Array[0, 12].Select(all => all.Distinct().ToArray());
        Gen.Select(Gen.Int[0, 8], names.Array[1, 10]).Sample((slots, rounds) =>
        {
            var now = new SlotLoad[slots];
            foreach (var wanted in rounds)
            {
                var (plan, missing) = SlotPlan.Make(now, Wishes(wanted), Everybody);
                var shown = plan.Where(load => load.Track is not null).Select(load => load.Wish.Key.Participant).ToArray();
                if (shown.Distinct().Count() != shown.Length || shown.Except(wanted).Any()) return false;
                if (shown.Length != Math.Min(slots, wanted.Length) || missing != wanted.Length - shown.Length) return false;
                for (var i = 0; i < slots; i++)
                {
                    if (now[i].Track is not null && wanted.Contains(now[i].Wish.Key.Participant) && plan[i].Wish.Key != now[i].Wish.Key) return false;
                }

                now = plan;
            }

            return true;
        });
    }

    private static VideoWish[] Wishes(params string[] participants) => [.. participants.Select(each => new VideoWish(new VideoKey(each, "camera"), 0, 0))];
}
