using RtcHub.Load.Clients;

namespace RtcHub.Load.Signalling;

/// <summary>How clients get into a room of some server.</summary>
internal interface ISignalling : IAsyncDisposable
{
    /// <summary>Joins and starts connecting; media flows once <see cref="VirtualClient.Connected"/> is done.</summary>
    Task PublishAsync(int room, Publisher publisher, CancellationToken cancel);

    /// <summary>Joins as a viewer of the room's publisher.</summary>
    Task SubscribeAsync(int room, Viewer viewer, CancellationToken cancel);
}
