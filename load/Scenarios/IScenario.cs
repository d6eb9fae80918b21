namespace RtcHub.Load.Scenarios;

/// <summary>
/// A load in steps, such as a call or a join. It knows how to do one, notes how long it took in its <see cref="Measures"/>, and knows
/// nothing of who repeats it, how often, and what becomes of the figures: the runner of this tool, or NBomber.
/// </summary>
internal interface IScenario : IAsyncDisposable
{
    /// <summary>For tables.</summary>
    string Name { get; }

    Measures Measures { get; }

    /// <summary>How many steps may run at the same time, each in a lane of its own.</summary>
    int Lanes { get; }

    /// <summary>Everything that must be there before the first step.</summary>
    Task PrepareAsync(CancellationToken cancel);

    /// <summary>One step; in each lane one after the other.</summary>
    Task StepAsync(int lane, CancellationToken cancel);

    /// <summary>After the last step: waits for what is still under way, and checks what is to be checked. What is wrong, in words.</summary>
    Task<IReadOnlyList<string>> FinishAsync(CancellationToken cancel);
}
