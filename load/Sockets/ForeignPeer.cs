namespace RtcHub.Load.Sockets;

/// <summary>At a server that knows no resume: it says by which id it let us in, and a socket that ends is the end.</summary>
internal abstract class ForeignPeer(SocketThread thread, Route route, Tally tally) : Peer(thread, route, tally)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TaskCompletionSource<string> _joined = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _leaving;

    public override void Ended(WebSocketClient socket, int code)
    {
        if (!_leaving) Tally.End(code);
    }

    public override ValueTask DisposeAsync()
    {
        _leaving = true;
        return base.DisposeAsync();
    }

    protected void Joined(string id) => _joined.TrySetResult(id);

    protected Task<string> JoinedAsync(CancellationToken cancel) => _joined.Task.WaitAsync(Patience, cancel);
}
