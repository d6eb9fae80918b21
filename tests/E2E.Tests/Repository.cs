namespace RtcHub.E2E.Tests;

/// <summary>Where the sources are, and where what the tests leave behind goes.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    /// <summary>Not kept by git.</summary>
    public static string Artifacts { get; } = Directory.CreateDirectory(Path.Combine(Root, "artifacts")).FullName;

    private static string Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "RtcHub.sln")))
            folder = folder.Parent;
        return folder.FullName;
    }
}
