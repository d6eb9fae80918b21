using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.Options;

namespace RtcHub.Signal.Hosting;

/// <summary>
/// Behind a proxy every client would have the proxy's address, and all of them would share one client's limits. So the
/// address that a trusted proxy names is taken for the client's.
/// </summary>
internal static class Proxies
{
    public static WebApplicationBuilder AddProxies(this WebApplicationBuilder builder)
    {
        builder.Services.AddOptionsWithValidateOnStart<ProxyOptions>().BindConfiguration(ProxyOptions.Section).ValidateDataAnnotations();
        return builder;
    }

    public static void UseProxies(this WebApplication app)
    {
        var trusted = app.Services.GetRequiredService<IOptions<ProxyOptions>>().Value.Trusted;
        if (trusted.Count == 0) return;
        var options = new ForwardedHeadersOptions { ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto, ForwardLimit = null };
        options.KnownIPNetworks.Clear();
        options.KnownProxies.Clear();
        foreach (var each in trusted)
        {
            if (ProxyOptions.TryParse(each, out var network)) options.KnownIPNetworks.Add(network);
        }

        app.UseForwardedHeaders(options);
    }
}
