using System.Text.Json.Serialization;
using RtcHub.Signal.Meetings;
using RtcHub.Signal.Rooms;
using RtcHub.Signal.Tokens;

namespace RtcHub.Signal.Sessions;

/// <summary>The part of a session that is stored: <see cref="SessionRecord.State"/>.</summary>
internal sealed record SessionState(
    string Name, Grants Grants, string? Identity, DateTimeOffset? AuthorizedUntil, string[] KickedFrom, CallView? Call, SessionPlace? Place,
    SeatState? Seat = null);

/// <summary>Where the session was: its participant in a room.</summary>
internal sealed record SessionPlace(
    string Room, bool IsModerator, bool IsWaiting, DateTimeOffset JoinedAt, MediaState Media, DateTimeOffset? Hand, MutedBy? MutedBy)
{
    public static SessionPlace Of(Participant participant) => new(
        participant.Room.Id, participant.IsModerator, participant.IsWaiting, participant.JoinedAt, participant.Media, participant.Hand, participant.MutedBy);

    public Participant For(Session session, Room room) => new(session, room, JoinedAt)
    {
        IsModerator = IsModerator,
        IsWaiting = IsWaiting,
        Media = Media,
        Hand = Hand,
        MutedBy = MutedBy,
    };
}

[JsonSerializable(typeof(SessionState))]
internal sealed partial class SessionJson : JsonSerializerContext;
