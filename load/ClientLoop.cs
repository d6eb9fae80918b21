using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace RtcHub.Load;

/// <summary>One thread that lives for several hundred clients: it waits for all their sockets at once.</summary>
internal sealed unsafe class ClientLoop : IDisposable
{
    private const int MaxReady = 256;
    private const long TickInterval = 20_000;

    private readonly int _poll = Sockets.CreatePoll();
    private readonly byte* _buffers = (byte*)NativeMemory.Alloc(Sockets.Batch * Sockets.BufferLength);
    private readonly Sockets.MessageHeader* _messages;
    private readonly ConcurrentQueue<Action> _commands = new();
    private readonly List<VirtualClient> _clients = [];
    private readonly List<MediaSource> _sources = [];
    private readonly Thread _thread;
    private volatile bool _stopping;

    public ClientLoop()
    {
        _messages = Sockets.CreateMessages(_buffers);
        _thread = new Thread(Run) { IsBackground = true, Name = "clients" };
        _thread.Start();
    }

    public LatencyRecord Latency { get; } = new();

    /// <summary>The client belongs to this thread from now on; its description of the server must be there.</summary>
    public void Add(VirtualClient client, MediaSource? source = null) => _commands.Enqueue(() =>
    {
        Sockets.Watch(_poll, client.Descriptor, _clients.Count);
        _clients.Add(client);
        if (source is not null) _sources.Add(source);
        client.Tick(Clock.Now());
    });

    /// <summary>Runs on the loop's thread; done when it returns.</summary>
    public Task<T> AskAsync<T>(Func<T> question)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        _commands.Enqueue(() => done.SetResult(question()));
        return done.Task;
    }

    public void Dispose()
    {
        _stopping = true;
        _thread.Join();
        foreach (var client in _clients) client.Dispose();
    }

    private void Run()
    {
        Span<Sockets.EpollEvent> ready = new Sockets.EpollEvent[MaxReady];
        var nextTick = 0L;
        while (!_stopping)
        {
            var now = Clock.Now();
            var wait = Math.Min(nextTick, NextSource()) - now;
            var count = Sockets.Wait(_poll, ready, (int)Math.Clamp((wait + 999) / 1_000, 0, 20));
            now = Clock.Now();
            for (var i = 0; i < count; i++) Read(_clients[(int)ready[i].Tag], now);
            foreach (var source in _sources) source.Tick(now);
            while (_commands.TryDequeue(out var command)) command();
            if (now < nextTick) continue;
            nextTick = now + TickInterval;
            foreach (var client in _clients) client.Tick(now);
        }
    }

    private void Read(VirtualClient client, long now)
    {
        int count;
        do
        {
            count = Sockets.Receive(client.Descriptor, _buffers, _messages);
            for (var i = 0; i < count; i++)
                client.Receive(client.Decrypts ? Clock.Now() : now, new Span<byte>(_buffers + i * Sockets.BufferLength, (int)_messages[i].Received), Latency);
        }
        while (count == Sockets.Batch);
    }

    private long NextSource()
    {
        var next = long.MaxValue;
        foreach (var source in _sources) next = Math.Min(next, source.NextTimeout);
        return next;
    }
}
