using System.Net.WebSockets;
using System.Text.Json.Nodes;

namespace RtcHub.Signal.Tests.Sockets;

/// <summary>What may happen to two people, one of whom sends numbered messages to the other.</summary>
internal enum ResumeStep
{
    Send,
    SendMany,
    CutSender,
    CutReceiver,
    CutBoth,
    Read,
    Acknowledge,

    /// <summary>The hub is killed; its sockets break with it.</summary>
    Kill,
}

/// <summary>
/// The promise of resume, over real sockets: at any moment the socket of either is cut. Every message arrives exactly once, in
/// order, and every request has exactly one reply.
/// </summary>
/// <param name="next">The hub to which the next socket goes.</param>
/// <param name="kill">Kills the hub where the room lives, which only a cluster survives.</param>
internal sealed class ResumeRun(Func<TestHub> next, Func<Task>? kill = null)
{
    private SignalClient _sender = null!;
    private SignalClient _receiver = null!;
    private int _sent;
    private int _received;

    public async Task RunAsync(string room, IEnumerable<ResumeStep> steps)
    {
        _sender = await SignalClient.OpenAsync(next(), "Sender", room);
        _receiver = await SignalClient.OpenAsync(next(), "Receiver", room);
        foreach (var step in steps)
            await TakeAsync(step);

        while (_received < _sent)
            Assert.Equal(_received++, (int)await _receiver.EventAsync("data"));
        Assert.DoesNotContain(await _receiver.SettleAsync(), f => (string?)f["t"] == "data");
        var replies = (await _sender.SettleAsync()).Where(f => f["re"] is not null).Select(f => (long)f["re"]!).ToArray();
        Assert.Equal(Enumerable.Range(1, _sent).Select(n => (long)n), replies);
        if (kill is null)
            await _receiver.CloseAsync();
        await _receiver.DisposeAsync();
        await _sender.DisposeAsync();
    }

    private async Task TakeAsync(ResumeStep step)
    {
        switch (step)
        {
            case ResumeStep.Send:
                await SendAsync(++_sent);
                break;
            case ResumeStep.SendMany:
                for (var i = 0; i < 10; i++)
                    await SendAsync(++_sent);
                break;
            case ResumeStep.Read when _received < _sent:
                Assert.Equal(_received++, (int)await _receiver.EventAsync("data"));
                break;
            case ResumeStep.Acknowledge:
                await _receiver.AcknowledgeAsync();
                break;
            case ResumeStep.CutSender:
                await CutSenderAsync();
                break;
            case ResumeStep.CutReceiver:
                _receiver = await CutAsync(_receiver);
                break;
            case ResumeStep.Kill:
                await kill!();
                goto case ResumeStep.CutBoth;
            case ResumeStep.CutBoth:
                await CutSenderAsync();
                _receiver = await CutAsync(_receiver);
                break;
        }
    }

    private async Task CutSenderAsync()
    {
        _sender = await CutAsync(_sender);
        var known = (long)_sender.Opened["d"]!["received"]!;
        for (var id = (int)known + 1; id <= _sent; id++)
            await SendAsync(id);
    }

    // While a cluster finds out that a node is dead, it says so.
    private async Task<SignalClient> CutAsync(SignalClient client)
    {
        await client.DropAsync();
        for (var attempt = 0; ; attempt++)
        {
            SignalClient again;
            try
            {
                again = await SignalClient.ResumeAsync(next(), client);
            }
            catch (WebSocketException) when (kill is not null && attempt < 10_000)
            {
                continue;
            }

            if (again.Type != "resumed" && kill is not null && again.Type is "closing" or "error" && attempt < 10_000)
            {
                await again.DisposeAsync();
                continue;
            }

            Assert.Equal("resumed", again.Type);
            again.TakeOver(client);
            await client.DisposeAsync();
            return again;
        }
    }

    private Task SendAsync(int id) =>
        _sender.SendAsync(new JsonObject { ["t"] = "data", ["id"] = id, ["to"] = _receiver.Id, ["d"] = id - 1 }.ToJsonString());
}
