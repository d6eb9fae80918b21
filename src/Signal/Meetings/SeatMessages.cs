namespace RtcHub.Signal.Meetings;

// The shapes of docs/protocol.md section 7.

/// <param name="Sdp">The client's offer.</param>
/// <param name="Sources">What its sections are.</param>
/// <param name="Way">Which of the room's ways at the media service; null: the one in use.</param>
internal sealed record PublishData(string? Sdp, SourceData[]? Sources, long? Way);

internal sealed record SubscribeData(long? Way);

/// <param name="Mid">A section of the offer.</param>
/// <param name="Source"><c>microphone</c>, <c>camera</c>, <c>screen</c> or <c>screenAudio</c>.</param>
internal sealed record SourceData(string? Mid, string? Source);

/// <param name="Transport">Whose offer it answers; null: that of the way in use.</param>
internal sealed record AnswerData(string? Sdp, string? Transport);

internal sealed record WantData(WishData[]? Videos);

internal sealed record WishData(string? Participant, string? Source, int? MaxHeight, int? Priority);

internal sealed record MovedData(long? Epoch, string? State);

internal sealed record ReachData(bool? Sfu);

internal sealed record SpotlightData(string? Target);

internal sealed record PublishReply(string Transport, string Sdp);

internal sealed record SubscribeReply(string Transport, string Sdp);

internal sealed record SubscriptionEvent(string Transport, string Sdp);

internal sealed record SlotsEvent(string Transport, IReadOnlyList<SlotView> Slots);

/// <summary>What a section of the subscribing connection shows.</summary>
/// <param name="Mid">The section.</param>
/// <param name="Participant">Whose video it is; null: nobody's.</param>
/// <param name="Source"><c>camera</c> or <c>screen</c>.</param>
/// <param name="Paused">Why nothing comes although it should: <c>bandwidth</c>; null: it comes.</param>
internal sealed record SlotView(string Mid, string? Participant, string? Source, string? Paused);

/// <summary>SEAT: what a participant has at the media service.</summary>
/// <param name="Publish">The transport by which they send, or null.</param>
/// <param name="Subscribe">The transport by which they receive, or null.</param>
/// <param name="Offer">An offer for the latter that waits for its answer, or null.</param>
/// <param name="Slots">What it shows.</param>
/// <param name="Stage">As in <c>speaking</c>.</param>
internal sealed record SeatView(string? Publish, string? Subscribe, string? Offer, IReadOnlyList<SlotView> Slots, IReadOnlyList<string?> Stage);

/// <summary>Transports that are gone, as far as the hub knows without the client's doing.</summary>
/// <param name="Publish">By which it sent, or null.</param>
/// <param name="Subscribe">By which it received, or null.</param>
internal sealed record RenewEvent(string? Publish, string? Subscribe);

/// <param name="Participants">Who speaks now, the loudest first.</param>
/// <param name="Stage">Who is heard in the audio sections of the subscribing connection, in their order; null, and oneself: nobody.</param>
internal sealed record SpeakingEvent(IReadOnlyList<string> Participants, IReadOnlyList<string?> Stage);

/// <summary>Which layers of a video somebody watches.</summary>
internal sealed record LayersEvent(string Transport, string Source, IReadOnlyList<string> Rids);

internal sealed record SpotlightEvent(string? Participant);
