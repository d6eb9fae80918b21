namespace RtcHub.Signal;

/// <summary>One row of the error table of docs/protocol.md section 8: a stable code, its HTTP status, its sentence.</summary>
internal sealed record ErrorCode(string Code, int Status, string Message)
{
    public HubError With(string? message = null, string? field = null, int? retryAfterMs = null) =>
        new(this, message ?? Message, field, retryAfterMs);

    public static implicit operator HubError(ErrorCode code) => code.With();
}

/// <summary>An error as a client sees it, on the WebSocket as <c>error</c>, over REST as a problem (RFC 9457).</summary>
internal sealed record HubError(ErrorCode Kind, string Message, string? Field = null, int? RetryAfterMs = null)
{
    public string Code => Kind.Code;
}

/// <summary>The whole table. A test holds it against docs/protocol.md.</summary>
internal static class Errors
{
    public static readonly ErrorCode Malformed = new("malformed", 400, "This is not a JSON object in UTF-8.");
    public static readonly ErrorCode Invalid = new("invalid", 400, "A value is missing or wrong.");
    public static readonly ErrorCode Unsupported = new("unsupported", 400, "This message or version is not known here.");
    public static readonly ErrorCode Unauthorized = new("unauthorized", 401, "A valid key or token is needed.");
    public static readonly ErrorCode Forbidden = new("forbidden", 403, "Your role or your token does not allow this.");
    public static readonly ErrorCode NotFound = new("not_found", 404, "There is nothing and nobody of that id here.");
    public static readonly ErrorCode MethodNotAllowed = new("method_not_allowed", 405, "That method is not possible here.");
    public static readonly ErrorCode AlreadyExists = new("already_exists", 409, "A room of that id exists already.");
    public static readonly ErrorCode Conflict = new("conflict", 409, "That is not possible in the present state.");
    public static readonly ErrorCode Busy = new("busy", 409, "The person is in another call.");
    public static readonly ErrorCode RoomFull = new("room_full", 409, "The room is full.");
    public static readonly ErrorCode RoomLocked = new("room_locked", 403, "The room is locked; nobody new can come in.");
    public static readonly ErrorCode RoomClosed = new("room_closed", 410, "The room has expired.");
    public static readonly ErrorCode PasscodeRequired = new("passcode_required", 401, "This room asks for a passcode.");
    public static readonly ErrorCode PasscodeWrong = new("passcode_wrong", 401, "That passcode is not right.");
    public static readonly ErrorCode NothingToPlay = new("nothing_to_play", 409, "Nobody publishes here at the moment.");
    public static readonly ErrorCode SfuUnavailable = new("sfu_unavailable", 409, "This hub has no SFU; use mode p2p or auto.");
    public static readonly ErrorCode PreconditionFailed = new("precondition_failed", 412, "The room has changed since; read it again.");
    public static readonly ErrorCode TooLarge = new("too_large", 413, "That is larger than this hub accepts.");
    public static readonly ErrorCode UnsupportedMediaType = new("unsupported_media_type", 415, "The body is not of the type that is read here, or does not say so in Content-Type.");
    public static readonly ErrorCode NotAcceptable = new("not_acceptable", 422, "Nothing of what is offered can be served here.");
    public static readonly ErrorCode PreconditionRequired = new("precondition_required", 428, "Send the ETag that you last saw in If-Match.");
    public static readonly ErrorCode RateLimited = new("rate_limited", 429, "Too much at once; wait a moment.");
    public static readonly ErrorCode TooManyCandidates = new("too_many_candidates", 429, "Too many candidates since the last description.");
    public static readonly ErrorCode Internal = new("internal", 500, "Something broke here; it has been logged.");
    public static readonly ErrorCode Unavailable = new("unavailable", 503, "The hub is starting or going away; try again soon.");

    public static readonly IReadOnlyList<ErrorCode> All =
    [
        Malformed, Invalid, Unsupported, Unauthorized, Forbidden, NotFound, MethodNotAllowed, AlreadyExists, Conflict, Busy,
        RoomFull, RoomLocked, RoomClosed, PasscodeRequired, PasscodeWrong, NothingToPlay, SfuUnavailable, PreconditionFailed, TooLarge,
        UnsupportedMediaType, NotAcceptable, PreconditionRequired, RateLimited, TooManyCandidates, Internal, Unavailable,
    ];
}
