using System.Text;
using CsCheck;
using RtcHub.Signal.Sessions;

namespace RtcHub.Signal.Tests.Sessions;

public sealed class OutboxTests
{
    private static readonly object Socket = new();

    private static Outbox NewOutbox(int messages = 100, int bytes = 10_000)
    {
        var outbox = new Outbox(messages, bytes);
        outbox.Open(Socket);
        return outbox;
    }

    private static byte[] Body(string text) => Encoding.ASCII.GetBytes(text);

    private static List<(long Seq, string Text)> TakeAll(Outbox outbox, object? socket = null)
    {
        var taken = new List<(long, string)>();
        while (outbox.TryTake(socket ?? Socket, out var seq, out var body, out _))
            taken.Add((seq, Encoding.ASCII.GetString(body.Span)));
        return taken;
    }

    [Fact]
    public void Numbers_without_gaps_from_one()
    {
        var outbox = NewOutbox();
        outbox.Add(Body("a"));
        outbox.Add(Body("b"));
        Assert.Equal([(1, "a"), (2, "b")], TakeAll(outbox));
    }

    [Fact]
    public void Only_the_newest_socket_gets_anything()
    {
        var outbox = NewOutbox();
        outbox.Add(Body("a"));
        var newer = new object();
        Assert.True(outbox.TryResume(newer, 0));
        Assert.Empty(TakeAll(outbox, Socket));
        Assert.Equal([(1, "a")], TakeAll(outbox, newer));
    }

    [Fact]
    public void A_resume_sends_again_what_the_client_has_not_seen()
    {
        var outbox = NewOutbox();
        foreach (var text in (string[])["a", "b", "c"])
            outbox.Add(Body(text));
        TakeAll(outbox);
        outbox.Add(Body("d"));
        Assert.True(outbox.TryResume(Socket, 1));
        Assert.Equal([(2, "b"), (3, "c"), (4, "d")], TakeAll(outbox));
    }

    [Fact]
    public void A_resume_from_before_an_acknowledgement_or_from_the_future_needs_a_snapshot()
    {
        var outbox = NewOutbox();
        outbox.Add(Body("a"));
        outbox.Add(Body("b"));
        TakeAll(outbox);
        outbox.Acknowledge(2);
        Assert.False(outbox.TryResume(Socket, 1));
        Assert.False(outbox.TryResume(Socket, 3));
        Assert.True(outbox.TryResume(Socket, 2));
    }

    [Fact]
    public void A_newer_state_replaces_an_unsent_one_of_the_same_subject()
    {
        var outbox = NewOutbox();
        outbox.Add(Body("p1"), "p", replaceable: true);
        outbox.Add(Body("q1"), "q", replaceable: true);
        outbox.Add(Body("p2"), "p", replaceable: true);
        Assert.Equal([(1, "p2"), (2, "q1")], TakeAll(outbox));
        outbox.Add(Body("p3"), "p", replaceable: true);
        Assert.Equal([(3, "p3")], TakeAll(outbox));
    }

    [Fact]
    public void A_newer_state_does_not_overtake_that_the_subject_left()
    {
        var outbox = NewOutbox();
        outbox.Add(Body("p1"), "p", replaceable: true);
        outbox.Add(Body("left"), "p");
        outbox.Add(Body("joined"), "p");
        outbox.Add(Body("p2"), "p", replaceable: true);
        Assert.Equal([(1, "p1"), (2, "left"), (3, "joined"), (4, "p2")], TakeAll(outbox));
    }

    [Fact]
    public void Too_much_unsent_is_lost_but_for_the_replies()
    {
        var outbox = NewOutbox(messages: 4);
        Assert.True(outbox.Add(Body("reply"), isReply: true));
        for (var i = 0; i < 3; i++)
            Assert.True(outbox.Add(Body("event")));
        Assert.False(outbox.Add(Body("one too many")));
        Assert.True(outbox.Lost);
        Assert.Empty(TakeAll(outbox));
        Assert.False(outbox.TryResume(Socket, 0));
        Assert.Equal(70, outbox.Restart(Socket, 70));
        Assert.Equal([(71, "reply")], TakeAll(outbox));
    }

    [Fact]
    public void A_client_that_reads_and_never_acknowledges_loses_only_its_replay()
    {
        var outbox = NewOutbox(messages: 4);
        for (var i = 1; i <= 100; i++)
        {
            Assert.True(outbox.Add(Body($"{i}")));
            Assert.Equal([(i, $"{i}")], TakeAll(outbox));
        }

        Assert.False(outbox.Lost);
        Assert.True(outbox.TryResume(Socket, 96));
        Assert.False(outbox.TryResume(Socket, 95));
    }

    [Fact]
    public void Bytes_are_bounded_too()
    {
        var outbox = NewOutbox(bytes: 1000);
        Assert.True(outbox.Add(new byte[900]));
        Assert.False(outbox.Add(new byte[200]));
        Assert.True(outbox.Lost);
    }

    /// <summary>
    /// Whatever happens in whatever order, a client that resumes when its socket dies sees every message once and in order,
    /// until the hub says that it lost some; after the snapshot that follows, again.
    /// </summary>
    [Fact]
    public void Every_interleaving_of_sends_drops_acks_and_resumes_delivers_each_message_once_in_order() =>
        Gen.Int[0, 9].Array[0, 400].Sample(steps =>
        {
            var outbox = new Outbox(32, 4096);
            object socket = new();
            outbox.Open(socket);
            var (sent, next, seenSeq) = (0, 0, 0L);
            foreach (var step in steps)
            {
                switch (step)
                {
                    case <= 4:
                        outbox.Add(Body($"{sent++}"));
                        break;
                    case <= 6:
                        // The socket takes one; it arrives.
                        if (outbox.TryTake(socket, out var seq, out var body, out _))
                        {
                            Assert.Equal(seenSeq + 1, seq);
                            Assert.Equal($"{next++}", Encoding.ASCII.GetString(body.Span));
                            seenSeq = seq;
                        }

                        break;
                    case 7:
                        // The socket takes one; it is on its way when the socket dies.
                        outbox.TryTake(socket, out _, out _, out _);
                        Reconnect();
                        break;
                    case 8:
                        outbox.Acknowledge(seenSeq);
                        break;
                    case 9:
                        Reconnect();
                        break;
                }
            }

            Reconnect();
            while (outbox.TryTake(socket, out var seq, out var body, out _))
            {
                Assert.Equal(++seenSeq, seq);
                Assert.Equal($"{next++}", Encoding.ASCII.GetString(body.Span));
            }

            Assert.Equal(sent, next);

            void Reconnect()
            {
                socket = new object();
                if (outbox.TryResume(socket, seenSeq))
                    return;
                Assert.True(outbox.Lost);
                seenSeq = outbox.Restart(socket, seenSeq);
                next = sent; // the snapshot tells the rest
            }
        });
}
