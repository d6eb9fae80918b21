using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace RtcHub.Sfu.Redis;

/// <summary>One connection to Redis for the whole program, if the settings name one.</summary>
public static class RedisServices
{
    private static readonly TimeSpan Retry = TimeSpan.FromMilliseconds(250);
    private const int PatienceMs = 2000;

    /// <summary>Whether something could not be done because Redis is not there, or does not answer.</summary>
    public static bool IsAway(Exception exception) => exception is RedisException or TimeoutException;

    /// <summary>
    /// Adds <see cref="IConnectionMultiplexer"/> when <see cref="RedisOptions.Connection"/> is set. It connects in the background and
    /// again whenever the connection is lost; until then commands fail at once instead of waiting.
    /// </summary>
    /// <returns>Whether Redis is used.</returns>
    public static bool AddRedis(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptionsWithValidateOnStart<RedisOptions>().BindConfiguration(RedisOptions.Section).ValidateDataAnnotations()
            .Validate(options => options.Connection is null || TryParse(options.Connection, out _), "Redis:Connection is not understood; write host:port, or host:port,password=…,ssl=true.");
        if (builder.Configuration[$"{RedisOptions.Section}:{nameof(RedisOptions.Connection)}"] is not { Length: > 0 }) return false;
        builder.Services.AddSingleton<IConnectionMultiplexer>(provider => Connect(provider.GetRequiredService<IOptions<RedisOptions>>().Value.Connection!));
        return true;
    }

    private static ConnectionMultiplexer Connect(string connection)
    {
        if (!TryParse(connection, out var options)) throw new OptionsValidationException(RedisOptions.Section, typeof(RedisOptions), ["Redis:Connection is not understood."]);
        options.AbortOnConnectFail = false;
        options.ConnectTimeout = options.AsyncTimeout = options.SyncTimeout = PatienceMs;
        options.ReconnectRetryPolicy = new LinearRetry((int)Retry.TotalMilliseconds);
        options.BacklogPolicy = BacklogPolicy.FailFast;
        options.HeartbeatInterval = Retry;
        return ConnectionMultiplexer.Connect(options);
    }

    private static bool TryParse(string connection, out ConfigurationOptions options)
    {
        try
        {
            options = ConfigurationOptions.Parse(connection);
            return options.EndPoints.Count > 0;
        }
        catch (ArgumentException)
        {
            options = new ConfigurationOptions();
            return false;
        }
    }
}
