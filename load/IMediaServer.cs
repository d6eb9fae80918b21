namespace RtcHub.Load;

/// <summary>
/// A server under load, as far as a client must know it: how to publish and how to play. Either end may offer; the virtual
/// client is ICE controlling and DTLS client in any case.
/// </summary>
internal interface IMediaServer : IAsyncDisposable
{
    /// <summary>For tables.</summary>
    string Name { get; }

    /// <summary>The process whose time and memory are counted.</summary>
    int ProcessId { get; }

    /// <summary>Gives the client's offer to the server and its answer to the client.</summary>
    Task PublishAsync(string room, VirtualClient client, CancellationToken cancel);

    /// <summary>Has the client play what the room's publisher sends.</summary>
    Task PlayAsync(string room, VirtualClient client, CancellationToken cancel);
}
