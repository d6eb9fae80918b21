namespace RtcHub.Signal.Tests;

/// <summary>Where the sources are, for tests that hold documents and code together.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    private static string Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "RtcHub.sln")))
            folder = folder.Parent;
        return folder.FullName;
    }
}
