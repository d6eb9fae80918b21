namespace RtcHub.Sfu.Hosting;

/// <summary>
/// <c>healthcheck [URL]</c>: asks a running program whether it is alive, for containers that hold nothing else that could ask.
/// </summary>
public static class HealthCheck
{
    /// <summary>The first word of the command line.</summary>
    public const string Verb = "healthcheck";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    /// <param name="url">What is asked.</param>
    /// <returns>0: it answered that it is well; else 1, and the reason on standard error.</returns>
    public static async Task<int> RunAsync(string url)
    {
        using var handler = new SocketsHttpHandler { UseProxy = false };
        using var http = new HttpClient(handler) { Timeout = Patience };
        try
        {
            using var response = await http.GetAsync(new Uri(url));
            if (response.IsSuccessStatusCode) return 0;
            await Console.Error.WriteLineAsync($"{url} answers {(int)response.StatusCode}.");
        }
        catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException or UriFormatException)
        {
            await Console.Error.WriteLineAsync($"{url}: {exception.Message}");
        }

        return 1;
    }
}
