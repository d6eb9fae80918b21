namespace RtcHub.E2E.Tests.Relay;

/// <summary>What one direction of a network does to datagrams.</summary>
/// <param name="Loss">The share that never arrives, 0 to 1, each by chance.</param>
/// <param name="DelayMs">One way.</param>
/// <param name="JitterMs">Up to so much more, by chance. The order stays, as it does on a path with one queue.</param>
/// <param name="Detour">The share that goes another way, 0 to 1, each by chance, and is overtaken by what was sent after it.</param>
/// <param name="DetourMs">By how much that is longer.</param>
/// <param name="KbitPerSecond">Of UDP payload; 0: as much as comes.</param>
/// <param name="QueueMs">The router's buffer: what would wait longer than this for its turn is dropped. Counts only with a rate.</param>
internal sealed record Conditions(double Loss = 0, int DelayMs = 0, int JitterMs = 0, double Detour = 0, int DetourMs = 20, int KbitPerSecond = 0, int QueueMs = 300)
{
    public static readonly Conditions Perfect = new();

    /// <summary>The cable is out.</summary>
    public static readonly Conditions Cut = new(Loss: 1);
}
