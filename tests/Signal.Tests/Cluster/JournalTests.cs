using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using RtcHub.Signal.Cluster;
using RtcHub.Signal.Sessions;
using StackExchange.Redis;

namespace RtcHub.Signal.Tests.Cluster;

/// <summary>What is in Redis, and when an outbox hands out what it was given.</summary>
public sealed class JournalTests : IAsyncLifetime
{
    private static readonly object Socket = new();
    private static readonly ClusterKeys Keys = new("rtchub");
    private RedisProcess _redis = null!;
    private ConnectionMultiplexer _connection = null!;
    private Journal _journal = null!;

    public async ValueTask InitializeAsync()
    {
        _redis = await RedisProcess.StartAsync();
        _connection = await ConnectionMultiplexer.ConnectAsync(_redis.Connection);
        _journal = new Journal(_connection, Keys, "one", TimeProvider.System, NullLogger<Journal>.Instance);
    }

    public async ValueTask DisposeAsync()
    {
        await _journal.DisposeAsync();
        await _connection.DisposeAsync();
        await _redis.DisposeAsync();
    }

    [Fact]
    public async Task A_message_is_handed_out_when_all_of_its_request_is_written()
    {
        var session = NewSession("ada");
        using (JournalGroup.Begin(_journal))
        {
            session.Outbox.Add(Body("a"));
            session.Outbox.Add(Body("b"));
            await _journal.FlushedBesideAsync();
            Assert.False(session.Outbox.HasNext(Socket));
            Assert.Null((await ReadAsync("ada"))?.Messages);
            session.Log!.Save(new SessionRecord("ada", [1], "{}"u8.ToArray(), null));
            session.Log!.Done(1);
        }

        await _journal.FlushAsync();
        Assert.Equal([(1, "a"), (2, "b")], TakeAll(session.Outbox));
        var stored = (await ReadAsync("ada"))!;
        Assert.Equal(1, stored.Request);
        Assert.Equal([(1, "a"), (2, "b")], stored.Messages.Select(Text));
    }

    [Fact]
    public async Task What_replaces_a_message_is_what_another_node_finds()
    {
        var session = NewSession("ada");
        session.Log!.Save(new SessionRecord("ada", [1], "{}"u8.ToArray(), null));
        session.Outbox.Add(Body("first"), "x", replaceable: true);
        await _journal.FlushAsync();
        session.Outbox.Add(Body("second"), "x", replaceable: true);
        Assert.False(session.Outbox.HasNext(Socket));
        await _journal.FlushAsync();
        Assert.Equal([(1, "second")], (await ReadAsync("ada"))!.Messages.Select(Text));
        Assert.Equal([(1, "second")], TakeAll(session.Outbox));
    }

    [Fact]
    public async Task What_is_acknowledged_does_not_stay_in_Redis()
    {
        var session = NewSession("ada");
        session.Log!.Save(new SessionRecord("ada", [1], "{}"u8.ToArray(), null));
        for (var i = 1; i <= 200; i++)
        {
            session.Outbox.Add(Body($"m{i}"));
            await _journal.FlushAsync();
            Assert.Single(TakeAll(session.Outbox));
            session.Outbox.Acknowledge(i);
        }

        session.Outbox.Add(Body("last"));
        await _journal.FlushAsync();
        Assert.InRange(await _connection.GetDatabase().StreamLengthAsync(Keys.Replay("ada")), 1, 40);
        var stored = (await ReadAsync("ada"))!;
        var outbox = NewSession("again").Outbox;
        Assert.False(outbox.Restore(stored.Seq, stored.Lost, stored.Messages));
        Assert.True(outbox.TryResume(Socket, 200));
        Assert.Equal([(201, "last")], TakeAll(outbox));
    }

    [Fact]
    public async Task That_too_much_was_missed_is_known_at_the_next_node_and_replies_are_kept()
    {
        var session = NewSession("ada", messages: 4);
        session.Log!.Save(new SessionRecord("ada", [1], "{}"u8.ToArray(), null));
        session.Outbox.Add(Body("reply"), isReply: true);
        for (var i = 0; i < 6; i++)
            session.Outbox.Add(Body($"m{i}"));
        await _journal.FlushAsync();
        var stored = (await ReadAsync("ada"))!;
        Assert.True(stored.Lost);
        var outbox = NewSession("again").Outbox;
        outbox.Restore(stored.Seq, stored.Lost, stored.Messages);
        Assert.False(outbox.TryResume(Socket, 0));
        var start = outbox.Restart(Socket, 0);
        await _journal.FlushAsync();
        Assert.Equal([(start + 1, "reply")], TakeAll(outbox));
    }

    [Fact]
    public void Behind_a_gap_nothing_was_sent_and_the_gap_is_closed()
    {
        var outbox = NewSession("ada").Outbox;
        Assert.True(outbox.Restore(10, lost: false, [Entry(9, "old"), Entry(11, "a"), Entry(13, "b"), Entry(14, "c")]));
        Assert.True(outbox.TryResume(Socket, 11));
        Assert.Equal([(12, "b"), (13, "c")], TakeAll(outbox));
    }

    [Fact]
    public async Task A_request_that_takes_its_time_holds_nobody_else_up()
    {
        var (slow, quick) = (NewSession("slow"), NewSession("quick"));
        using (JournalGroup.Begin(_journal))
        {
            slow.Outbox.Add(Body("a"));
            Task added;
            using (ExecutionContext.SuppressFlow())
                added = Task.Run(() => quick.Outbox.Add(Body("b")), TestContext.Current.CancellationToken);
            await added;
            while (!quick.Outbox.HasNext(Socket))
                await _journal.FlushedBesideAsync();
            Assert.False(slow.Outbox.HasNext(Socket));
        }

        await _journal.FlushAsync();
        Assert.True(slow.Outbox.HasNext(Socket));
    }

    [Fact]
    public async Task A_write_that_Redis_has_forgotten_the_way_to_brings_everything_along()
    {
        var (ada, bo) = (NewSession("ada"), NewSession("bo"));
        foreach (var session in (Session[])[ada, bo])
        {
            session.Log!.Save(new SessionRecord(session.Id, [1], "{}"u8.ToArray(), null));
            session.Outbox.Add(Body("a"));
        }

        await _journal.FlushAsync();
        await _connection.GetDatabase().ExecuteAsync("FLUSHALL");
        ada.Outbox.Add(Body("b"));
        await _journal.FlushAsync();
        Assert.Equal([(1, "a"), (2, "b")], (await ReadAsync("ada"))!.Messages.Select(Text));
        Assert.Equal([(1, "a")], (await ReadAsync("bo"))!.Messages.Select(Text));
    }

    private Session NewSession(string id, int messages = 100)
    {
        var log = new ReplayLog(_journal, id);
        var session = new Session(id, [1], new Outbox(messages, 100_000, log)) { Log = log };
        log.Owner = session;
        _journal.Logs[id] = log;
        session.Outbox.Open(Socket);
        return session;
    }

    private Task<StoredSession?> ReadAsync(string id) => StoredSession.ReadAsync(_connection.GetDatabase(), Keys, id);

    private static byte[] Body(string text) => Encoding.ASCII.GetBytes(text);

    private static Outbox.Entry Entry(long seq, string text) => new(seq, Body(text), null, false, false, 0, Stamp: 1);

    private static (long, string) Text(Outbox.Entry entry) => (entry.Seq, Encoding.ASCII.GetString(entry.Body.Span));

    private static List<(long Seq, string Text)> TakeAll(Outbox outbox)
    {
        var taken = new List<(long, string)>();
        while (outbox.TryTake(Socket, out var seq, out var body, out _))
            taken.Add((seq, Encoding.ASCII.GetString(body.Span)));
        return taken;
    }
}

file static class JournalExtensions
{
    /// <summary>Waits for a write of its own, without closing the group that is open here.</summary>
    public static async Task FlushedBesideAsync(this Journal journal)
    {
        Task flushed;
        using (ExecutionContext.SuppressFlow())
            flushed = Task.Run(journal.FlushAsync);
        await flushed;
    }
}
