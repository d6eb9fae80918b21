using System.ComponentModel.DataAnnotations;

namespace RtcHub.Signal.Rooms;

/// <summary>Where rooms are kept; section <c>Storage</c>.</summary>
internal sealed class StorageOptions
{
    public const string Section = "Storage";

    /// <summary><c>sqlite</c>: one file; <c>memory</c>: gone with the process.</summary>
    [RegularExpression("^(sqlite|memory)$", ErrorMessage = "It is sqlite or memory.")]
    public string Provider { get; set; } = "sqlite";

    /// <summary>The file of <c>sqlite</c>, relative to the content root; its folder is made when it is missing.</summary>
    [Required]
    public string Path { get; set; } = "data/rtchub.db";
}
