using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Options;
using RtcHub.Signal.Hosting;

namespace RtcHub.Signal.Tests.Hosting;

public sealed class WebFilesTests : IAsyncLifetime
{
    private const string Secret = "what lies outside of the folder";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("rtchub-web-");
    private TestHub? _hub;
    private HttpClient? _http;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string Root => Path.Combine(_folder.FullName, "web");

    private HttpClient Http => _http!;

    public async ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(Path.Combine(Root, "ui"));
        await File.WriteAllTextAsync(Path.Combine(_folder.FullName, "secret.json"), Secret, Cancel);
        await WriteAsync(".hidden.json", Secret);
        foreach (var page in new[] { "index", "call", "lab", "publish", "play", "404" }) await WriteAsync(page + ".html", $"<!doctype html><title>{page}</title>");
        foreach (var file in new[] { "ui/a.js", "ui/a.mjs", "ui/a.css", "ui/a.json", "ui/a.svg", "a.webmanifest" }) await WriteAsync(file, new string('x', 5000));
        _hub = await TestHub.StartAsync($"Web:Root={Root}");
        _http = _hub.Http();
    }

    public async ValueTask DisposeAsync()
    {
        _http?.Dispose();
        if (_hub is not null) await _hub.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    [Theory]
    [InlineData("/", "index")]
    [InlineData("/r/blue-fox-42", "call")]
    [InlineData("/r/blue-fox-42?name=Ada&join=1", "call")]
    [InlineData("/lab", "lab")]
    [InlineData("/publish?room=studio", "publish")]
    [InlineData("/play?room=studio", "play")]
    public async Task Pages_are_at_their_addresses(string path, string page)
    {
        Assert.Equal($"<!doctype html><title>{page}</title>", await Http.GetStringAsync(path, Cancel));
        using var head = await Http.SendAsync(new HttpRequestMessage(HttpMethod.Head, path), Cancel);
        Assert.Equal(HttpStatusCode.OK, head.StatusCode);
    }

    [Theory]
    [InlineData("/ui/a.js", "text/javascript")]
    [InlineData("/ui/a.mjs", "text/javascript")]
    [InlineData("/ui/a.css", "text/css")]
    [InlineData("/ui/a.json", "application/json")]
    [InlineData("/ui/a.svg", "image/svg+xml")]
    [InlineData("/a.webmanifest", "application/manifest+json")]
    public async Task Files_have_their_types_and_text_is_compressed(string path, string type)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.AcceptEncoding.ParseAdd("br");
        using var response = await Http.SendAsync(request, Cancel);
        Assert.Equal(type, response.Content.Headers.ContentType?.MediaType);
        Assert.Equal(["br"], response.Content.Headers.ContentEncoding);
        Assert.InRange((await response.Content.ReadAsByteArrayAsync(Cancel)).Length, 1, 500);
    }

    [Fact]
    public async Task A_file_costs_a_304_until_it_is_edited()
    {
        using var first = await Http.GetAsync("/ui/a.js", Cancel);
        Assert.True(first.Headers.CacheControl!.NoCache);
        Assert.Equal(HttpStatusCode.NotModified, await RevalidateAsync("/ui/a.js", first.Headers.ETag!));
        using var page = await Http.GetAsync("/r/one", Cancel);
        Assert.Equal(HttpStatusCode.NotModified, await RevalidateAsync("/r/two", page.Headers.ETag!));

        await WriteAsync("ui/a.js", "edited");
        using var request = new HttpRequestMessage(HttpMethod.Get, "/ui/a.js");
        request.Headers.IfNoneMatch.Add(first.Headers.ETag!);
        using var second = await Http.SendAsync(request, Cancel);
        Assert.Equal("edited", await second.Content.ReadAsStringAsync(Cancel));
    }

    [Fact]
    public async Task A_browser_that_asks_for_what_is_not_there_gets_a_page_and_a_program_does_not()
    {
        foreach (var path in new[] { "/nothing", "/r/", "/r/a/b", "/lab/x", "/ui/missing.js" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.Accept.ParseAdd("text/html,application/xhtml+xml,*/*;q=0.8");
            using var page = await Http.SendAsync(request, Cancel);
            Assert.Equal(HttpStatusCode.NotFound, page.StatusCode);
            Assert.Equal("text/html", page.Content.Headers.ContentType?.MediaType);
            Assert.Contains("<title>404</title>", await page.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);

            using var plain = await Http.GetAsync(path, Cancel);
            Assert.Equal(HttpStatusCode.NotFound, plain.StatusCode);
            Assert.NotEqual("text/html", plain.Content.Headers.ContentType?.MediaType);
        }
    }

    [Theory]
    [InlineData("/../secret.json")]
    [InlineData("/ui/../../secret.json")]
    [InlineData("/%2e%2e/secret.json")]
    [InlineData("/%2e%2e%2fsecret.json")]
    [InlineData("/..%2fsecret.json")]
    [InlineData("/..%5csecret.json")]
    [InlineData("/..\\secret.json")]
    [InlineData("/ui/%2e%2e/%2e%2e/secret.json")]
    [InlineData("/ui/..%252f..%252fsecret.json")]
    [InlineData("/%c0%ae%c0%ae/secret.json")]
    [InlineData("/.hidden.json")]
    [InlineData("/ui/../.hidden.json")]
    [InlineData("//secret.json")]
    [InlineData("/r/../../secret.json")]
    [InlineData("/r/..%2f..%2fsecret.json")]
    [InlineData("/secret.json%00.js")]
    public async Task What_lies_outside_or_is_hidden_is_not_served(string path)
    {
        // HttpClient tidies paths up; an attacker does not.
        var response = await RawAsync(path);
        Assert.Matches("^HTTP/1.1 (400|404|200) ", response);
        Assert.DoesNotContain(Secret, response, StringComparison.Ordinal);
        if (response.StartsWith("HTTP/1.1 200", StringComparison.Ordinal)) Assert.Contains("<title>call</title>", response, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_absolute_path_of_a_file_is_no_way_to_it()
    {
        var response = await RawAsync("/" + Path.Combine(_folder.FullName, "secret.json"));
        Assert.StartsWith("HTTP/1.1 404", response, StringComparison.Ordinal);
    }

    [Fact]
    public void The_folder_is_found_beside_the_program_or_above_it_or_where_the_setting_says()
    {
        var deep = Directory.CreateDirectory(Path.Combine(_folder.FullName, "src", "bin", "net10.0")).FullName;
        Assert.Equal(Root, WebFiles.FindRoot(null, deep));
        Assert.Equal(Root, WebFiles.FindRoot(null, _folder.FullName));
        Assert.Equal(Root, WebFiles.FindRoot(Root, "/"));
        Assert.Throws<OptionsValidationException>(() => WebFiles.FindRoot(deep, _folder.FullName));
        Assert.Throws<OptionsValidationException>(() => WebFiles.FindRoot(null, "/"));
    }

    private async Task<HttpStatusCode> RevalidateAsync(string path, EntityTagHeaderValue tag)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.IfNoneMatch.Add(tag);
        using var response = await Http.SendAsync(request, Cancel);
        return response.StatusCode;
    }

    private async Task<string> RawAsync(string path)
    {
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(_hub!.Address.Host, _hub.Address.Port, Cancel);
        await tcp.GetStream().WriteAsync(Encoding.Latin1.GetBytes($"GET {path} HTTP/1.1\r\nHost: {_hub.Address.Authority}\r\nConnection: close\r\n\r\n"), Cancel);
        using var reader = new StreamReader(tcp.GetStream(), Encoding.Latin1);
        return await reader.ReadToEndAsync(Cancel);
    }

    private Task WriteAsync(string file, string text) => File.WriteAllTextAsync(Path.Combine(Root, file), text, Cancel);
}
