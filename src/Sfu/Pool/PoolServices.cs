using Microsoft.Extensions.Options;
using RtcHub.Sfu.Control;

namespace RtcHub.Sfu.Pool;

/// <summary>Hooks the pool of media services into programs; Redis has to be there (<see cref="Redis.RedisServices.AddRedis"/>).</summary>
public static class PoolServices
{
    /// <summary>Adds an <see cref="ISfu"/> that uses every service that registers in Redis.</summary>
    public static IServiceCollection AddSfuPool(this IServiceCollection services)
    {
        services.AddPoolOptions();
        services.AddSingleton(provider => new PoolMembers(provider.GetRequiredService<IOptions<PoolOptions>>().Value.Region));
        services.AddSingleton<PoolRooms>();
        services.AddSingleton<Func<ServiceRecord, RemoteSfu>>(provider => record => RemoteSfuServices.Create(
            record.Url, provider.GetRequiredService<IOptions<ControlOptions>>().Value.Secret, provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<RemoteEvents>>()));
        services.AddSingleton<PoolWatch>().AddHostedService(provider => provider.GetRequiredService<PoolWatch>());
        services.AddSingleton<ISfu, SfuPool>();
        return services;
    }

    /// <summary>Makes the service of this program one of the pool, which it leaves without a gap when it is asked to end.</summary>
    internal static IServiceCollection AddPoolRegistration(this IServiceCollection services)
    {
        services.AddPoolOptions();
        services.AddSingleton<Drain>();
        services.AddSingleton<IHostLifetime, DrainLifetime>();
        services.AddHostedService<Registration>();
        return services;
    }

    /// <summary><c>POST /sfu/v1/drain</c> in the control API, as SIGTERM for who cannot send signals.</summary>
    internal static void MapDrain(this WebApplication app)
    {
        if (app.Services.GetService<Drain>() is not { } drain) return;
        app.MapGroup(SfuEndpoints.Root).AddEndpointFilter(app.Services.GetRequiredService<ControlDoor>()).MapPost("/drain", () =>
        {
            drain.Begin();
            return Results.Accepted();
        });
    }

    private static void AddPoolOptions(this IServiceCollection services)
    {
        services.AddOptionsWithValidateOnStart<PoolOptions>().BindConfiguration(PoolOptions.Section).ValidateDataAnnotations()
            .Validate(options => options.ControlUrl is null or { IsAbsoluteUri: true, Scheme: "http" or "https" }, "Sfu:ControlUrl is an http or https address.");
        services.AddSingleton<PoolStore>();
    }
}
