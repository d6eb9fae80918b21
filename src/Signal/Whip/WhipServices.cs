using RtcHub.Sfu.Control;

namespace RtcHub.Signal.Whip;

/// <summary>Hooks WHIP and WHEP into the application, if it has a media service and wants them.</summary>
internal static class WhipServices
{
    public static WebApplicationBuilder AddWhip(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddOptionsWithValidateOnStart<WhipOptions>().BindConfiguration(WhipOptions.Section).ValidateDataAnnotations();
        services.ConfigureHttpJsonOptions(json => json.SerializerOptions.TypeInfoResolverChain.Insert(0, WhipJson.Default));
        var isWanted = builder.Configuration.GetSection(WhipOptions.Section).GetValue(nameof(WhipOptions.Enabled), true);
        if (!isWanted || services.All(service => service.ServiceType != typeof(ISfu))) return builder;
        services.AddSingleton<WhipDoor>();
        services.AddSingleton<WhipRate>();
        services.AddSingleton<WhipSessions>().AddHostedService(provider => provider.GetRequiredService<WhipSessions>());
        services.AddSingleton<WhipEndpoints>();
        return builder;
    }

    public static void MapWhip(this WebApplication app)
    {
        if (!app.Services.HasWhip()) return;
        app.Services.GetRequiredService<HubMetrics>().ObserveWhip(app.Services.GetRequiredService<WhipSessions>().Count);
        app.UseWhipOrigins();
        WhipEndpoints.Map(app);
    }

    /// <summary>Whether WHIP is there.</summary>
    public static bool HasWhip(this IServiceProvider services) => services.GetRequiredService<IServiceProviderIsService>().IsService(typeof(WhipSessions));
}
