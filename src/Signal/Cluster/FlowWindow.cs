namespace RtcHub.Signal.Cluster;

/// <summary>How much may be on its way to somebody who has not read it yet: the sender waits when it is used up.</summary>
internal sealed class FlowWindow(int bytes)
{
    private readonly Lock _gate = new();
    private int _left = bytes;
    private TaskCompletionSource? _waiting;

    /// <summary>Waits until something may be sent. A message is sent whole, so the window may be passed by one.</summary>
    public async ValueTask TakeAsync(int count, CancellationToken cancel)
    {
        while (true)
        {
            Task wait;
            lock (_gate)
            {
                if (_left > 0)
                {
                    _left -= count;
                    return;
                }

                _waiting ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                wait = _waiting.Task;
            }

            await wait.WaitAsync(cancel);
        }
    }

    public void Give(int count)
    {
        lock (_gate)
        {
            _left += count;
            _waiting?.TrySetResult();
            _waiting = null;
        }
    }
}
