using System.Text.Json;
using RtcHub.Signal.Hosting;

namespace RtcHub.Signal.Rooms;

/// <summary>
/// What a request says of a room, checked: a change that can be laid upon any record. A member that is absent changes
/// nothing, one that is null takes its default back: JSON merge patch (RFC 7396), for new rooms, too.
/// </summary>
internal sealed class RoomSettings
{
    public const int MinPasscode = 4;
    public const int MaxEmptyTimeout = 365 * 24 * 3600;
    private const int MaxName = 100;

    private readonly JsonBody _body;
    private readonly RoomOptions _options;
    private readonly string? _name;
    private readonly int? _maxParticipants;
    private readonly bool? _locked;
    private readonly bool? _lobby;
    private readonly JsonElement? _metadata;
    private readonly DateTimeOffset? _expiresAt;
    private readonly int? _emptyTimeout;
    private readonly string? _mode;
    private readonly string? _passcode;

    private RoomSettings(JsonBody body, RoomOptions options, DateTimeOffset now)
    {
        (_body, _options) = (body, options);
        _name = body.Text("name", 1, MaxName);
        _mode = body.OneOf("mode", "auto", "p2p", "sfu");
        _maxParticipants = body.Number("maxParticipants", 2, options.MaxParticipants);
        _locked = body.Flag("locked");
        _lobby = body.Flag("lobby");
        _passcode = body.Text("passcode", MinPasscode, Passcode.MaxLength, trim: false);
        _metadata = body.Object("metadata", options.MetadataBytes);
        _expiresAt = body.Time("expiresAt");
        if (_expiresAt <= now)
            body.Fault("expiresAt", "'expiresAt' is in the past.");
        _emptyTimeout = body.Number("emptyTimeout", 1, MaxEmptyTimeout);
    }

    /// <summary>Reads every member of a room; the others are the caller's to have read before.</summary>
    public static (RoomSettings? Settings, Problem? Problem) Read(JsonBody body, RoomOptions options, bool hasSfu, DateTimeOffset now)
    {
        var settings = new RoomSettings(body, options, now);
        if (body.Faults() is { Count: > 0 } faults)
            return (null, Problem.Of(faults));
        return settings._mode == "sfu" && !hasSfu ? (null, Problem.Of(Errors.SfuUnavailable.With(field: "mode"))) : (settings, null);
    }

    /// <summary>A room of which nothing has been said yet.</summary>
    public static RoomRecord Blank(string id, RoomOptions options, DateTimeOffset now) => new(
        id, Name: null, RoomMode.Auto, options.DefaultMaxParticipants, Locked: false, Lobby: false, PasscodeHash: null, Metadata: null,
        now, ExpiresAt: null, EmptyTimeoutSeconds: null, Version: 1);

    public RoomRecord ApplyTo(RoomRecord room) => room with
    {
        Name = _body.Has("name") ? _name : room.Name,
        Mode = _body.Has("mode") ? ModeOf(_mode) : room.Mode,
        MaxParticipants = _body.Has("maxParticipants") ? _maxParticipants ?? _options.DefaultMaxParticipants : room.MaxParticipants,
        Locked = _body.Has("locked") ? _locked ?? false : room.Locked,
        Lobby = _body.Has("lobby") ? _lobby ?? false : room.Lobby,
        PasscodeHash = _body.Has("passcode") ? HashFor(room) : room.PasscodeHash,
        Metadata = _body.Has("metadata") ? _metadata : room.Metadata,
        ExpiresAt = _body.Has("expiresAt") ? _expiresAt : room.ExpiresAt,
        EmptyTimeoutSeconds = _body.Has("emptyTimeout") ? _emptyTimeout : room.EmptyTimeoutSeconds,
    };

    /// <summary>What PUT makes of a room: these settings and nothing of those before; id, age and version stay.</summary>
    public RoomRecord Replace(RoomRecord room) => ApplyTo(Blank(room.Id, _options, room.CreatedAt) with
    {
        PasscodeHash = _passcode is null ? null : room.PasscodeHash,
        Version = room.Version,
    });

    /// <summary>Same content, whatever the version.</summary>
    public static bool AreSame(RoomRecord a, RoomRecord b) =>
        a with { Metadata = null, Version = 0 } == b with { Metadata = null, Version = 0 }
        && (a.Metadata is { } left && b.Metadata is { } right ? JsonElement.DeepEquals(left, right) : a.Metadata is null && b.Metadata is null);

    // The same passcode again keeps its hash: setting it is then no change.
    private string? HashFor(RoomRecord room)
    {
        if (_passcode is null)
            return null;
        return room.PasscodeHash is { } known && Passcode.Verify(_passcode, known) ? known : Passcode.Hash(_passcode);
    }

    private static RoomMode ModeOf(string? mode) => mode switch
    {
        "p2p" => RoomMode.P2p,
        "sfu" => RoomMode.Sfu,
        _ => RoomMode.Auto,
    };
}
