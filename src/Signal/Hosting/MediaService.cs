using RtcHub.Sfu;
using RtcHub.Sfu.Control;
using RtcHub.Sfu.Pool;
using StackExchange.Redis;

namespace RtcHub.Signal.Hosting;

/// <summary>One <see cref="ISfu"/> for the whole hub, wherever the settings say that it runs; none when it is off.</summary>
internal static class MediaService
{
    public static WebApplicationBuilder AddMediaService(this WebApplicationBuilder builder)
    {
        builder.Services.AddOptionsWithValidateOnStart<SfuModeOptions>().BindConfiguration(SfuModeOptions.Section).ValidateDataAnnotations()
            .Validate(each => each.Mode != SfuMode.Pool || HasRedis(builder), "Sfu:Mode=Pool needs Redis:Connection, where media services are found.");
        builder.Services.AddOptionsWithValidateOnStart<ControlOptions>().BindConfiguration(ControlOptions.Section).ValidateDataAnnotations();
        var options = builder.Configuration.GetSection(SfuModeOptions.Section).Get<SfuModeOptions>() ?? new SfuModeOptions();
        switch (options)
        {
            case { Mode: SfuMode.Embedded }:
                builder.Services.AddEmbeddedSfu();
                break;
            case { Mode: SfuMode.Remote, Url.IsAbsoluteUri: true }:
                builder.Services.AddRemoteSfu(options.Url, builder.Configuration[$"{ControlOptions.Section}:{nameof(ControlOptions.Secret)}"]);
                break;
            case { Mode: SfuMode.Pool } when HasRedis(builder):
                builder.Services.AddSfuPool();
                break;
        }

        if (builder.Services.Any(service => service.ServiceType == typeof(ISfu))) builder.Services.AddSingleton<Meetings.Meetings>().AddHostedService<MediaEvents>();
        return builder;
    }

    private static bool HasRedis(WebApplicationBuilder builder) => builder.Services.Any(service => service.ServiceType == typeof(IConnectionMultiplexer));
}
