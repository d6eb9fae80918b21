using System.ComponentModel.DataAnnotations;

namespace RtcHub.Sfu.Redis;

/// <summary>Section <c>Redis</c>: what several hubs and media services have in common.</summary>
public sealed class RedisOptions
{
    /// <summary>The section of the configuration.</summary>
    public const string Section = "Redis";

    /// <summary>
    /// Where Redis is, in the words of StackExchange.Redis: <c>host:6379,password=…,ssl=true</c>. Without it, this program works
    /// alone.
    /// </summary>
    public string? Connection { get; set; }

    /// <summary>What every key begins with; installations that share a Redis have different ones.</summary>
    [RegularExpression("[A-Za-z0-9._-]{1,32}", ErrorMessage = "A prefix is 1-32 characters of A-Z, a-z, 0-9, '.', '_' and '-'.")]
    public string Prefix { get; set; } = "rtchub";
}
