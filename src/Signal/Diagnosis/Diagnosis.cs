using System.ComponentModel;
using System.Text.Json.Serialization;

namespace RtcHub.Signal.Diagnosis;

/// <summary>What the hub found when it asked, as a client would, every address that it tells clients.</summary>
/// <param name="At">When.</param>
/// <param name="Checks">One for each address.</param>
/// <param name="Warnings">What is not as people expect, though everything answers.</param>
internal sealed record Diagnosis(
    [property: Description("When it was looked, at most ten seconds ago.")] DateTimeOffset At,
    [property: Description("One for each address that clients are told.")] IReadOnlyList<Check> Checks,
    [property: Description("What will disappoint somebody though everything answers.")] IReadOnlyList<Warning> Warnings);

/// <summary>One address that clients are told.</summary>
/// <param name="Kind"><c>stun</c>, <c>media</c> or <c>turn</c>.</param>
/// <param name="Target">The candidate or the URL.</param>
/// <param name="Outcome"><c>ok</c>, or what came instead.</param>
/// <param name="Milliseconds">Until then.</param>
/// <param name="Advice">What to do about it; null when it is well.</param>
internal sealed record Check(
    [property: Description("`stun`, `media` or `turn`.")] string Kind,
    [property: Description("The candidate (`udp 192.0.2.1:7882`) or the URL.")] string Target,
    [property: Description("`ok`, `noAnswer`, `refused`, `unreachable`, `unresolved`, `notTrusted`, `notUnderstood`; TURN also `unauthorized`, `notAllocated`.")]
    string Outcome,
    [property: Description("Until then.")] double Milliseconds,
    [property: Description("What an operator should do; null when it is well.")] string? Advice);

/// <summary>Something that is worth knowing.</summary>
/// <param name="Code">For programs.</param>
/// <param name="Advice">For people.</param>
internal sealed record Warning(
    [property: Description("`noMedia`, `mediaAway`, `noTcp`, `loopbackOnly`, `privateOnly`, `noStun`, `noTurn`, `noTurnTcp`, `privateRelay`.")] string Code,
    [property: Description("What it means and what to do.")] string Advice);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(Diagnosis))]
internal sealed partial class DiagnosisJson : JsonSerializerContext;
