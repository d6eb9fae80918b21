namespace RtcHub.Sfu.Tests.Routing.Route;

/// <summary>
/// Paths that carry next to nothing for a while, whatever came before and however they lose and delay: once there is room again, pictures
/// come back, and the large ones, too.
/// </summary>
public sealed class StarvationTests(ITestOutputHelper output)
{
    private const int Recovery = 12;

    public static TheoryData<int> Seeds => [.. Enumerable.Range(100, 16)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Whoever_was_starved_gets_everything_back_when_there_is_room(int seed)
    {
        var random = new Random(seed);
        var route = new TestRoute(seed, jitter: random.Next(8_000));
        var (_, _, large) = route.AddSimulcast(lowSize: 150);
        var (screen, slot, down) = route.AddScreen(large, transportCc: true);
        var others = Enumerable.Range(0, random.Next(3)).Select(_ => route.AddScreen(large, transportCc: true)).ToList();
        route.Run(random.Next(1, 8));

        for (var round = 0; round < 3; round++)
        {
            down.Capacity = random.Next(3) switch { 0 => 2_000, 1 => random.Next(10_000, 100_000), _ => random.Next(100_000, 350_000) };
            down.Loss = random.Next(2) * random.NextDouble() * 0.3;
            down.Queue = random.Next(50_000, 1_000_000);
            var (length, narrow) = (random.Next(2, 40), down.Capacity);
            route.Run(length);
            var wasPaused = slot.IsPaused;
            (down.Capacity, down.Loss) = (3_000_000, 0);
            var widened = route.Now;
            route.Run(Recovery);
            var first = screen.Shown.FirstOrDefault(one => one.Time > widened + 100_000).Time;
            output.WriteLine($"round {round}: {length} s of {narrow} bit/s, paused {wasPaused}, a picture after {(first - widened) / 1_000} ms, "
                + $"the large one after {(screen.Shown.FirstOrDefault(one => one.Time > widened && one.Camera == 2).Time - widened) / 1_000} ms");
            Assert.False(slot.IsPaused);
            Assert.Equal(2, screen.Shown[^1].Camera);
            Assert.InRange(route.Now - screen.Shown[^1].Time, 0, 500_000);
        }

        // What one path went through is nothing to those beside it.
        Assert.All(others, other => Assert.Equal(2, other.Screen.Shown[^1].Camera));
    }
}
