using System.Net;
using RtcHub.Sfu.Pool;

namespace RtcHub.Sfu.Tests.Pool;

public sealed class ControlAddressTests
{
    [Theory]
    [InlineData("http://127.0.0.1:7880", "http://127.0.0.1:7880/")]
    [InlineData("https://sfu.example.org:7880", "https://sfu.example.org:7880/")]
    [InlineData("http://[::1]:7880", "http://[::1]:7880/")]
    public void Who_listens_on_one_address_is_found_there(string url, string found) => Assert.Equal(found, ControlAddress.Of([url, "http://other:1"]).ToString());

    [Theory]
    [InlineData("http://0.0.0.0:7880")]
    [InlineData("http://[::]:7880")]
    [InlineData("http://*:7880")]
    [InlineData("http://+:7880")]
    public void Who_listens_on_all_is_found_at_one_that_others_can_use(string url)
    {
        var found = ControlAddress.Of([url]);
        Assert.Equal(7880, found.Port);
        Assert.NotEqual(IPAddress.Any.ToString(), found.Host);
        Assert.NotEqual("[::]", found.Host);
    }
}
