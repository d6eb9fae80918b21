using System.ComponentModel.DataAnnotations;

namespace RtcHub.Signal.Tokens;

/// <summary>Who may manage rooms and who may join; section <c>Auth</c>. Without keys the hub is open.</summary>
internal sealed class AuthOptions
{
    public const string Section = "Auth";
    public const int MinKeyLength = 32;

    /// <summary>
    /// Keys for REST, each at least 32 characters. The first one also signs join tokens, and a token signed with any of them is
    /// good: to change the key, put the new one first, and take the old one out when its tokens have run out.
    /// </summary>
    public IList<string> ApiKeys { get; } = [];

    /// <summary>How long a join token lives when the request says nothing.</summary>
    [Range(typeof(TimeSpan), "00:00:10", "30.00:00:00")]
    public TimeSpan TokenLifetime { get; set; } = TimeSpan.FromHours(6);

    /// <summary>The longest life that a request may ask for.</summary>
    [Range(typeof(TimeSpan), "00:00:10", "365.00:00:00")]
    public TimeSpan MaxTokenLifetime { get; set; } = TimeSpan.FromDays(1);
}
