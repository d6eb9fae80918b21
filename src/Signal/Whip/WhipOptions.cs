using System.ComponentModel.DataAnnotations;

namespace RtcHub.Signal.Whip;

/// <summary>Section <c>Whip</c>: publishing by WHIP (RFC 9725) and playing by WHEP.</summary>
internal sealed class WhipOptions
{
    public const string Section = "Whip";

    /// <summary>Whether <c>/whip</c> and <c>/whep</c> are there at all.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>Sessions of both kinds at a time; what is beyond is refused.</summary>
    [Range(1, 1_000_000)]
    public int MaxSessions { get; set; } = 2_000;

    /// <summary>Offers per minute of one IPv4 address or IPv6 /64.</summary>
    [Range(1, 10_000_000)]
    public int PostsPerMinute { get; set; } = 120;

    /// <summary>Seconds after which a player should ask again while nobody publishes.</summary>
    [Range(1, 3_600)]
    public int RetrySeconds { get; set; } = 2;
}
