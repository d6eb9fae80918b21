using RtcHub.Rtc.Sdp;

namespace RtcHub.Rtc.Tests.Sdp;

/// <summary>What other stacks offer; Captures/README.md says which.</summary>
internal static class Capture
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Sdp", "Captures");

    public static IEnumerable<string> Names => Directory.EnumerateFiles(Folder, "*.sdp").Select(path => Path.GetFileNameWithoutExtension(path)).Order();

    public static string Text(string name) => File.ReadAllText(Path.Combine(Folder, $"{name}.sdp"));

    public static SessionDescription Read(string name) => Parse(Text(name));

    public static SessionDescription Parse(string text) =>
        SdpText.TryParse(text, out var description, out var error) ? description : throw new InvalidOperationException(error.ToString());
}
