namespace RtcHub.Sfu.Control;

/// <summary>Hooks a media service on another machine into a program.</summary>
public static class RemoteSfuServices
{
    // DNS may point elsewhere later.
    private static readonly TimeSpan ConnectionLifetime = TimeSpan.FromMinutes(5);

    /// <summary>Adds an <see cref="ISfu"/> that is a client of the service at an address.</summary>
    /// <param name="url">For example <c>https://sfu.example.org:7880</c>.</param>
    /// <param name="secret">The service's <see cref="ControlOptions.Secret"/>.</param>
    public static IServiceCollection AddRemoteSfu(this IServiceCollection services, Uri url, string? secret) =>
        services.AddSingleton<ISfu>(provider => Create(url, secret, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<RemoteEvents>>()));

    internal static RemoteSfu Create(Uri url, string? secret, TimeProvider time, ILogger<RemoteEvents> log)
    {
        var root = new UriBuilder(url) { Path = $"{SfuEndpoints.Root}/", Query = "", Fragment = "" };
        var handler = new SocketsHttpHandler { PooledConnectionLifetime = ConnectionLifetime, UseProxy = false };
        var http = new HttpClient(handler) { BaseAddress = root.Uri, Timeout = Timeout.InfiniteTimeSpan };
        if (secret is not null) http.DefaultRequestHeaders.Authorization = new("Bearer", secret);
        var events = new UriBuilder(root.Uri) { Scheme = root.Scheme == Uri.UriSchemeHttps ? Uri.UriSchemeWss : Uri.UriSchemeWs, Path = $"{SfuEndpoints.Root}/events" };
        return new RemoteSfu(http, new RemoteEvents(events.Uri, secret, time, log), time);
    }
}
