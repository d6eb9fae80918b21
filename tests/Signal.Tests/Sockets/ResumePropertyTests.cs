using CsCheck;

namespace RtcHub.Signal.Tests.Sockets;

/// <summary>Any interleaving of what <see cref="ResumeStep"/> lists, at one hub.</summary>
public sealed class ResumePropertyTests
{
    internal static readonly Gen<ResumeStep[]> Steps = Gen.Frequency(
        (8, Gen.Const(ResumeStep.Send)), (2, Gen.Const(ResumeStep.SendMany)), (2, Gen.Const(ResumeStep.CutSender)), (2, Gen.Const(ResumeStep.CutReceiver)),
        (1, Gen.Const(ResumeStep.CutBoth)), (4, Gen.Const(ResumeStep.Read)), (2, Gen.Const(ResumeStep.Acknowledge))).Array[1, 40];

    [Fact]
    public async Task Any_interleaving_of_drops_and_sends_delivers_each_message_once_in_order()
    {
        await using var hub = await TestHub.StartAsync("Signal:MessagesPerSecond=100000", "Signal:Burst=100000");
        var runs = 0;
        await Steps.SampleAsync(steps => new ResumeRun(() => hub).RunAsync($"room-{Interlocked.Increment(ref runs)}", steps), iter: 60, threads: 2);
    }
}
