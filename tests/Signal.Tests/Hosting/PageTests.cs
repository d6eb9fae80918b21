using System.Text.RegularExpressions;

namespace RtcHub.Signal.Tests.Hosting;

/// <summary>The pages of the repository as the hub serves them, under the policy that it sends with them.</summary>
public sealed partial class PageTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<string> Pages =>
        [.. Directory.GetFiles(Path.Combine(Repository.Root, "web"), "*.html").Select(file => "/" + Path.GetFileName(file))];

    [Theory]
    [MemberData(nameof(Pages))]
    [InlineData("/")]
    [InlineData("/r/blue-fox-42")]
    [InlineData("/api/v1/ice-servers")]
    [InlineData("/nothing/here")]
    public async Task Every_response_carries_the_strict_policy(string path)
    {
        await using var hub = await TestHub.StartAsync();
        using var http = hub.Http();
        http.DefaultRequestHeaders.Accept.ParseAdd("text/html");
        using var response = await http.GetAsync(path, Cancel);

        var authority = hub.Address.Authority;
        Assert.Equal(
            [
                "base-uri 'none'", $"connect-src 'self' ws://{authority} wss://{authority}", "default-src 'none'", "font-src 'self'", "form-action 'self'",
                "frame-ancestors 'self'", "img-src 'self' data: blob:", "manifest-src 'self'", "media-src 'self' blob: mediastream:",
                "script-src 'self'", "style-src 'self'", "worker-src 'self'",
            ],
            Header(response, "Content-Security-Policy").Split("; ").Order(StringComparer.Ordinal));
        Assert.Equal("nosniff", Header(response, "X-Content-Type-Options"));
        Assert.Equal("same-origin", Header(response, "Referrer-Policy"));
        Assert.Equal("same-origin", Header(response, "Cross-Origin-Opener-Policy"));
        foreach (var feature in new[] { "camera", "microphone", "display-capture", "speaker-selection" })
            Assert.Contains($"{feature}=(self)", Header(response, "Permissions-Policy"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Swagger_alone_may_have_style_inside()
    {
        await using var hub = await TestHub.StartAsync();
        using var http = hub.Http();
        using var response = await http.GetAsync("/swagger/index.html", Cancel);
        response.EnsureSuccessStatusCode();
        var policy = Header(response, "Content-Security-Policy");
        Assert.Contains("script-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self';", policy, StringComparison.Ordinal);
        Assert.StartsWith("default-src 'none';", policy, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void No_page_has_script_or_style_inside_or_anything_from_elsewhere(string page)
    {
        var html = File.ReadAllText(Path.Combine(Repository.Root, "web") + page);
        Assert.DoesNotMatch(InlineScript(), html);
        Assert.DoesNotMatch(InlineStyle(), html);
        Assert.DoesNotMatch(EventHandlerAttribute(), html);
        Assert.All(Reference().Matches(html), reference => Assert.StartsWith("/", reference.Groups["to"].Value, StringComparison.Ordinal));
        Assert.All(Reference().Matches(html), reference => Assert.False(reference.Groups["to"].Value.StartsWith("//", StringComparison.Ordinal), reference.Value));
    }

    [Fact]
    public async Task Who_may_frame_the_pages_is_a_setting()
    {
        await using var hub = await TestHub.StartAsync("Web:FrameAncestors=https://app.example.org");
        using var http = hub.Http();
        using var response = await http.GetAsync("/", Cancel);
        Assert.Contains("frame-ancestors https://app.example.org", Header(response, "Content-Security-Policy"), StringComparison.Ordinal);
    }

    private static string Header(HttpResponseMessage response, string name) => Assert.Single(response.Headers.GetValues(name));

    [GeneratedRegex("<script(?![^>]*\\ssrc=)", RegexOptions.IgnoreCase)]
    private static partial Regex InlineScript();

    [GeneratedRegex("<style|\\sstyle=", RegexOptions.IgnoreCase)]
    private static partial Regex InlineStyle();

    [GeneratedRegex("<[^>]+\\son[a-z]+=", RegexOptions.IgnoreCase)]
    private static partial Regex EventHandlerAttribute();

    [GeneratedRegex("\\s(?:src|href|action)=\"(?<to>[^\"#]+)", RegexOptions.IgnoreCase)]
    private static partial Regex Reference();
}
