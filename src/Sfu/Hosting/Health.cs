using RtcHub.Sfu.Control;
using RtcHub.Sfu.Pool;

namespace RtcHub.Sfu.Hosting;

/// <summary><c>/healthz</c>: the process answers; <c>/readyz</c>: its workers do, and it takes new work.</summary>
internal static class Health
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public static void MapHealth(this WebApplication app)
    {
        app.MapGet("/healthz", () => State("alive"));
        app.MapGet("/readyz", ReadyAsync);
    }

    private static async Task<IResult> ReadyAsync(ISfu sfu, IServiceProvider services, IHostApplicationLifetime lifetime, TimeProvider time, CancellationToken cancel)
    {
        if (lifetime.ApplicationStopping.IsCancellationRequested) return State("stopping", StatusCodes.Status503ServiceUnavailable);
        if (services.GetService<Drain>() is { IsOn: true }) return State("draining", StatusCodes.Status503ServiceUnavailable);
        try
        {
            await sfu.GetStatusAsync(cancel).WaitAsync(Patience, time, cancel);
            return State("ready");
        }
        catch (TimeoutException)
        {
            return State("stuck", StatusCodes.Status503ServiceUnavailable);
        }
    }

    private static IResult State(string state, int code = StatusCodes.Status200OK) => Results.Text($$"""{"status":"{{state}}"}""", "application/json", statusCode: code);
}
