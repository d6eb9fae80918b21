using CsCheck;
using RtcHub.Signal.Tests.Sockets;

namespace RtcHub.Signal.Tests.Cluster;

/// <summary>The promise of resume with two hubs on a real Redis: whichever the next socket goes to, and whichever is killed.</summary>
public sealed class ClusterResumePropertyTests
{
    private static readonly string[] Settings = ["Signal:MessagesPerSecond=100000", "Signal:Burst=100000"];

    [Fact]
    public async Task A_session_resumes_at_any_node_with_each_message_once_in_order()
    {
        await using var cluster = await TestCluster.StartAsync(2, Settings);
        var (runs, sockets) = (0, 0);
        await ResumePropertyTests.Steps.SampleAsync(
            steps => new ResumeRun(() => cluster[Interlocked.Increment(ref sockets) % 2]).RunAsync($"room-{Interlocked.Increment(ref runs)}", steps), iter: 30, threads: 2);
    }

    [Fact]
    public async Task A_home_that_is_killed_in_the_middle_loses_nothing_and_doubles_nothing()
    {
        await using var cluster = await TestCluster.StartAsync(2, Settings);
        var (runs, sockets) = (0, 0);
        var steps = Gen.Select(ResumePropertyTests.Steps, ResumePropertyTests.Steps, (before, after) => (ResumeStep[])[.. before, ResumeStep.SendMany, ResumeStep.Kill, .. after]);
        await steps.SampleAsync(
            async all =>
            {
                var room = $"room-{++runs}";
                await new ResumeRun(() => cluster[++sockets % 2], () => cluster.KillAsync(cluster.HomeOf(room), Settings)).RunAsync(room, all);
            },
            iter: 5, threads: 1);
    }
}
