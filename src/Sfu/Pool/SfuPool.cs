using RtcHub.Sfu.Control;

namespace RtcHub.Sfu.Pool;

/// <summary>
/// All media services as one: a room is on one of them, and ids of transports and tracks lead to theirs, because they begin with its
/// instance. What happens at all of them is one stream.
/// </summary>
internal sealed class SfuPool(PoolMembers members, PoolRooms rooms, PoolWatch watch) : ISfu
{
    public async Task<TransportAnswer> ConnectAsync(ConnectRequest request, CancellationToken cancel = default) =>
        await EnterAsync(request.Room, member => member.Sfu.ConnectAsync(request, cancel), answer => answer.Transport);

    public async Task<TransportOffer> SubscribeAsync(SubscribeRequest request, CancellationToken cancel = default) => request.Transport is { } transport
        ? await Of(transport).SubscribeAsync(request, cancel)
        : await EnterAsync(request.Room, member => member.Sfu.SubscribeAsync(request, cancel), offer => offer.Transport);

    public Task AnswerAsync(string transport, string sdp, CancellationToken cancel = default) => Of(transport).AnswerAsync(transport, sdp, cancel);

    public Task AssignAsync(string transport, IReadOnlyList<SlotAssignment> slots, CancellationToken cancel = default) => Of(transport).AssignAsync(transport, slots, cancel);

    public Task<IceRestart?> TrickleAsync(string transport, string fragment, CancellationToken cancel = default) => Of(transport).TrickleAsync(transport, fragment, cancel);

    public Task MuteAsync(string track, bool muted, CancellationToken cancel = default) => Of(track).MuteAsync(track, muted, cancel);

    // What was on a service that is gone is gone.
    public Task CloseAsync(string transport, CancellationToken cancel = default) => members.Of(transport)?.Sfu.CloseAsync(transport, cancel) ?? Task.CompletedTask;

    public async Task CloseRoomAsync(string room, CancellationToken cancel = default)
    {
        if (await rooms.FindAsync(room) is { } member) await member.Sfu.CloseRoomAsync(room, cancel);
    }

    public async Task<SfuRoom?> GetRoomAsync(string room, CancellationToken cancel = default)
    {
        if (await rooms.FindAsync(room) is not { } member || await member.Sfu.GetRoomAsync(room, cancel) is not { } found) return null;
        rooms.Adopt(room, member, found.Transports.Select(transport => transport.Id));
        return found;
    }

    /// <summary>As the services told Redis last, but for the candidates, which each is asked for.</summary>
    public async Task<SfuStatus> GetStatusAsync(CancellationToken cancel = default)
    {
        var there = members.All.Where(member => member.State == MemberState.There).ToArray();
        var candidates = await Task.WhenAll(there.Select(member => member.CandidatesAsync(cancel)));
        return new SfuStatus("pool", rooms.Count, there.Sum(member => member.Record.Transports), 0, [.. candidates.SelectMany(each => each).Distinct()]);
    }

    public IAsyncEnumerable<SfuEvent> EventsAsync(CancellationToken cancel = default) => watch.ListenAsync(cancel);

    private ISfu Of(string id) => (members.Of(id) ?? throw new SfuException(SfuError.NotFound, "There is no such transport.")).Sfu;

    private async Task<T> EnterAsync<T>(string room, Func<PoolMember, Task<T>> make, Func<T, string> transportOf)
    {
        var entry = await rooms.EnterAsync(room);
        string? transport = null;
        try
        {
            var made = await make(entry.Member);
            transport = transportOf(made);
            return made;
        }
        finally
        {
            rooms.Leave(entry, transport);
        }
    }
}
