using RtcHub.Rtc.Dtls;

namespace RtcHub.Sfu.Transports;

/// <summary>
/// A coroutine: code that blocks for its input, on a thread of its own, which runs only while <see cref="Resume"/> waits for it. So
/// to its owner it is a call like any other, and there is nothing to lock. There are never more than <see cref="MaxThreads"/> for a
/// role: if clients could take them all, a server that they wait for would get none.
/// </summary>
internal sealed class BouncyDtlsThread
{
    /// <summary>They are parked most of the time, for two round trips each: 160 handshakes a second where one takes 100 ms.</summary>
    public const int MaxThreads = 32;

    // A handshake of BouncyCastle needs far less than the megabyte and a half that a thread usually gets.
    private const int StackSize = 256 * 1024;

    private static readonly int[] Running = new int[2];
    private static readonly int[] Refusals = new int[2];

    private readonly object _gate = new();
    private readonly DtlsRole _role;
    private readonly Action _body;
    private bool _codeRuns;

    private BouncyDtlsThread(DtlsRole role, Action body) => (_role, _body) = (role, body);

    /// <summary>True when the code has come to its end.</summary>
    public bool IsOver { get; private set; }

    /// <summary>How often there was no thread; goes on growing while somebody waits for one.</summary>
    public static int RefusalsOf(DtlsRole role) => Volatile.Read(ref Refusals[(int)role]);

    /// <summary>Null when all threads are taken. The code, which throws nothing, begins with the first <see cref="Resume"/>.</summary>
    public static BouncyDtlsThread? TryStart(DtlsRole role, Action body)
    {
        if (Interlocked.Increment(ref Running[(int)role]) > MaxThreads)
        {
            Interlocked.Decrement(ref Running[(int)role]);
            Interlocked.Increment(ref Refusals[(int)role]);
            return null;
        }

        var coroutine = new BouncyDtlsThread(role, body);
        new Thread(coroutine.Run, StackSize) { IsBackground = true, Name = "DTLS handshake" }.Start();
        return coroutine;
    }

    /// <summary>Called by the owner: the code runs until it pauses or is over.</summary>
    public void Resume() => Switch(codeRuns: true);

    /// <summary>Called by the code: the owner goes on, until it resumes.</summary>
    public void Pause() => Switch(codeRuns: false);

    private void Switch(bool codeRuns)
    {
        lock (_gate)
        {
            _codeRuns = codeRuns;
            Monitor.Pulse(_gate);
            while (_codeRuns == codeRuns) Monitor.Wait(_gate);
        }
    }

    private void Run()
    {
        lock (_gate)
        {
            while (!_codeRuns) Monitor.Wait(_gate);
        }

        _body();
        Interlocked.Decrement(ref Running[(int)_role]);
        lock (_gate)
        {
            IsOver = true;
            _codeRuns = false;
            Monitor.Pulse(_gate);
        }
    }
}
