using RtcHub.Sfu.Routing;
using RtcHub.Sfu.Tests.Routing.Route;

namespace RtcHub.Sfu.Tests.Routing;

public sealed class FlowWatchTests
{
    private const long Second = 1_000_000;

    [Fact]
    public void After_three_seconds_a_keyframe_is_asked_for_after_three_more_it_begins_from_scratch_and_so_on()
    {
        var watch = default(FlowWatch);
        var remedies = Enumerable.Range(1, 14).Select(second => watch.Check(second * Second, shouldFlow: true, sent: 7)).ToArray();
        Assert.Equal(
            [4, 7, 10, 13],
            Enumerable.Range(1, 14).Where(second => remedies[second - 1] != FlowRemedy.None));
        Assert.Equal([FlowRemedy.Keyframe, FlowRemedy.Reselect, FlowRemedy.Keyframe, FlowRemedy.Reselect], remedies.Where(remedy => remedy != FlowRemedy.None));
    }

    [Theory]
    [InlineData(true, 1u)]
    [InlineData(false, 0u)]
    public void What_flows_or_is_not_meant_to_is_left_alone(bool shouldFlow, uint perSecond)
    {
        var watch = default(FlowWatch);
        for (var second = 1u; second < 100; second++) Assert.Equal(FlowRemedy.None, watch.Check(second * Second, shouldFlow, perSecond * second));
    }

    [Fact]
    public void A_camera_that_hears_no_requests_for_a_while_is_found_and_the_picture_comes_when_it_does()
    {
        var route = new TestRoute(seed: 11);
        var (camera, track, _) = route.AddCamera();
        route.Run(1);
        camera.IsDeaf = true;
        var (screen, _, _) = route.AddScreen(track);
        route.Run(8);
        Assert.Empty(screen.Shown);
        Assert.Equal((1, 1), (route.Counters.Remedies[(int)FlowRemedy.Keyframe], route.Counters.Remedies[(int)FlowRemedy.Reselect]));
        camera.IsDeaf = false;
        route.Run(5);
        Assert.NotEmpty(screen.Shown);
        var remedies = route.Counters.Remedies.Sum();
        route.Run(10);
        Assert.Equal(remedies, route.Counters.Remedies.Sum());
    }

    [Fact]
    public void A_camera_that_is_off_or_muted_and_a_path_that_loses_a_fifth_are_no_stall()
    {
        var route = new TestRoute(seed: 12, loss: 0.2, jitter: 3_000);
        var (camera, track, _) = route.AddCamera();
        route.AddScreen(track);
        route.Run(10);
        camera.IsOn = false;
        route.Run(10);
        camera.IsOn = true;
        track.Mute(true, route.Now);
        route.Run(10);
        track.Mute(false, route.Now);
        route.Run(10);
        Assert.Equal(0, route.Counters.Remedies.Sum());
    }
}
