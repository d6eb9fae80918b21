using System.Diagnostics;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace RtcHub.Load;

/// <summary>What cannot be done, said in a sentence; ends the tool with it.</summary>
internal sealed class LoadException(string message) : Exception(message);

/// <summary>Starts and ends the servers under load; none of them outlives the tool.</summary>
internal static class ServerProcess
{
    private static readonly HashSet<Process> Running = [];

    static ServerProcess()
    {
        AppDomain.CurrentDomain.ProcessExit += (_, _) =>
        {
            lock (Running)
            {
                foreach (var process in Running) process.Kill();
            }
        };
    }

    public static Process Start(string program, IEnumerable<string> arguments, string folder)
    {
        var start = new ProcessStartInfo(program) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        var process = Process.Start(start) ?? throw new LoadException($"{program} cannot be started.");
        process.OutputDataReceived += (_, _) => { }; // A pipe that nobody reads fills up and stops the server.
        process.ErrorDataReceived += (_, line) => LastWords(process, line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        lock (Running) Running.Add(process);
        return process;
    }

    public static async Task ReadyAsync(Process process, Uri address, TimeSpan patience, CancellationToken cancel)
    {
        using var http = new HttpClient();
        for (var waited = Stopwatch.StartNew(); waited.Elapsed < patience;)
        {
            if (process.HasExited) throw new LoadException($"{process.StartInfo.FileName} ended at once ({process.ExitCode}).");
            try
            {
                if ((await http.GetAsync(address, cancel)).IsSuccessStatusCode) return;
            }
            catch (HttpRequestException)
            {
                // Nobody listens yet.
            }

            await Task.Delay(50, cancel);
        }

        throw new LoadException($"{process.StartInfo.FileName} did not answer at {address} within {patience.TotalSeconds:0} s.");
    }

    public static async Task StopAsync(Process process)
    {
        lock (Running) Running.Remove(process);
        if (!process.HasExited) process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
    }

    private static void LastWords(Process process, string? line)
    {
        if (!string.IsNullOrEmpty(line) && Environment.GetEnvironmentVariable("LOAD_VERBOSE") is not null) Console.Error.WriteLine($"[{process.StartInfo.FileName}] {line}");
    }
}

/// <summary>Free ports.</summary>
internal static class Ports
{
    public static int FreeTcp()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

/// <summary>
/// An address of this machine that is not loopback: Janus does not use loopback interfaces. What is sent to it does not leave
/// the machine all the same, and both servers of a comparison use it.
/// </summary>
internal static class LocalAddress
{
    public static IPAddress Find() =>
        NetworkInterface.GetAllNetworkInterfaces()
            .Where(network => network.OperationalStatus == OperationalStatus.Up && network.NetworkInterfaceType != NetworkInterfaceType.Loopback)
            .SelectMany(network => network.GetIPProperties().UnicastAddresses)
            .Select(unicast => unicast.Address)
            .FirstOrDefault(address => address.AddressFamily == AddressFamily.InterNetwork)
        ?? throw new LoadException("This machine has no IPv4 address besides loopback, and Janus needs one.");
}

/// <summary>Where the sources lie.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "RtcHub.sln"))) return folder.FullName;
        }

        throw new LoadException("The tool runs from a build within the repository.");
    }
}
