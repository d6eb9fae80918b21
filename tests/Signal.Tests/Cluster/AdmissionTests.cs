using Microsoft.Extensions.Time.Testing;

namespace RtcHub.Signal.Tests.Cluster;

/// <summary>Many who come at once.</summary>
public sealed class AdmissionTests
{
    [Fact]
    public async Task Whoever_is_one_too_many_is_told_their_own_moment()
    {
        var time = new FakeTimeProvider();
        await using var hub = await TestHub.StartAsync(time, null, "Signal:JoinsPerSecond=10", "Signal:JoinBurst=2");
        await using var first = await SignalClient.OpenAsync(hub, "Ada");
        await using var second = await SignalClient.OpenAsync(hub, "Bob");
        for (var place = 1; place <= 3; place++)
        {
            await using var late = await SignalClient.OpenAsync(hub, "Eve");
            Assert.Equal("error", late.Type);
            Assert.Equal("rate_limited", (string?)late.Opened["d"]!["code"]);
            var closing = await late.NextAsync(frame => (string?)frame["t"] == "closing");
            Assert.Equal(100 * place, (int)closing["d"]!["retryAfterMs"]!);
            Assert.Equal(4010, await late.ClosedAsync());
        }

        time.Advance(TimeSpan.FromMilliseconds(110));
        await using var again = await SignalClient.OpenAsync(hub, "Eve");
        Assert.Equal("welcome", again.Type);
    }
}
