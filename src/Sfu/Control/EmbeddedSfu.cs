using System.Security.Cryptography;
using RtcHub.Rtc.Ice;
using RtcHub.Sfu.Routing;
using RtcHub.Sfu.Transports;
using RtcHub.Sfu.Workers;

namespace RtcHub.Sfu.Control;

/// <summary>
/// The media service in this process: SDP is read and written on the caller's thread, everything else is a command to the
/// worker that owns the room.
/// </summary>
internal sealed class EmbeddedSfu(SfuOptions options, WorkerPool workers, EventFeed events, Negotiation negotiation) : ISfu
{
    private const string Letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    private const int MaxSlots = 64;

    private readonly string _instance = RandomNumberGenerator.GetString(Letters, 12);

    public Task<TransportAnswer> ConnectAsync(ConnectRequest request, CancellationToken cancel = default)
    {
        Check(request.Room, request.Participant);
        var agreement = Negotiation.Agree(Negotiation.Read(request.Sdp), isPlayer: request.Play is not null);
        return EnterAsync(request.Room, (worker, room, now) =>
        {
            if (request.Play is { } play && !room.CanPlay(play)) throw new SfuException(SfuError.NothingToPlay, "Nobody publishes here.");
            var transport = NewTransport(worker, room, request.Participant);
            var (answer, plan) = negotiation.Answer(agreement, worker, transport.Ice.Local, request.Participant);
            transport.Secure(plan.Remote, negotiation.Secure(plan.Role, plan.Fingerprint), now);
            if (plan.Incoming.Count > 0) transport.Publish(plan.Incoming, plan.Extensions, now);
            if (plan.Outgoing.Count > 0) transport.Receive(plan.Outgoing, request.Play, now);
            worker.Add(transport, now);
            return new TransportAnswer(transport.Id, answer, transport.Ice.Local.Ufrag);
        }, cancel);
    }

    public Task<TransportOffer> SubscribeAsync(SubscribeRequest request, CancellationToken cancel = default)
    {
        Check(request.Room, request.Participant);
        if (request is not { AudioSlots: >= 0 and <= MaxSlots, VideoSlots: >= 0 and <= MaxSlots } or { AudioSlots: 0, VideoSlots: 0 })
            throw new SfuException(SfuError.Invalid, $"A subscriber has 0 to {MaxSlots} slots of each kind, and one at least.");
        if (request.Transport is { } id) return OnTransportAsync(id, (_, transport) => Offer(transport, request), cancel);
        return EnterAsync(request.Room, (worker, room, now) =>
        {
            var transport = NewTransport(worker, room, request.Participant, offers: true);
            transport.Receive([], play: null, now);
            var offer = Offer(transport, request);
            worker.Add(transport, now);
            return offer;
        }, cancel);
    }

    public Task AnswerAsync(string transport, string sdp, CancellationToken cancel = default)
    {
        var answer = Negotiation.Read(sdp);
        return OnTransportAsync(transport, (worker, found) =>
        {
            var offer = found.Offer ?? throw new SfuException(SfuError.Conflict, "No offer was made on this transport.");
            var now = worker.Now();
            var (agreement, added) = offer.Accept(answer);
            found.Receive(added, play: null, now);
            if (!found.IsSecured)
                found.Secure(Negotiation.Remote(agreement), negotiation.Secure(Negotiation.RoleOf(agreement), Negotiation.FingerprintOf(agreement)), now);
            return true;
        }, cancel);
    }

    public Task AssignAsync(string transport, IReadOnlyList<SlotAssignment> slots, CancellationToken cancel = default) =>
        OnTransportAsync(transport, (worker, found) =>
        {
            var now = worker.Now();
            foreach (var (mid, track, maxHeight, priority) in slots)
            {
                if (maxHeight < 0 || priority is < -100 or > 100) throw new SfuException(SfuError.Invalid, $"Slot '{mid}': a height is not below 0, a priority is from -100 to 100.");
                var slot = found.Subscriber?.Slots.FirstOrDefault(each => each.Mid == mid) ?? throw new SfuException(SfuError.NotFound, $"There is no slot '{mid}'.");
                if (slot.Kind == MediaKind.Audio && found.Subscriber!.FollowsStage) throw new SfuException(SfuError.Conflict, $"Slot '{mid}': the audio of a meeting follows who speaks.");
                var source = track is null ? null : found.Room.Find(track) ?? throw new SfuException(SfuError.NotFound, $"There is no track '{track}'.");
                if (source is not null && !slot.CanCarry(source)) throw new SfuException(SfuError.NotAcceptable, $"The client cannot decode {source.Codec.Name}.");
                slot.Assign(source, now, maxHeight, priority);
            }

            return true;
        }, cancel);

    public Task<IceRestart?> TrickleAsync(string transport, string fragment, CancellationToken cancel = default)
    {
        var read = Negotiation.ReadFragment(fragment);
        return OnTransportAsync(transport, (worker, found) =>
        {
            // Candidates of the client are of no use to a lite agent: the client's checks show where it is.
            if (read.IceUfrag.Length == 0 || read.IceUfrag == found.Remote?.Ufrag) return null;
            var local = IceCredentials.Create();
            found.Restart(local, Negotiation.Remote(read.IceUfrag, read.IcePassword));
            return new IceRestart(negotiation.RestartFragment(worker, local), local.Ufrag);
        }, cancel);
    }

    public Task MuteAsync(string track, bool muted, CancellationToken cancel = default) =>
        OnTransportAsync(track.Split('/')[0], (worker, transport) =>
        {
            var found = transport.Room.Find(track) ?? throw new SfuException(SfuError.NotFound, $"There is no track '{track}'.");
            transport.Room.Mute(found, muted, worker.Now());
            return true;
        }, cancel);

    public Task CloseAsync(string transport, CancellationToken cancel = default)
    {
        if (FindWorker(transport) is not { } worker) return Task.CompletedTask;
        return OnWorkerAsync(worker, () =>
        {
            if (worker.Transports.TryGetValue(transport, out var found)) worker.Close(found, CloseReason.Requested);
            return true;
        }, cancel);
    }

    public Task CloseRoomAsync(string room, CancellationToken cancel = default)
    {
        if (workers.Find(room) is not { } worker) return Task.CompletedTask;
        return OnWorkerAsync(worker, () =>
        {
            foreach (var transport in worker.Transports.Values.Where(each => each.Room.Id == room)) worker.Close(transport, CloseReason.Requested);
            return true;
        }, cancel);
    }

    public Task<SfuRoom?> GetRoomAsync(string room, CancellationToken cancel = default)
    {
        if (workers.Find(room) is not { } worker) return Task.FromResult<SfuRoom?>(null);
        return OnWorkerAsync(worker, () => worker.Rooms.TryGetValue(room, out var found)
            ? new SfuRoom(
                room,
                [.. found.Tracks.Select(track => track.Describe())],
                [.. worker.Transports.Values.Where(each => each.Room == found).Select(each => each.Describe())])
            : null, cancel);
    }

    public async Task<SfuStatus> GetStatusAsync(CancellationToken cancel = default)
    {
        var tracks = await Task.WhenAll(workers.Workers.Select(worker =>
            OnWorkerAsync(worker, () => worker.Rooms.Values.Sum(room => room.Tracks.Count), cancel)));
        return new SfuStatus(_instance, workers.Rooms, workers.Transports, tracks.Sum(), [.. workers.Workers.SelectMany(negotiation.Candidates).Select(candidate => $"{(candidate.Transport == CandidateTransport.Udp ? "udp" : "tcp")} {(candidate.TryGetAddress(out var address) ? address.ToString() : candidate.Host)}")]);
    }

    public IAsyncEnumerable<SfuEvent> EventsAsync(CancellationToken cancel = default) => events.ListenAsync(cancel);

    private Transport NewTransport(Worker worker, Room room, string participant, bool offers = false)
    {
        var local = IceCredentials.Create();
        return new Transport(worker, $"{_instance}-{worker.Number}-{RandomNumberGenerator.GetString(Letters, 20)}", participant, room, new IceLite(local, worker.Now()))
        {
            Offer = offers ? negotiation.Offer(worker, participant) : null,
        };
    }

    private static TransportOffer Offer(Transport transport, SubscribeRequest request)
    {
        var offer = transport.Offer ?? throw new SfuException(SfuError.Conflict, "This transport was not made by an offer of the server.");
        return new TransportOffer(transport.Id, offer.Next(transport.Ice.Local, request.AudioSlots, request.VideoSlots), [.. offer.Slots]);
    }

    private static void Check(string room, string participant)
    {
        if (room.Length is < 1 or > 128) throw new SfuException(SfuError.Invalid, "A room's id has 1 to 128 characters.");
        // The id is written into descriptions (cname).
        if (participant.Length is < 1 or > 128 || participant.Any(char.IsControl)) throw new SfuException(SfuError.Invalid, "A participant's id has 1 to 128 characters, none of them a control character.");
    }

    // A place in the room is taken first, so that the room stays on its worker, and given back when nothing comes of it.
    private async Task<T> EnterAsync<T>(string room, Func<Worker, Room, long, T> join, CancellationToken cancel)
    {
        if (workers.Transports >= options.MaxTransports) throw new SfuException(SfuError.Full, "The media service is full.");
        var worker = workers.Enter(room);
        try
        {
            return await OnWorkerAsync(worker, () => join(worker, worker.Room(room), worker.Now()), cancel);
        }
        catch
        {
            workers.Leave(room);
            throw;
        }
    }

    private Task<T> OnTransportAsync<T>(string transport, Func<Worker, Transport, T> act, CancellationToken cancel)
    {
        var worker = FindWorker(transport) ?? throw new SfuException(SfuError.NotFound, "There is no such transport.");
        return OnWorkerAsync(worker, () => worker.Transports.TryGetValue(transport, out var found) && !found.IsClosing
            ? act(worker, found)
            : throw new SfuException(SfuError.NotFound, "There is no such transport."), cancel);
    }

    // The service, the number of the worker, and what cannot be guessed: so an id of another service, or of this one before it was started anew, leads nowhere.
    private Worker? FindWorker(string transport) =>
        transport.Split('-') is [var instance, var worker, _] && instance == _instance && int.TryParse(worker, out var number) && number >= 0 && number < workers.Workers.Count
            ? workers.Workers[number]
            : null;

    private static async Task<T> OnWorkerAsync<T>(Worker worker, Func<T> act, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        worker.Post(_ =>
        {
            try
            {
                done.SetResult(act());
            }
            catch (Exception exception)
            {
                done.SetException(exception);
            }
        });
        // Not given up when the caller is: what was begun has its effect, and the caller of EnterAsync has to know of it.
        return await done.Task;
    }
}
