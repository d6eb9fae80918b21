using System.Diagnostics.Metrics;
using System.Net.Sockets;
using Microsoft.Extensions.Options;
using RtcHub.Rtc.Dtls;
using RtcHub.Rtc.Rtcp;
using RtcHub.Sfu.Control;
using RtcHub.Sfu.Transports;
using RtcHub.Sfu.Workers;

namespace RtcHub.Sfu;

/// <summary>The media service as a part of a program: the hub, or the service alone.</summary>
public static class SfuServices
{
    /// <summary>Adds <see cref="ISfu"/> in this process. The ports are opened when it is first asked for, at the start at the latest.</summary>
    public static IServiceCollection AddEmbeddedSfu(this IServiceCollection services)
    {
        services.AddOptionsWithValidateOnStart<SfuOptions>().BindConfiguration(SfuOptions.Section).ValidateDataAnnotations();
        services.AddSingleton(provider => provider.GetRequiredService<IOptions<SfuOptions>>().Value);
        services.AddSingleton<EventFeed>();
        services.AddSingleton(provider => DtlsCertificate.Create(provider.GetRequiredService<TimeProvider>().GetUtcNow(), TimeSpan.FromDays(365)));
        services.AddSingleton<WorkerPool>();
        services.AddSingleton<Negotiation>();
        services.AddSingleton(provider => new SfuMetrics(provider.GetRequiredService<IMeterFactory>(), provider.GetRequiredService<WorkerPool>()));
        services.AddSingleton<EmbeddedSfu>();
        services.AddSingleton<ISfu>(provider => provider.GetRequiredService<EmbeddedSfu>());
        services.AddSingleton(Context);
        services.AddHostedService<SfuStart>();
        return services;
    }

    private static WorkerContext Context(IServiceProvider provider)
    {
        var time = provider.GetRequiredService<TimeProvider>();
        var microseconds = (long)(time.GetTimestamp() * (1_000_000.0 / time.TimestampFrequency));
        var unix = (time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
        return new WorkerContext(
            time,
            provider.GetRequiredService<ILoggerFactory>().CreateLogger("RtcHub.Sfu"),
            provider.GetRequiredService<EventFeed>(),
            provider.GetRequiredService<SfuOptions>().ConnectSeconds * 1_000_000L,
            NtpTime.UnixEpoch + unix - microseconds)
        { AudioSlots = provider.GetRequiredService<SfuOptions>().AudioSlots };
    }

    /// <summary>Opens the ports when the program starts, so that what is wrong with them is said then.</summary>
    private sealed class SfuStart(IServiceProvider provider, SfuOptions options) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken)
        {
            try
            {
                provider.GetRequiredService<EmbeddedSfu>();
                provider.GetRequiredService<SfuMetrics>();
                DtlsFactory.WarmUp(options.Dtls, provider.GetRequiredService<DtlsCertificate>());
                return Task.CompletedTask;
            }
            catch (PlatformNotSupportedException exception)
            {
                throw new OptionsValidationException(SfuOptions.Section, typeof(SfuOptions), [$"Sfu:Dtls={options.Dtls} is not possible here: {exception.Message}"]);
            }
            catch (SocketException exception)
            {
                throw new OptionsValidationException(SfuOptions.Section, typeof(SfuOptions),
                    [$"UDP and TCP port {options.Port} of the media service cannot be opened ({exception.SocketErrorCode}); stop the other program or choose another with --Sfu:Port=PORT."]);
            }
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
