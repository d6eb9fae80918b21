namespace RtcHub.Sfu.Control;

/// <summary>
/// What the front door asks of a media service: in this process (<c>EmbeddedSfu</c>) or on another machine
/// (<c>RemoteSfu</c>), or all the services of a pool (<c>SfuPool</c>). A room exists while a transport is in it; ids of rooms and participants are the caller's, ids
/// of transports are given here, begin with the service's instance and a dash, and cannot be guessed. What cannot be done throws <see cref="SfuException"/>.
/// </summary>
public interface ISfu
{
    /// <summary>
    /// Answers a client's offer with a new transport. Sections that the client sends become tracks of the room; sections that
    /// it only receives become slots, filled with tracks of <see cref="ConnectRequest.Play"/>, or left empty for
    /// <see cref="AssignAsync"/>. The answer holds every candidate of the server: it does not trickle.
    /// </summary>
    Task<TransportAnswer> ConnectAsync(ConnectRequest request, CancellationToken cancel = default);

    /// <summary>
    /// Makes an offer to a subscriber: of a new transport, or, when <see cref="SubscribeRequest.Transport"/> is given, of that one
    /// with as many slots as asked. Slots are never taken away, only emptied. <see cref="AnswerAsync"/> completes it.
    /// </summary>
    Task<TransportOffer> SubscribeAsync(SubscribeRequest request, CancellationToken cancel = default);

    /// <summary>Takes the client's answer to the last offer of <see cref="SubscribeAsync"/>.</summary>
    Task AnswerAsync(string transport, string sdp, CancellationToken cancel = default);

    /// <summary>Says which track each slot carries from now on; slots that are not named stay as they are.</summary>
    Task AssignAsync(string transport, IReadOnlyList<SlotAssignment> slots, CancellationToken cancel = default);

    /// <summary>
    /// Remote candidates of a client, as an SDP fragment (RFC 8840). A lite server needs none of them, but a fragment with a
    /// new ufrag and password restarts ICE: then the answer holds the server's new ones, otherwise it is null.
    /// </summary>
    Task<IceRestart?> TrickleAsync(string transport, string fragment, CancellationToken cancel = default);

    /// <summary>Stops or resumes forwarding what a track sends, whatever its sender does.</summary>
    Task MuteAsync(string track, bool muted, CancellationToken cancel = default);

    /// <summary>Closes one transport with all its tracks and slots; nothing happens when it is gone already.</summary>
    Task CloseAsync(string transport, CancellationToken cancel = default);

    /// <summary>Closes every transport of a room.</summary>
    Task CloseRoomAsync(string room, CancellationToken cancel = default);

    /// <summary>What a room holds; null when nobody is in it.</summary>
    Task<SfuRoom?> GetRoomAsync(string room, CancellationToken cancel = default);

    /// <summary>What the service holds, and its address; cheap, for health checks.</summary>
    Task<SfuStatus> GetStatusAsync(CancellationToken cancel = default);

    /// <summary>
    /// What happens from now on, in order, until cancelled. When a remote service is lost it yields
    /// <see cref="SfuEvent.Lost"/> within 3 s and goes on with the next one.
    /// </summary>
    IAsyncEnumerable<SfuEvent> EventsAsync(CancellationToken cancel = default);
}

/// <summary>A client's offer.</summary>
/// <param name="Room">1-128 characters.</param>
/// <param name="Participant">Who it is; one participant may have several transports.</param>
/// <param name="Sdp">The offer (RFC 8866).</param>
/// <param name="Play">
/// For a player (WHEP): the participant whose tracks fill the slots, "*" for whoever publishes first, or null for nobody.
/// </param>
public sealed record ConnectRequest(string Room, string Participant, string Sdp, string? Play = null);

/// <summary>A wish for an offer.</summary>
/// <param name="Room">1-128 characters.</param>
/// <param name="Participant">Who it is.</param>
/// <param name="AudioSlots">At least so many audio sections, 0-64.</param>
/// <param name="VideoSlots">At least so many video sections, 0-64.</param>
/// <param name="Transport">The transport to renegotiate, or null for a new one.</param>
public sealed record SubscribeRequest(string Room, string Participant, int AudioSlots, int VideoSlots, string? Transport = null);

/// <summary>The answer to a client's offer.</summary>
/// <param name="Transport">The id of the transport.</param>
/// <param name="Sdp">The answer.</param>
/// <param name="IceSession">Changes with each ICE restart; WHIP's ETag.</param>
public sealed record TransportAnswer(string Transport, string Sdp, string IceSession);

/// <summary>The server's part of an ICE restart.</summary>
/// <param name="Fragment">Its new ufrag, password and candidates (RFC 8840).</param>
/// <param name="IceSession">As in <see cref="TransportAnswer"/>.</param>
public sealed record IceRestart(string Fragment, string IceSession);

/// <summary>An offer of the server.</summary>
/// <param name="Transport">The id of the transport.</param>
/// <param name="Sdp">The offer.</param>
/// <param name="Slots">Its slots in the order of the sections.</param>
public sealed record TransportOffer(string Transport, string Sdp, IReadOnlyList<SfuSlot> Slots);

/// <summary>One outgoing section of a subscriber.</summary>
/// <param name="Mid">The section's mid.</param>
/// <param name="Kind"><c>audio</c> or <c>video</c>.</param>
/// <param name="Track">The track that it carries, or null when it is empty.</param>
public sealed record SfuSlot(string Mid, string Kind, string? Track);

/// <summary>Which track a slot is to carry.</summary>
/// <param name="Mid">The slot.</param>
/// <param name="Track">The track, or null: nothing.</param>
/// <param name="MaxHeight">Pixels that the client can show: no layer above the first that fills them; 0: as good as it gets.</param>
/// <param name="Priority">Higher is served first when not everything fits, -100 to 100.</param>
public sealed record SlotAssignment(string Mid, string? Track, int MaxHeight = 0, int Priority = 0);

/// <summary>A track that somebody publishes.</summary>
/// <param name="Id">Unique in this service.</param>
/// <param name="Participant">Whose it is.</param>
/// <param name="Transport">On which transport it comes.</param>
/// <param name="Mid">The section of that transport.</param>
/// <param name="Kind"><c>audio</c> or <c>video</c>.</param>
/// <param name="Codec">For example <c>video/VP8</c>.</param>
/// <param name="Muted">Not forwarded (<see cref="ISfu.MuteAsync"/>).</param>
public sealed record SfuTrack(string Id, string Participant, string Transport, string Mid, string Kind, string Codec, bool Muted);

/// <summary>One transport of a room.</summary>
/// <param name="Id">The id of the transport.</param>
/// <param name="Participant">Whose it is.</param>
/// <param name="State"><c>new</c>, <c>connecting</c>, <c>connected</c>.</param>
/// <param name="Protocol"><c>udp</c>, <c>tcp</c>, or null before it is connected.</param>
/// <param name="Slots">What it receives.</param>
public sealed record SfuTransport(string Id, string Participant, string State, string? Protocol, IReadOnlyList<SfuSlot> Slots);

/// <summary>What a room holds.</summary>
/// <param name="Id">The room.</param>
/// <param name="Tracks">What is published.</param>
/// <param name="Transports">Who is connected.</param>
public sealed record SfuRoom(string Id, IReadOnlyList<SfuTrack> Tracks, IReadOnlyList<SfuTransport> Transports);

/// <summary>What a service holds.</summary>
/// <param name="Instance">Changes whenever the service starts anew.</param>
/// <param name="Rooms">Rooms with somebody in them.</param>
/// <param name="Transports">Transports, connected or about to be.</param>
/// <param name="Tracks">Published tracks.</param>
/// <param name="Candidates">The addresses that are offered to clients, <c>udp 192.0.2.1:7882</c>.</param>
public sealed record SfuStatus(string Instance, int Rooms, int Transports, int Tracks, IReadOnlyList<string> Candidates);

/// <summary>Something that happened in a service.</summary>
/// <param name="Kind">One of the constants.</param>
/// <param name="Room">Where, or null when it concerns all.</param>
/// <param name="Participant">Whose transport or track, when there is one.</param>
/// <param name="Transport">Which transport, when there is one.</param>
/// <param name="Track">Which track, when there is one.</param>
/// <param name="Reason">Why, for what ended; a value of <see cref="Transports.CloseReason"/> in camel case.</param>
/// <param name="Mid">Which slot of the transport, when there is one.</param>
/// <param name="Rids">Of <see cref="Layers"/>.</param>
/// <param name="Speakers">Of <see cref="Speaking"/>: participants, the loudest first.</param>
/// <param name="Stage">Of <see cref="Speaking"/>: who is heard in which place, so in which audio slot of each meeting's subscriber but their own; null: nobody.</param>
public sealed record SfuEvent(
    string Kind, string? Room, string? Participant = null, string? Transport = null, SfuTrack? Track = null, string? Reason = null,
    string? Mid = null, IReadOnlyList<string>? Rids = null, IReadOnlyList<string>? Speakers = null, IReadOnlyList<string?>? Stage = null)
{
    /// <summary>A transport has its keys and carries media.</summary>
    public const string Connected = "connected";

    /// <summary>A transport is gone, and with it its tracks and slots.</summary>
    public const string Closed = "closed";

    /// <summary>A track is published.</summary>
    public const string TrackAdded = "trackAdded";

    /// <summary>A track is gone.</summary>
    public const string TrackRemoved = "trackRemoved";

    /// <summary>Who speaks or who is heard has changed; everybody who does is named, nobody in silence.</summary>
    public const string Speaking = "speaking";

    /// <summary>A slot gets nothing although it carries a track: <c>bandwidth</c>.</summary>
    public const string SlotPaused = "slotPaused";

    /// <summary>A paused slot flows again.</summary>
    public const string SlotResumed = "slotResumed";

    /// <summary>Which layers (rids) of a track somebody watches; what is not named may stop. Until the first of these events: all. A track without rids: one empty name, or none.</summary>
    public const string Layers = "layers";

    /// <summary>The service died or cannot be reached: every transport of it is lost, or those of <see cref="Room"/> where one is named.</summary>
    public const string Lost = "lost";

    /// <summary>The service is there (again), for all or for <see cref="Room"/>; it may be another with nothing in it.</summary>
    public const string Found = "found";

    /// <summary>The service that <see cref="Room"/> is on is about to end: what is made under another room's name is on another service.</summary>
    public const string Leave = "leave";
}

/// <summary>Why a request was refused.</summary>
public enum SfuError
{
    /// <summary>A bad SDP or value; the message names the line.</summary>
    Invalid,

    /// <summary>The transport, track or slot is not there.</summary>
    NotFound,

    /// <summary>Not possible in the present state, such as an answer without an offer.</summary>
    Conflict,

    /// <summary>Nothing of the offer can be served: no codec in common, or nobody to play.</summary>
    NotAcceptable,

    /// <summary>Nobody publishes what is to be played; later somebody may.</summary>
    NothingToPlay,

    /// <summary>A limit is reached.</summary>
    Full,

    /// <summary>The service cannot be reached or does not answer.</summary>
    Unavailable,
}

/// <summary>A request that was refused.</summary>
public sealed class SfuException(SfuError error, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Why.</summary>
    public SfuError Error => error;
}
