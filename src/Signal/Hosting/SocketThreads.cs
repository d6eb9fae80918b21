using System.Runtime.CompilerServices;

namespace RtcHub.Signal.Hosting;

/// <summary>
/// The threads that poll the sockets also do what a message causes, down to the last system call that passes it on: waking another
/// thread for it costs as much as the work. That is only for what takes microseconds and waits for nothing, the messages of open
/// WebSockets that are passed on; whatever else is asked for goes to the thread pool first.
/// </summary>
internal static class SocketThreads
{
    private const string InlineCompletions = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";

    /// <summary>For the whole process, before its first socket. Who has set the runtime's variable is obeyed.</summary>
    public static void Prepare()
    {
        if (Environment.GetEnvironmentVariable(InlineCompletions) is null) Environment.SetEnvironmentVariable(InlineCompletions, "1");
    }

    public static WebApplicationBuilder AddSocketThreads(this WebApplicationBuilder builder)
    {
        builder.WebHost.UseSockets(sockets => sockets.UnsafePreferInlineScheduling = true);
        return builder;
    }

    /// <summary>Requests other than for a WebSocket leave the polling thread at once.</summary>
    public static void UseSocketThreads(this WebApplication app) =>
        app.Use(static (context, next) => context.Request.Headers.Upgrade.Count > 0 ? next(context) : LeaveAsync(context, next));

    /// <summary>What follows is done by the thread pool.</summary>
    public static ConfiguredTaskAwaitable LeaveAsync() => Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);

    private static async Task LeaveAsync(HttpContext context, RequestDelegate next)
    {
        await LeaveAsync();
        await next(context);
    }
}
