using CsCheck;
using RtcHub.Signal.Meetings;

namespace RtcHub.Signal.Tests.Meetings;

public sealed class TopologyTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 23, 9, 0, 0, TimeSpan.Zero);

    private readonly Topology _topology = new(meshLimit: 3, meshMost: 8);
    private DateTimeOffset _now = Start;

    [Fact]
    public void Up_to_the_limit_it_is_a_mesh_and_one_more_prepares_the_move()
    {
        Assert.False(Look(3));
        Assert.True(Look(4));
        Assert.Equal((MediaRoute.Mesh, MediaRoute.Sfu), (_topology.Route, _topology.Next));
        Assert.False(Look(4));
    }

    [Fact]
    public void The_move_is_done_when_the_last_one_has_everything()
    {
        Look(4);
        foreach (var id in (string[])["p0", "p1", "p2"]) Report(id, MoveState.Ready);
        Assert.False(Look(4));
        Report("p3", MoveState.Connected);
        Assert.False(Look(4));
        Report("p3", MoveState.Ready);
        Assert.True(Look(4));
        Assert.Equal((MediaRoute.Sfu, null), (_topology.Route, _topology.Next));
    }

    [Fact]
    public void When_time_is_over_a_way_that_is_open_is_good_enough()
    {
        Look(4);
        for (var i = 0; i < 4; i++) Report($"p{i}", MoveState.Connected);
        Assert.False(Look(4));
        Pass(Topology.Patience);
        Assert.True(Look(4));
        Assert.Equal(MediaRoute.Sfu, _topology.Route);
    }

    [Fact]
    public void Whoever_cannot_reach_the_media_service_keeps_the_room_a_mesh_and_is_named()
    {
        Look(4);
        Report("p2", MoveState.Failed);
        Assert.True(Look(4));
        Assert.Equal((MediaRoute.Mesh, null, "p2"), (_topology.Route, _topology.Next, _topology.HeldBackBy));
        Pass(Topology.RetryAfter);
        Assert.True(Look(4));
        Assert.Equal(MediaRoute.Sfu, _topology.Next);
    }

    [Fact]
    public void Whoever_says_nothing_in_time_has_no_way()
    {
        Look(4);
        for (var i = 0; i < 3; i++) Report($"p{i}", MoveState.Ready);
        Pass(Topology.Patience);
        Assert.True(Look(4));
        Assert.Equal((MediaRoute.Mesh, "p3"), (_topology.Route, _topology.HeldBackBy));
    }

    [Fact]
    public void Whoever_is_away_holds_nobody_up()
    {
        Look(4, away: 3);
        for (var i = 0; i < 3; i++) Report($"p{i}", MoveState.Ready);
        Assert.True(Look(4, away: 3));
        Assert.Equal(MediaRoute.Sfu, _topology.Route);
    }

    [Fact]
    public void Known_to_be_out_of_reach_the_room_does_not_even_try()
    {
        Look(3);
        _topology.Reaches("p1", sfu: false);
        Assert.True(Look(4));
        Assert.Equal((MediaRoute.Mesh, null, "p1"), (_topology.Route, _topology.Next, _topology.HeldBackBy));
        _topology.Forget("p1");
        Assert.True(Look(4));
        Assert.Equal(MediaRoute.Sfu, _topology.Next);
    }

    [Fact]
    public void Back_to_the_mesh_goes_who_has_been_few_for_a_while()
    {
        Up();
        Assert.False(Look(3));
        Pass(Topology.Calm - TimeSpan.FromSeconds(1));
        Assert.False(Look(3));
        Assert.False(Look(4));
        Assert.False(Look(3));
        Pass(Topology.Calm);
        Assert.True(Look(3));
        Assert.Equal((MediaRoute.Sfu, MediaRoute.Mesh), (_topology.Route, _topology.Next));
        for (var i = 0; i < 3; i++) Report($"p{i}", MoveState.Ready);
        Assert.True(Look(3));
        Assert.Equal((MediaRoute.Mesh, null), (_topology.Route, _topology.Next));
    }

    [Fact]
    public void Who_is_alone_changes_at_once()
    {
        Up();
        Look(1);
        Pass(Topology.Calm);
        Assert.True(Look(1));
        Assert.Equal((MediaRoute.Mesh, null), (_topology.Route, _topology.Next));
    }

    [Fact]
    public void A_program_needs_the_media_service_and_so_does_who_suffers()
    {
        Assert.True(Look(2, programs: 1));
        Assert.Equal(MediaRoute.Sfu, _topology.Next);
        Assert.True(Look(2));
        Assert.Null(_topology.Next);
        _topology.Suffers(_now);
        Assert.True(Look(2));
        Assert.Equal(MediaRoute.Sfu, _topology.Next);
    }

    [Fact]
    public void By_force_it_goes_where_it_is_told()
    {
        Assert.True(Look(2, forced: MediaRoute.Sfu));
        Assert.Equal(MediaRoute.Sfu, _topology.Next);
        Up();
        Assert.True(Look(5, forced: MediaRoute.Mesh));
        Assert.Equal(MediaRoute.Mesh, _topology.Next);
        Assert.Equal(8, _topology.Capacity(100, MediaRoute.Mesh, hasSfu: true));
        Assert.Equal(100, _topology.Capacity(100, null, hasSfu: true));
        Assert.Equal(8, _topology.Capacity(100, null, hasSfu: false));
    }

    [Fact]
    public void A_report_about_another_move_is_old_news()
    {
        Look(4);
        var first = _topology.Epoch;
        Look(3);
        Look(4);
        for (var i = 0; i < 4; i++) _topology.Report($"p{i}", first, MoveState.Ready);
        Assert.False(Look(4));
        Assert.Equal(MediaRoute.Sfu, _topology.Next);
    }

    [Fact]
    public void From_one_media_service_to_another_it_goes_when_everybody_has_it_there_or_cannot()
    {
        Up();
        Assert.True(Look(4, leaves: true));
        Assert.Equal((MediaRoute.Sfu, MediaRoute.Sfu, 0, 1), (_topology.Route, _topology.Next, _topology.Way, _topology.NextWay));
        for (var i = 0; i < 3; i++) Report($"p{i}", MoveState.Ready);
        Report("p3", MoveState.Connected);
        Assert.False(Look(4, leaves: true));
        Report("p3", MoveState.Failed);
        Assert.True(Look(4, leaves: true));
        Assert.Equal((MediaRoute.Sfu, null, 1, null), (_topology.Route, _topology.Next, _topology.Way, _topology.NextWay));
        Assert.Null(_topology.HeldBackBy);
        Assert.False(Look(4));
    }

    [Fact]
    public void Nobody_holds_up_a_move_that_has_to_be()
    {
        Up();
        Look(4, leaves: true);
        Pass(Topology.Patience - TimeSpan.FromSeconds(1));
        Assert.False(Look(4, leaves: true));
        Pass(TimeSpan.FromSeconds(1));
        Assert.True(Look(4, leaves: true));
        Assert.Equal((null, 1, null, null), (_topology.Next, _topology.Way, _topology.NextWay, _topology.HeldBackBy));
    }

    [Fact]
    public void Where_there_is_nothing_to_break_the_way_is_another_at_once()
    {
        Assert.True(Look(2, leaves: true));
        Assert.Equal((MediaRoute.Mesh, null, 1), (_topology.Route, _topology.Next, _topology.Way));
        Up();
        Assert.True(Look(1, leaves: true));
        Assert.Equal((MediaRoute.Sfu, null, 2), (_topology.Route, _topology.Next, _topology.Way));
    }

    [Fact]
    public void A_move_that_need_not_be_any_more_is_given_up_and_the_next_one_has_another_number()
    {
        Up();
        Look(4, leaves: true);
        Assert.True(Look(4));
        Assert.Equal((null, 0, null), (_topology.Next, _topology.Way, _topology.NextWay));
        Look(4, leaves: true);
        Assert.Equal(2, _topology.NextWay);
        Assert.True(Look(4, leaves: true, forced: MediaRoute.Mesh));
        Assert.Equal((MediaRoute.Mesh, null), (_topology.Next, _topology.NextWay));
    }

    [Fact]
    public void Whatever_happens_every_change_has_a_number_and_nothing_is_prepared_that_is_there()
    {
        var step = Gen.Select(Gen.Int[0, 9], Gen.Int[0, 5], Gen.Int[0, 9]);
        step.Array[1, 60].Sample(steps =>
        {
            var topology = new Topology(3, 8);
            var now = Start;
            foreach (var (what, who, seconds) in steps)
            {
                var before = (topology.Route, topology.Next, topology.Way, topology.NextWay);
                var epoch = topology.Epoch;
                now += TimeSpan.FromSeconds(seconds);
                if (what < 3) topology.Report($"p{who}", topology.Epoch, (MoveState)what);
                else if (what == 3) topology.Suffers(now);
                else if (what == 4) topology.Reaches($"p{who}", sfu: seconds > 4);
                else if (what == 5) topology.Forget($"p{who}");
                topology.Evaluate(new RoomLoad(what == 6 ? (MediaRoute)(who % 2) : null, what != 7, what == 8 ? 1 : 0, People(who, away: -1), Leaves: what == 9), now);
                if ((topology.Next == topology.Route) != topology.NextWay is not null) return false;
                if (topology.NextWay <= topology.Way || topology.Way < before.Way) return false;
                if (before != (topology.Route, topology.Next, topology.Way, topology.NextWay) != (epoch != topology.Epoch)) return false;
            }

            return true;
        });
    }

    private static Traveller[] People(int count, int away) => [.. Enumerable.Range(0, count).Select(i => new Traveller($"p{i}", i != away))];

    private bool Look(int people, int programs = 0, MediaRoute? forced = null, int away = -1, bool leaves = false) =>
        _topology.Evaluate(new RoomLoad(forced, HasSfu: true, programs, People(people, away), leaves), _now);

    private void Report(string id, MoveState state) => _topology.Report(id, _topology.Epoch, state);

    private void Pass(TimeSpan time) => _now += time;

    private void Up()
    {
        Look(4);
        for (var i = 0; i < 4; i++) Report($"p{i}", MoveState.Ready);
        Look(4);
        Assert.Equal((MediaRoute.Sfu, null), (_topology.Route, _topology.Next));
    }
}
