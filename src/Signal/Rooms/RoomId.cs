namespace RtcHub.Signal.Rooms;

/// <summary>What a room may be called in a link: 3-64 characters of <c>a-z 0-9 -</c>, no <c>-</c> at the ends.</summary>
internal static class RoomId
{
    public const int MaxLength = 64;

    /// <summary>Rooms that a direct call makes for its two; people cannot choose such an id, lists leave them out.</summary>
    public const string CallPrefix = "call-";

    public static bool IsValid(string? id)
    {
        if (id is null || id.Length is < 3 or > MaxLength || id[0] == '-' || id[^1] == '-')
            return false;
        foreach (var c in id)
        {
            if (!(char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-'))
                return false;
        }

        return true;
    }

    /// <summary>Valid, and not one that the hub keeps for direct calls.</summary>
    public static bool MayBeChosen(string? id) => IsValid(id) && !IsCall(id!);

    public static bool IsCall(string id) => id.StartsWith(CallPrefix, StringComparison.Ordinal);
}
