using System.Diagnostics;
using RtcHub.Load.Scenarios;

namespace RtcHub.Load.Running;

/// <summary>Who repeats the steps of a scenario, and how often.</summary>
internal static class Pace
{
    /// <summary>Each lane begins its next step as soon as the last one is done.</summary>
    public static Task ClosedLoopAsync(IScenario scenario, int lanes, CancellationToken end) =>
        Task.WhenAll(Enumerable.Range(0, Math.Min(lanes, scenario.Lanes)).Select(lane => QuietAsync(Task.Run(async () =>
        {
            while (!end.IsCancellationRequested) await scenario.StepAsync(lane, end);
        }, end))));

    /// <summary>
    /// So many steps begin each second, whether the server keeps up or not, in one lane after the other; a lane that is still at work
    /// when its turn comes lets the step wait.
    /// </summary>
    public static async Task SteadyAsync(IScenario scenario, double perSecond, CancellationToken end)
    {
        var lanes = new Task[scenario.Lanes];
        Array.Fill(lanes, Task.CompletedTask);
        var started = Stopwatch.GetTimestamp();
        for (var step = 0L; !end.IsCancellationRequested; step++)
        {
            var wait = TimeSpan.FromSeconds(step / perSecond) - Stopwatch.GetElapsedTime(started);
            if (wait > TimeSpan.FromMilliseconds(1)) await QuietAsync(Task.Delay(wait, end));
            var lane = (int)(step % lanes.Length);
            lanes[lane] = NextAsync(lanes[lane], lane);
        }

        await QuietAsync(Task.WhenAll(lanes));

        async Task NextAsync(Task before, int lane)
        {
            await QuietAsync(before);
            if (!end.IsCancellationRequested) await scenario.StepAsync(lane, end);
        }
    }

    /// <summary>One step in each lane, begun evenly over a time, and no more than so many at once.</summary>
    public static async Task OnceAsync(IScenario scenario, TimeSpan over, int atOnce, CancellationToken cancel)
    {
        using var room = new SemaphoreSlim(atOnce);
        var started = Stopwatch.GetTimestamp();
        var steps = new List<Task>();
        for (var lane = 0; lane < scenario.Lanes; lane++)
        {
            var wait = (over * lane / scenario.Lanes) - Stopwatch.GetElapsedTime(started);
            if (wait > TimeSpan.FromMilliseconds(1)) await Task.Delay(wait, cancel);
            await room.WaitAsync(cancel);
            steps.Add(StepAsync(lane));
        }

        await Task.WhenAll(steps);

        async Task StepAsync(int lane)
        {
            try
            {
                await scenario.StepAsync(lane, cancel);
            }
            finally
            {
                room.Release();
            }
        }
    }

    private static async Task QuietAsync(Task task)
    {
        try
        {
            await task;
        }
        catch (OperationCanceledException)
        {
            // The end.
        }
    }
}
