using RtcHub.Sfu.Control;

namespace RtcHub.Sfu.Tests.Routing.Route;

/// <summary>Forwarding that adapts: paths that become narrow and wide again, with cameras in layers, screens that tell when packets came, and probes.</summary>
public sealed class AdaptationTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_path_that_narrows_gets_the_small_layer_within_five_seconds_and_the_large_one_back_within_fifteen(int seed)
    {
        var route = new TestRoute(seed, jitter: 4_000);
        var (_, _, track) = route.AddSimulcast(lowSize: 150);
        var (screen, _, down) = route.AddScreen(track, transportCc: true);
        down.Capacity = 3_000_000;
        route.Run(10);
        Assert.Equal(2, screen.Shown[^1].Camera);

        down.Capacity = 300_000;
        var narrowed = route.Now;
        route.Run(5);
        Assert.Equal(1, screen.Shown[^1].Camera);
        var settled = route.Now;
        route.Run(20);
        Assert.DoesNotContain(screen.Shown, one => one.Time > settled && one.Camera == 2);
        Assert.InRange(screen.LongestFreeze(settled, route.Now), 0, 200_000);

        down.Capacity = 3_000_000;
        var widened = route.Now;
        route.Run(15);
        Assert.Equal(2, screen.Shown[^1].Camera);
        output.WriteLine($"down after {(screen.Shown.First(one => one.Time > narrowed && one.Camera == 1).Time - narrowed) / 1_000} ms, "
            + $"longest freeze {screen.LongestFreeze(narrowed, settled) / 1_000} ms, up after {(screen.Shown.First(one => one.Time > widened && one.Camera == 2).Time - widened) / 1_000} ms, "
            + $"{route.Counters.Probes} probes of {route.Counters.ProbeBytes} bytes, {route.Counters.LayerSwitches} switches");
        Assert.InRange(screen.LongestFreeze(widened, route.Now), 0, 200_000);
        Assert.InRange(route.Counters.LayerSwitches, 2, 6);
        Assert.True(route.Counters.Probes > 2);
    }

    [Fact]
    public void Loss_without_congestion_takes_nothing_away()
    {
        var route = new TestRoute(seed: 4, jitter: 3_000);
        var (_, _, track) = route.AddSimulcast(lowSize: 150);
        var (screen, _, down) = route.AddScreen(track, transportCc: true);
        down.Loss = 0.05;
        route.Run(5);
        var settled = route.Now;
        route.Run(30);
        Assert.DoesNotContain(screen.Shown, one => one.Time > settled && one.Camera == 1);
    }

    [Fact]
    public async Task What_does_not_fit_is_paused_and_told_and_flows_again_when_it_fits()
    {
        var route = new TestRoute(seed: 5);
        var (_, track, _) = route.AddCamera();
        var (screen, slot, down) = route.AddScreen(track, transportCc: true);
        down.Capacity = 200_000;
        route.Run(6);
        Assert.True(slot.IsPaused);
        var paused = Assert.Single(await route.TakeEventsAsync(), one => one.Kind == SfuEvent.SlotPaused);
        Assert.Equal(("room", "screen1", "0", "bandwidth"), (paused.Room, paused.Participant, paused.Mid, paused.Reason));
        var shown = screen.Shown.Count;
        route.Run(10);
        Assert.InRange(screen.Shown.Count - shown, 0, 20);

        down.Capacity = 5_000_000;
        var widened = route.Now;
        route.Run(10);
        Assert.False(slot.IsPaused);
        Assert.Contains(await route.TakeEventsAsync(), one => one.Kind == SfuEvent.SlotResumed);
        Assert.True(screen.Shown.Count(one => one.Time > widened) > 100);
        Assert.Equal(1, route.Counters.SlotsPaused);
    }

    [Fact]
    public void Who_tells_nothing_of_what_came_gets_the_large_layer_until_much_is_lost()
    {
        var route = new TestRoute(seed: 6);
        var (_, _, track) = route.AddSimulcast(lowSize: 150);
        var (screen, _, _) = route.AddScreen(track);
        route.Run(5);
        Assert.Equal(2, screen.Shown[^1].Camera);
        Assert.Equal((0, 0), (route.Counters.Probes, route.Counters.Estimated));
    }

    [Fact]
    public async Task A_publisher_hears_which_layers_are_wanted_at_once_and_which_are_not_after_a_while()
    {
        var route = new TestRoute(seed: 7);
        var (_, _, track) = route.AddSimulcast();
        route.Run(1.5);
        Assert.DoesNotContain(await route.TakeEventsAsync(), one => one.Kind == SfuEvent.Layers);
        route.Run(2);
        Assert.Equal([""], await LayersAsync());
        var (_, slot, _) = route.AddScreen(track);
        Assert.Equal(["l,h"], await LayersAsync());
        slot.Assign(track, route.Now, maxHeight: 200);
        route.Run(1.5);
        Assert.Empty(await LayersAsync());
        slot.Assign(track, route.Now, maxHeight: 1_000);
        route.Run(3);
        Assert.Empty(await LayersAsync());
        slot.Assign(track, route.Now, maxHeight: 200);
        route.Run(2.5);
        Assert.Equal(["l"], await LayersAsync());
        slot.Assign(null, route.Now);
        slot.Assign(track, route.Now, maxHeight: 720);
        Assert.Equal(["l,h"], await LayersAsync());
        slot.Assign(null, route.Now);
        route.Run(2.5);
        Assert.Equal([""], await LayersAsync());

        async Task<string[]> LayersAsync() => [.. (await route.TakeEventsAsync()).Where(one => one.Kind == SfuEvent.Layers).Select(one => string.Join(',', one.Rids!))];
    }
}
