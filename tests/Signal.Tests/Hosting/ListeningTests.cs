using Microsoft.Extensions.Configuration;
using RtcHub.Signal.Hosting;

namespace RtcHub.Signal.Tests.Hosting;

public sealed class ListeningTests
{
    [Theory]
    [InlineData("", false, "http://localhost:8080")]
    [InlineData("", true, "http://localhost:8080 https://*:8443")]
    [InlineData("urls=http://*:80;http://localhost:81", false, "http://*:80 http://localhost:81")]
    [InlineData("urls=http://*:80", true, "http://*:80 https://*:8443")]
    [InlineData("http_ports=8080", false, "http://*:8080")]
    [InlineData("http_ports=8080 https_ports=8081", false, "http://*:8080 https://*:8081")]
    [InlineData("urls=http://localhost:1 http_ports=8080", false, "http://localhost:1")]
    public void Whoever_says_where_is_obeyed_and_the_default_is_this_machine_alone(string settings, bool selfSigned, string expected)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(setting => setting.Split('=')).Select(pair => KeyValuePair.Create(pair[0], (string?)pair[1])))
            .Build();
        Assert.Equal(expected, string.Join(' ', Listening.Urls(configuration, new HttpsOptions { SelfSigned = selfSigned })));
    }
}
