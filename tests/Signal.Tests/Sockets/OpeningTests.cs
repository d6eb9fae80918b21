using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Time.Testing;

namespace RtcHub.Signal.Tests.Sockets;

public sealed class OpeningTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Hello_gets_a_welcome_with_the_whole_snapshot()
    {
        await using var hub = await TestHub.StartAsync();
        await using var ada = await SignalClient.OpenAsync(hub, "Ada", "blue-fox-42");
        var d = ada.Opened["d"]!;
        Assert.Equal("welcome", ada.Type);
        Assert.Equal("rtchub.v1", (string)d["version"]!);
        Assert.Matches("^[a-hjkmnp-z2-9]{8}$", ada.Id);
        Assert.Equal(43, ada.Secret.Length);
        Assert.Equal("joined", (string)d["room"]!["status"]!);
        Assert.Equal("moderator", (string)d["room"]!["participants"]![0]!["role"]!);
        Assert.Equal(65536, (int)d["limits"]!["frameBytes"]!);
        Assert.NotNull(d["iceServers"]!["servers"]);
    }

    [Fact]
    public async Task The_first_frame_must_come_in_time()
    {
        await using var hub = await TestHub.StartAsync(new FakeTimeProvider(), null);
        await using var silent = await SignalClient.ConnectAsync(hub);
        hub.Advance(TimeSpan.FromSeconds(7));
        Assert.Equal("protocol", (string)(await silent.EventAsync("closing"))["reason"]!);
        Assert.Equal(4002, await silent.ClosedAsync());
    }

    [Theory]
    [InlineData("""{"t":"chat","id":1,"d":{"text":"hi"}}""")]
    [InlineData("""{"t":"hello","d":{"versions":["rtchub.v9"]}}""")]
    [InlineData("""{"t":"hello","d":[]}""")]
    [InlineData("""{"t":"hello","d":{"name":7}}""")]
    [InlineData("{}")]
    [InlineData("not json")]
    public async Task A_first_frame_that_is_no_hello_is_told_why_and_closed(string frame)
    {
        await using var hub = await TestHub.StartAsync();
        await using var client = await SignalClient.ConnectAsync(hub);
        await client.SendAsync(frame);
        Assert.NotNull(await client.EventAsync("error"));
        Assert.Equal(4002, await client.ClosedAsync());
    }

    [Theory]
    [InlineData("https://evil.example", false)]
    [InlineData("null", false)]
    [InlineData("https://app.example", true)]
    [InlineData(null, true)]
    public async Task Only_pages_of_this_hub_and_allowed_origins_may_connect(string? origin, bool may)
    {
        await using var hub = await TestHub.StartAsync("Signal:AllowedOrigins:0=https://app.example");
        if (may)
        {
            await using var client = await SignalClient.ConnectAsync(hub, origin);
            await client.HelloAsync([]);
            Assert.Equal("welcome", client.Type);
        }
        else
        {
            await Assert.ThrowsAsync<WebSocketException>(() => SignalClient.ConnectAsync(hub, origin));
        }
    }

    [Fact]
    public async Task The_hubs_own_origin_may_connect()
    {
        await using var hub = await TestHub.StartAsync();
        await using var client = await SignalClient.ConnectAsync(hub, hub.Address.GetLeftPart(UriPartial.Authority));
        await client.HelloAsync([]);
        Assert.Equal("welcome", client.Type);
    }

    [Fact]
    public async Task One_address_has_so_many_connections()
    {
        await using var hub = await TestHub.StartAsync("Signal:ConnectionsPerAddress=2");
        await using var one = await SignalClient.OpenAsync(hub, "1");
        await using (await SignalClient.OpenAsync(hub, "2"))
            await Assert.ThrowsAsync<WebSocketException>(() => SignalClient.ConnectAsync(hub));
        await using var again = await SignalClient.OpenSoonAsync(hub, "3");
        Assert.Equal("welcome", again.Type);
    }

    [Fact]
    public async Task A_room_that_refuses_leaves_the_session_standing()
    {
        await using var hub = await TestHub.StartAsync("Rooms:DefaultMaxParticipants=2");
        await using var ada = await SignalClient.OpenAsync(hub, "Ada", "small");
        await using var bo = await SignalClient.OpenAsync(hub, "Bo", "small");
        await using var cy = await SignalClient.OpenAsync(hub, "Cy", "small");
        Assert.Null(cy.Opened["d"]!["room"]);
        Assert.Equal("room_full", (string)cy.Opened["d"]!["refused"]!["code"]!);
        await cy.DoAsync("join", new JsonObject { ["room"] = "other" });
    }

    [Theory]
    [InlineData("  Ada\u0007 Lovelace ", "Ada Lovelace")]
    [InlineData("", "Guest")]
    [InlineData("\n", "Guest")]
    public async Task Names_are_cleaned(string said, string shown)
    {
        await using var hub = await TestHub.StartAsync();
        await using var client = await SignalClient.OpenAsync(hub, said);
        Assert.Equal(shown, (string)client.Opened["d"]!["self"]!["name"]!);
    }

    [Fact]
    public async Task What_was_asked_before_a_client_closed_is_answered_before_its_close_is()
    {
        await using var hub = await TestHub.StartAsync();
        using var socket = new ClientWebSocket();
        socket.Options.AddSubProtocol("rtchub.v1");
        await socket.ConnectAsync(new UriBuilder(hub.Address) { Scheme = "ws", Path = "/ws" }.Uri, Cancel);
        await SendAsync("""{"t":"hello","d":{"versions":["rtchub.v1"],"name":"Ada"}}""");
        Assert.StartsWith("""{"t":"welcome""", await ReadAsync(), StringComparison.Ordinal);
        await SendAsync("""{"t":"leave","id":1,"d":{}}""");
        await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, Cancel);
        Assert.Contains("\"re\":1", await ReadAsync(), StringComparison.Ordinal);
        Assert.Equal("", await ReadAsync());
        Assert.Equal(WebSocketCloseStatus.NormalClosure, socket.CloseStatus);

        Task SendAsync(string frame) => socket.SendAsync(Encoding.UTF8.GetBytes(frame), WebSocketMessageType.Text, endOfMessage: true, Cancel);

        async Task<string> ReadAsync()
        {
            var buffer = new byte[16 * 1024];
            return Encoding.UTF8.GetString(buffer, 0, (await socket.ReceiveAsync(buffer, Cancel)).Count);
        }
    }
}
