using System.Text.Json.Nodes;
using CsCheck;

namespace RtcHub.Signal.Tests.Sockets;

/// <summary>
/// The promise of resume, over real sockets: two people, one sends numbered messages to the other, and at any moment the
/// socket of either is cut. Every message arrives exactly once, in order, and every request has exactly one reply.
/// </summary>
public sealed class ResumePropertyTests
{
    private enum Step
    {
        Send,
        SendMany,
        CutSender,
        CutReceiver,
        CutBoth,
        Read,
        Acknowledge,
    }

    private static readonly Gen<Step[]> Steps = Gen.Frequency(
        (8, Gen.Const(Step.Send)), (2, Gen.Const(Step.SendMany)), (2, Gen.Const(Step.CutSender)), (2, Gen.Const(Step.CutReceiver)),
        (1, Gen.Const(Step.CutBoth)), (4, Gen.Const(Step.Read)), (2, Gen.Const(Step.Acknowledge))).Array[1, 40];

    [Fact]
    public async Task Any_interleaving_of_drops_and_sends_delivers_each_message_once_in_order()
    {
        await using var hub = await TestHub.StartAsync("Signal:MessagesPerSecond=100000", "Signal:Burst=100000");
        var runs = 0;
        await Steps.SampleAsync(steps => RunAsync(hub, $"room-{Interlocked.Increment(ref runs)}", steps), iter: 60, threads: 2);
    }

    private static async Task RunAsync(TestHub hub, string room, Step[] steps)
    {
        var sender = new Sender(hub, await SignalClient.OpenAsync(hub, "Sender", room));
        var receiver = await SignalClient.OpenAsync(hub, "Receiver", room);
        sender.To = receiver.Id;
        var received = 0;
        foreach (var step in steps)
        {
            switch (step)
            {
                case Step.Send:
                    await sender.SendAsync();
                    break;
                case Step.SendMany:
                    for (var i = 0; i < 10; i++)
                        await sender.SendAsync();
                    break;
                case Step.Read when received < sender.Sent:
                    Assert.Equal(received++, (int)await receiver.EventAsync("data"));
                    break;
                case Step.Acknowledge:
                    await receiver.AcknowledgeAsync();
                    break;
                case Step.CutSender:
                    await sender.CutAsync();
                    break;
                case Step.CutReceiver:
                    receiver = await CutAsync(hub, receiver);
                    break;
                case Step.CutBoth:
                    await sender.CutAsync();
                    receiver = await CutAsync(hub, receiver);
                    break;
            }
        }

        while (received < sender.Sent)
            Assert.Equal(received++, (int)await receiver.EventAsync("data"));
        Assert.DoesNotContain(await receiver.SettleAsync(), f => (string?)f["t"] == "data");
        await sender.AllRepliedOnceAsync();
        await receiver.CloseAsync();
        await receiver.DisposeAsync();
        await sender.DisposeAsync();
    }

    private static async Task<SignalClient> CutAsync(TestHub hub, SignalClient client)
    {
        await client.DropAsync();
        var again = await SignalClient.ResumeAsync(hub, client);
        Assert.Equal("resumed", again.Type);
        again.TakeOver(client);
        await client.DisposeAsync();
        return again;
    }

    private sealed class Sender(TestHub hub, SignalClient client) : IAsyncDisposable
    {
        private SignalClient _client = client;

        public string To { get; set; } = "";

        public int Sent { get; private set; }

        public Task SendAsync() => _client.SendAsync(Frame(++Sent));

        public async Task CutAsync()
        {
            _client = await ResumePropertyTests.CutAsync(hub, _client);
            var known = (long)_client.Opened["d"]!["received"]!;
            for (var id = (int)known + 1; id <= Sent; id++)
                await _client.SendAsync(Frame(id));
        }

        public async Task AllRepliedOnceAsync()
        {
            var replies = (await _client.SettleAsync()).Where(f => f["re"] is not null).Select(f => (long)f["re"]!).ToArray();
            Assert.Equal(Enumerable.Range(1, Sent).Select(n => (long)n), replies);
        }

        public ValueTask DisposeAsync() => _client.DisposeAsync();

        private string Frame(int id) =>
            new JsonObject { ["t"] = "data", ["id"] = id, ["to"] = To, ["d"] = id - 1 }.ToJsonString();
    }
}
