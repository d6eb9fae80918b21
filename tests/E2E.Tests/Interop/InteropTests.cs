using System.Text.Json;

namespace RtcHub.E2E.Tests.Interop;

/// <summary>
/// Stacks that nobody here wrote publish by WHIP and play by WHEP, each as its own users would do it. Who decodes says what it saw:
/// the picture has a code, and a bar that moves; the sound is a tone.
/// </summary>
public sealed class InteropTests : IAsyncLifetime
{
    private const int Limit = 120_000;
    private HubProcess _hub = null!;

    public async ValueTask InitializeAsync() => _hub = await HubProcess.StartAsync();

    public ValueTask DisposeAsync() => _hub.DisposeAsync();

    [Fact(Timeout = Limit)]
    public async Task Libwebrtc_aiortc_GStreamer_and_werift_play_what_libwebrtc_publishes()
    {
        await using var publisher = await Stack.PublishAsync("libwebrtc-publish", Whip("libwebrtc"), 11);
        var packets = Stack.PlayAsync("werift-play", Whep("libwebrtc"));
        string[] decoders = ["libwebrtc-play", "aiortc-play", "gstreamer-play"];
        foreach (var heard in await Task.WhenAll(decoders.Select(player => Stack.PlayAsync(player, Whep("libwebrtc")))))
            AssertSeen(heard, 11);

        // werift decodes nothing: whole frames came, one that can be begun with among them, of the right size.
        var werift = await packets;
        Assert.InRange(werift.GetProperty("frames").GetInt32(), 30, int.MaxValue);
        Assert.InRange(werift.GetProperty("keyframes").GetInt32(), 1, int.MaxValue);
        Assert.Equal((320, 240), (werift.GetProperty("width").GetInt32(), werift.GetProperty("height").GetInt32()));
        Assert.InRange(werift.GetProperty("audioPackets").GetInt32(), 100, int.MaxValue);
        await publisher.EndAsync();
    }

    [Theory(Timeout = Limit)]
    [InlineData("aiortc", 9, "gstreamer")]
    [InlineData("gstreamer", 6, "aiortc")]
    public async Task What_another_stack_publishes_is_played_by_libwebrtc_and_by_a_third(string stack, int code, string third)
    {
        await using var publisher = await Stack.PublishAsync($"{stack}-publish", Whip(stack), code);
        foreach (var heard in await Task.WhenAll(Stack.PlayAsync("libwebrtc-play", Whep(stack)), Stack.PlayAsync($"{third}-play", Whep(stack))))
            AssertSeen(heard, code);
        await publisher.EndAsync();
    }

    private Uri Whip(string room) => new(_hub.Address, $"whip/{room}");

    private Uri Whep(string room) => new(_hub.Address, $"whep/{room}");

    private static void AssertSeen(JsonElement heard, int code)
    {
        Assert.InRange(heard.GetProperty("frames").GetInt32(), 30, int.MaxValue);
        Assert.Equal(code, heard.GetProperty("code").GetInt32());
        Assert.InRange(heard.GetProperty("samples").GetInt32(), 10_000, int.MaxValue);
        Assert.InRange(heard.GetProperty("peak").GetInt32(), 1000, short.MaxValue);
    }
}
