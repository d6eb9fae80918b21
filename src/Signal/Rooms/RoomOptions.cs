using System.ComponentModel.DataAnnotations;

namespace RtcHub.Signal.Rooms;

/// <summary>Defaults and bounds of rooms; section <c>Rooms</c>.</summary>
internal sealed class RoomOptions
{
    public const string Section = "Rooms";

    /// <summary>How many may be in a room that says nothing else.</summary>
    [Range(2, 5_000)]
    public int DefaultMaxParticipants { get; set; } = 100;

    /// <summary>The most that a room may ask for.</summary>
    [Range(2, 5_000)]
    public int MaxParticipants { get; set; } = 500;

    /// <summary>A room of mode <c>auto</c> with more people than this moves to the media service. A mesh of four sends each camera three times.</summary>
    [Range(1, 16)]
    public int MeshLimit { get; set; } = 3;

    /// <summary>The most that a room may hold when it is a mesh by its mode, or because there is no media service.</summary>
    [Range(2, 32)]
    public int MeshMaxParticipants { get; set; } = 8;

    /// <summary>Videos that a participant can see at a time in a room on the media service.</summary>
    [Range(1, 64)]
    public int VideoSlots { get; set; } = 32;

    /// <summary>Joining a room that does not exist makes it.</summary>
    public bool CreateOnJoin { get; set; } = true;

    /// <summary>How long a room made by joining outlives its last participant.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "365.00:00:00")]
    public TimeSpan DefaultEmptyTimeout { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Chat messages kept for those who come later.</summary>
    [Range(0, 10_000)]
    public int ChatHistory { get; set; } = 200;

    /// <summary>Bytes of a room's metadata.</summary>
    [Range(0, 1 << 20)]
    public int MetadataBytes { get; set; } = 16 * 1024;
}
