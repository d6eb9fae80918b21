using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;

namespace RtcHub.Signal.Tests.Sockets;

public sealed class BadInputTests
{
    private const string Room = "blue-fox-42";

    [Theory]
    [InlineData("{", "malformed")]
    [InlineData("[]", "malformed")]
    [InlineData("{} {}", "malformed")]
    [InlineData("""{"t":"chat","d":{"text":"no id"}}""", "invalid")]
    [InlineData("""{"t":"chat","id":-1}""", "invalid")]
    [InlineData("""{"t":"chat","id":"1"}""", "invalid")]
    [InlineData("""{"t":"chat","id":1.5}""", "invalid")]
    [InlineData("""{"id":null}""", "invalid")]
    [InlineData("""{"t":{"a":[]}}""", "invalid")]
    [InlineData("""{"t":"hello","d":{}}""", "conflict")]
    public async Task A_frame_without_a_usable_id_gets_an_error_and_the_session_goes_on(string frame, string code)
    {
        await using var hub = await TestHub.StartAsync();
        await using var ada = await SignalClient.OpenAsync(hub, "Ada", Room);
        await ada.SendAsync(frame);
        Assert.Equal(code, (string)(await ada.EventAsync("error"))["code"]!);
        await ada.DoAsync("hand", new JsonObject { ["raised"] = true });
    }

    [Theory]
    [InlineData("""{"t":"nonsense","id":1}""", "unsupported", "t")]
    [InlineData("""{"t":7,"id":1}""", "invalid", "t")]
    [InlineData("""{"id":1}""", "invalid", "t")]
    [InlineData("""{"t":"chat","id":1,"d":{"text":7}}""", "invalid", "text")]
    [InlineData("""{"t":"chat","id":1,"d":{}}""", "invalid", "text")]
    [InlineData("""{"t":"chat","id":1,"d":null}""", "invalid", "d")]
    [InlineData("""{"t":"chat","id":1,"d":"text"}""", "invalid", "d")]
    [InlineData("""{"t":"chat","id":1,"d":{"text":"\ud800"}}""", "invalid", "text")]
    [InlineData("""{"t":"data","id":1,"to":7}""", "invalid", "to")]
    [InlineData("""{"t":"data","id":1,"to":"\ud800"}""", "invalid", "to")]
    [InlineData("""{"t":"media","id":1,"d":{"audio":"yes"}}""", "invalid", "audio")]
    [InlineData("""{"t":"media","id":1,"d":{"screen":7}}""", "invalid", "screen")]
    [InlineData("""{"t":"join","id":1,"d":{"room":"Not A Room"}}""", "invalid", "room")]
    [InlineData("""{"t":"mute","id":1,"d":{"target":"x","kind":"smell"}}""", "invalid", "kind")]
    [InlineData("""{"t":"lock","id":1,"d":{}}""", "invalid", "locked")]
    public async Task A_bad_request_gets_its_reply_with_the_member_at_fault(string frame, string code, string? field)
    {
        await using var hub = await TestHub.StartAsync();
        await using var ada = await SignalClient.OpenAsync(hub, "Ada", Room);
        await ada.SendAsync(frame);
        var reply = await ada.NextAsync(f => (long?)f["re"] == 1);
        Assert.Equal(code, (string)reply["error"]!["code"]!);
        Assert.Equal(field, (string?)reply["error"]!["field"]);
    }

    [Fact]
    public async Task Ten_bad_frames_are_enough()
    {
        await using var hub = await TestHub.StartAsync();
        await using var ada = await SignalClient.OpenAsync(hub, "Ada", Room);
        for (var i = 0; i < 10; i++)
            await ada.SendAsync("bad");
        Assert.Equal(4002, await ada.ClosedAsync());
    }

    [Fact]
    public async Task Large_is_for_descriptions_only_and_not_without_end()
    {
        await using var hub = await TestHub.StartAsync();
        await using var ada = await SignalClient.OpenAsync(hub, "Ada", Room);
        await using var bo = await SignalClient.OpenAsync(hub, "Bo", Room);
        var large = JsonValue.Create(new string('x', 100_000));
        Assert.Equal("too_large", await ada.RefusedAsync("data", large.DeepClone()));
        await ada.DoAsync("offer", large.DeepClone(), bo.Id);
        Assert.Equal(100_000, ((string)(await bo.EventAsync("offer"))!).Length);
        await ada.StartAsync("offer", new string('x', 300_000), bo.Id);
        Assert.Equal(4009, await ada.ClosedAsync());
    }

    [Fact]
    public async Task A_message_may_come_in_fragments_but_not_in_endless_ones()
    {
        await using var hub = await TestHub.StartAsync();
        await using var ada = await SignalClient.OpenAsync(hub, "Ada", Room);
        var frame = Encoding.UTF8.GetBytes("""{"t":"hand","id":1,"d":{"raised":true}}""");
        for (var i = 0; i < frame.Length; i++)
            await ada.SendAsync([frame[i]], end: i == frame.Length - 1);
        Assert.True((bool)(await ada.NextAsync(f => (long?)f["re"] == 1))["ok"]!);
        try
        {
            for (var i = 0; i < 3000; i++)
                await ada.SendAsync([(byte)' '], end: false);
        }
        catch (WebSocketException)
        {
            // Closed while still sending.
        }

        Assert.Equal(4009, await ada.ClosedAsync());
    }

    [Fact]
    public async Task Binary_and_empty_messages_are_malformed()
    {
        await using var hub = await TestHub.StartAsync();
        await using var ada = await SignalClient.OpenAsync(hub, "Ada", Room);
        await ada.SendAsync([1, 2, 3], WebSocketMessageType.Binary);
        Assert.Equal("malformed", (string)(await ada.EventAsync("error"))["code"]!);
        await ada.SendAsync([]);
        Assert.Equal("malformed", (string)(await ada.EventAsync("error"))["code"]!);
    }

    [Fact]
    public async Task Text_that_is_not_utf8_ends_the_socket_and_only_that()
    {
        await using var hub = await TestHub.StartAsync();
        await using var ada = await SignalClient.OpenAsync(hub, "Ada", Room);
        await using var bo = await SignalClient.OpenAsync(hub, "Bo", Room);
        await bo.SendAsync([(byte)'{', 0xff, 0xfe, (byte)'}']);
        Assert.Equal(1007, await bo.ClosedAsync()); // RFC 6455 section 7.4.1
        await ada.NextAsync(f => (string?)f["d"]?["participant"]?["state"] == "reconnecting");
        await ada.DoAsync("hand", new JsonObject { ["raised"] = true });
    }

    [Fact]
    public async Task Too_many_at_once_are_refused_each_and_a_flood_is_closed()
    {
        await using var hub = await TestHub.StartAsync("Signal:Burst=20", "Signal:MessagesPerSecond=1");
        await using var ada = await SignalClient.OpenAsync(hub, "Ada", Room);
        await using var bo = await SignalClient.OpenAsync(hub, "Bo", Room);
        for (var i = 0; i < 30; i++)
            await ada.StartAsync("hand", new JsonObject { ["raised"] = true });
        var reply = await ada.NextAsync(f => (string?)f["error"]?["code"] == "rate_limited");
        Assert.InRange((int)reply["error"]!["retryAfterMs"]!, 1, 1000);
        try
        {
            for (var i = 0; i < 600; i++)
                await ada.StartAsync("hand", new JsonObject { ["raised"] = true });
        }
        catch (WebSocketException)
        {
            // Closed while still sending.
        }

        Assert.Equal(4010, await ada.ClosedAsync());
        await bo.DoAsync("chat", new JsonObject { ["text"] = "undisturbed" });
    }

    /// <summary>
    /// Ten thousand frames, each a real one that was damaged, from several clients at once in one room. The hub must answer or
    /// close; it must not break, and a call in another room must go on with nothing of it coming through.
    /// </summary>
    [Fact]
    public async Task Ten_thousand_damaged_messages_hurt_nobody_else()
    {
        // However slow the machine, nobody is taken for dead.
        await using var hub = await TestHub.StartAsync(
            "Signal:MessagesPerSecond=100000", "Signal:Burst=100000", "Signal:ReplayMessages=10000", "Signal:ResumeWindow=00:00:01",
            "Signal:PingAfter=00:10:00", "Signal:DeadAfter=00:20:00", "Rooms:DefaultMaxParticipants=500", "Rooms:MaxParticipants=500");
        await using var ada = await SignalClient.OpenAsync(hub, "Ada", Room);
        await using var bo = await SignalClient.OpenAsync(hub, "Bo", Room);
        await ada.EventAsync("joined");
        await using var witness = await SignalClient.OpenAsync(hub, "Witness", "battlefield");
        var mutator = new FrameMutator(seed: 20261123);
        SignalClient? fuzzer = null;
        for (var i = 0; i < 10_000; i++)
        {
            try
            {
                fuzzer ??= await SignalClient.OpenAsync(hub, "Fuzz", "battlefield");
                var id = fuzzer.LastId + 1;
                await fuzzer.SendAsync(mutator.Next(id, witness.Id, out var type), type);
                if ((await fuzzer.SettleAsync()).Any(f => (long?)f["re"] == id))
                    fuzzer.SkipId();
                if (i % 1000 == 0)
                {
                    await ada.DoAsync("data", i, bo.Id);
                    Assert.Equal(i, (int)await bo.EventAsync("data"));
                }
            }
            catch (Exception e) when (e is WebSocketException or InvalidOperationException or OperationCanceledException)
            {
                // Closed for what it sent; the next one must find the door open.
                if (fuzzer is not null)
                    await fuzzer.DisposeAsync();
                fuzzer = null;
            }
        }

        if (fuzzer is not null)
            await fuzzer.DisposeAsync();
        await witness.DoAsync("chat", new JsonObject { ["text"] = "still here" });
        Assert.Empty(await ada.SettleAsync());
        Assert.Empty(await bo.SettleAsync());
    }
}
