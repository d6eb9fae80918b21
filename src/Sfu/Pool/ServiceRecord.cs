using System.Text.Json.Serialization;

namespace RtcHub.Sfu.Pool;

/// <summary>What a media service says of itself in Redis, twice a second.</summary>
/// <param name="Instance">Changes whenever the service starts anew; ids of its transports begin with it.</param>
/// <param name="Url">Its control API.</param>
/// <param name="Region">Where it runs, or null.</param>
/// <param name="IsDraining">It is about to end and takes nothing new.</param>
/// <param name="PacketsPerSecond">RTP packets, in and out.</param>
/// <param name="Capacity">How many of them it is good for.</param>
/// <param name="Cpu">How busy the busiest worker is, 0 to 1.</param>
/// <param name="Transports">Connected or about to be.</param>
/// <param name="MaxTransports">How many of them it takes.</param>
internal sealed record ServiceRecord(
    string Instance, Uri Url, string? Region, bool IsDraining, double PacketsPerSecond, int Capacity, double Cpu, int Transports, int MaxTransports)
{
    /// <summary>From here on others are asked first: what is there already must be able to grow.</summary>
    public const double Full = 0.85;

    /// <summary>0: idle, 1: as much as it is good for.</summary>
    [JsonIgnore]
    public double Load => Math.Max(Math.Max(Cpu, PacketsPerSecond / Capacity), (double)Transports / MaxTransports);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(ServiceRecord))]
internal sealed partial class PoolJson : JsonSerializerContext;
