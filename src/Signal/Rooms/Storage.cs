using Microsoft.Extensions.Options;

namespace RtcHub.Signal.Rooms;

/// <summary>Hooks the store and the settings of rooms into the application.</summary>
internal static class Storage
{
    public static IServiceCollection AddStorage(this IServiceCollection services)
    {
        services.AddOptionsWithValidateOnStart<RoomOptions>().BindConfiguration(RoomOptions.Section).ValidateDataAnnotations()
            .Validate(o => o.DefaultMaxParticipants <= o.MaxParticipants, "Rooms:DefaultMaxParticipants must not be more than Rooms:MaxParticipants.");
        services.AddOptionsWithValidateOnStart<StorageOptions>().BindConfiguration(StorageOptions.Section).ValidateDataAnnotations();
        services.AddSingleton<IRoomStore>(provider =>
        {
            var options = provider.GetRequiredService<IOptions<StorageOptions>>().Value;
            var root = provider.GetRequiredService<IHostEnvironment>().ContentRootPath;
            return options.Provider == "memory"
                ? new MemoryRoomStore()
                : new SqliteRoomStore(Path.Combine(root, options.Path), provider.GetRequiredService<ILogger<SqliteRoomStore>>());
        });
        return services;
    }
}
