using System.Globalization;
using System.Security.Cryptography;

namespace RtcHub.Signal.Rooms;

/// <summary>Ids that people can read out to each other: <c>blue-fox-4207</c>. Thirty million of them, so they name and do not protect.</summary>
internal static class RoomNames
{
    private static readonly string[] Adjectives =
    [
        "amber", "brave", "bright", "bold", "blue", "brisk", "calm", "clear", "clever", "cosy", "crisp", "daring", "eager", "early", "fair",
        "fast", "fond", "fresh", "gentle", "glad", "golden", "grand", "green", "happy", "honest", "jolly", "keen", "kind", "light", "lively",
        "lucky", "mellow", "merry", "mild", "neat", "noble", "proud", "quick", "quiet", "rapid", "red", "sharp", "silver", "sleek", "smart",
        "snowy", "solid", "spry", "steady", "sunny", "swift", "tidy", "true", "vivid", "warm", "wise", "witty", "young", "zesty",
    ];

    private static readonly string[] Animals =
    [
        "ant", "bear", "beaver", "bee", "bison", "crane", "crow", "deer", "dove", "duck", "eagle", "egret", "elk", "falcon", "finch", "fox",
        "frog", "gecko", "goose", "hare", "hawk", "heron", "horse", "ibis", "jay", "koala", "lark", "lemur", "lion", "lynx", "mole", "moose",
        "newt", "otter", "owl", "panda", "parrot", "puffin", "quail", "rabbit", "raven", "robin", "seal", "sheep", "shrew", "snail", "stork",
        "swan", "swift", "tapir", "tiger", "toad", "trout", "turtle", "vole", "whale", "wolf", "wren", "yak", "zebra",
    ];

    public static string Next()
    {
        var number = RandomNumberGenerator.GetInt32(1000, 10_000).ToString(CultureInfo.InvariantCulture);
        return $"{RandomNumberGenerator.GetItems(Adjectives, 1)[0]}-{RandomNumberGenerator.GetItems(Animals, 1)[0]}-{number}";
    }
}
