using System.Net;

namespace RtcHub.Signal.Tests.Hosting;

/// <summary>Whose client is whose: limits hold for the address behind a trusted proxy, and nobody else can borrow another address.</summary>
public sealed class ProxyTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("127.0.0.0/8")]
    [InlineData("127.0.0.1")]
    public async Task Behind_a_trusted_proxy_each_client_has_limits_of_its_own(string trusted)
    {
        await using var hub = await TestHub.StartAsync("Whip:PostsPerMinute=1", $"Proxy:Trusted:0={trusted}");
        Assert.False(await IsLimitedAsync(hub, "203.0.113.1"));
        Assert.False(await IsLimitedAsync(hub, "203.0.113.2"));
        Assert.True(await IsLimitedAsync(hub, "203.0.113.1"));

        // What a client claims of itself stands before what the proxy has added, and is not believed.
        Assert.True(await IsLimitedAsync(hub, "198.51.100.7, 203.0.113.1"));
    }

    [Theory]
    [InlineData]
    [InlineData("Proxy:Trusted:0=10.0.0.0/8")]
    public async Task Nobody_else_is_believed(params string[] settings)
    {
        await using var hub = await TestHub.StartAsync(["Whip:PostsPerMinute=1", .. settings]);
        Assert.False(await IsLimitedAsync(hub, "203.0.113.1"));
        Assert.True(await IsLimitedAsync(hub, "203.0.113.2"));
    }

    private static async Task<bool> IsLimitedAsync(TestHub hub, string forwardedFor)
    {
        using var http = new HttpClient { BaseAddress = hub.Address };
        http.DefaultRequestHeaders.Add("X-Forwarded-For", forwardedFor);
        using var response = await http.PostAsync("whep/nobody", new StringContent("v=0\r\n", null, "application/sdp"), Cancel);
        return response.StatusCode == HttpStatusCode.TooManyRequests;
    }
}
