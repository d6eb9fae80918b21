using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using RtcHub.Sfu.Control;

namespace RtcHub.Sfu.Hosting;

/// <summary><c>/metrics</c> for Prometheus, behind the same door as the control API: docs/metrics.md.</summary>
internal static class Metrics
{
    private static readonly string[] Platform = ["Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime"];

    public static IServiceCollection AddSfuMetricsForPrometheus(this IServiceCollection services)
    {
        services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService("rtchub-sfu"))
            .WithMetrics(metrics => metrics.AddMeter(SfuMetrics.MeterName).AddMeter(Platform).AddPrometheusExporter());
        return services;
    }

    public static void MapMetrics(this WebApplication app) =>
        app.MapGroup("").AddEndpointFilter(app.Services.GetRequiredService<ControlDoor>()).MapPrometheusScrapingEndpoint("/metrics");
}
