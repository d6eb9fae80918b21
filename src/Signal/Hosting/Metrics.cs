using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using RtcHub.Sfu;
using RtcHub.Signal.Tokens;

namespace RtcHub.Signal.Hosting;

/// <summary><c>/metrics</c> for Prometheus: the hub's own instruments (docs/metrics.md) and those of the platform under it.</summary>
internal static class Metrics
{
    private static readonly string[] Platform = ["Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime"];

    public static IServiceCollection AddMetricsForPrometheus(this IServiceCollection services)
    {
        services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService("rtchub"))
            .WithMetrics(metrics => metrics.AddMeter(HubMetrics.MeterName, SfuMetrics.MeterName).AddMeter(Platform).AddPrometheusExporter());
        return services;
    }

    public static void MapMetrics(this WebApplication app) => app.MapPrometheusScrapingEndpoint("/metrics").RequireApiKey();
}
