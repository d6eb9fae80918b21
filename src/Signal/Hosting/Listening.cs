using System.Net;

namespace RtcHub.Signal.Hosting;

/// <summary>
/// Where the hub listens. Whoever says so by ASP.NET Core's own settings (<c>Urls</c>, <c>HTTP_PORTS</c>,
/// <c>Kestrel:Endpoints</c>) is obeyed; else it is this machine's port 8080, seen by nobody else.
/// </summary>
internal static class Listening
{
    private const string Default = "http://localhost:8080";

    // Whoever sends a header a byte at a time holds a connection and nothing else, and not for long.
    private static readonly TimeSpan HeadersTimeout = TimeSpan.FromSeconds(10);

    public static WebApplicationBuilder AddListening(this WebApplicationBuilder builder)
    {
        builder.Services.AddOptionsWithValidateOnStart<HttpsOptions>().BindConfiguration(HttpsOptions.Section).ValidateDataAnnotations();
        var https = builder.Configuration.GetSection(HttpsOptions.Section).Get<HttpsOptions>() ?? new HttpsOptions();
        if (!builder.Configuration.GetSection("Kestrel:Endpoints").GetChildren().Any())
            builder.WebHost.UseUrls(Urls(builder.Configuration, https));
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.RequestHeadersTimeout = HeadersTimeout;
        });
        if (!https.SelfSigned) return builder;

        var file = Path.Combine(builder.Environment.ContentRootPath, https.CertificateFile);
        var certificate = SelfSignedCertificate.LoadOrCreate(file, Dns.GetHostName(), LanAddresses.Find(), TimeProvider.System.GetUtcNow());
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ConfigureHttpsDefaults(defaults => defaults.ServerCertificate = certificate));
        return builder;
    }

    internal static string[] Urls(IConfiguration configuration, HttpsOptions https)
    {
        List<string> urls = [.. Split(configuration[WebHostDefaults.ServerUrlsKey])];
        if (urls.Count == 0)
        {
            urls.AddRange(Split(configuration[WebHostDefaults.HttpPortsKey]).Select(port => $"http://*:{port}"));
            urls.AddRange(Split(configuration[WebHostDefaults.HttpsPortsKey]).Select(port => $"https://*:{port}"));
        }

        if (urls.Count == 0) urls.Add(Default);
        if (https.SelfSigned) urls.Add($"https://*:{https.Port}");
        return [.. urls];
    }

    private static string[] Split(string? list) => list?.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];
}
