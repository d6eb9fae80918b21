using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;

namespace RtcHub.E2E.Tests.Interop;

/// <summary>
/// A program on a WebRTC stack that nobody here wrote (<c>stacks/</c>): a process that publishes or plays one session and tells in
/// lines of JSON what became of it. A publisher goes on until its standard input ends; a player ends when it has seen and heard enough.
/// </summary>
internal sealed class Stack : IAsyncDisposable
{
    private const string Python = "/usr/bin/python3"; // Debian's own, which has Debian's packages.
    private static readonly string Folder = Path.Combine(Repository.Root, "tests", "E2E.Tests", "Interop", "stacks");
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    // What a program needs that is not part of this repository, by the first word of its name.
    private static readonly Dictionary<string, string[]> Probes = new()
    {
        ["libwebrtc"] = ["node", "--input-type=module", "-e", "import '@roamhq/wrtc'"],
        ["werift"] = ["node", "--input-type=module", "-e", "import 'werift'"],
        ["aiortc"] = [Python, "-c", "import aiortc"],
        ["gstreamer"] = [Python, "-c", "from gstreamer import Gst; assert all(map(Gst.ElementFactory.find, ['webrtcbin', 'nicesrc', 'dtlsdec', 'srtpdec', 'vp8enc', 'opusenc']))"],
    };

    private readonly StringBuilder _errors = new();
    private readonly Channel<JsonElement> _told = Channel.CreateUnbounded<JsonElement>();
    private readonly string _name;
    private readonly Process _process;

    private Stack(string name, Process process)
    {
        (_name, _process) = (name, process);
        process.OutputDataReceived += (_, line) => Read(line.Data);
        process.ErrorDataReceived += (_, line) => Note(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <param name="program">Of <c>stacks/</c>, without its ending: <c>aiortc-play</c>.</param>
    /// <param name="arguments">The endpoint; for a publisher the code of its picture, too.</param>
    public static Stack Start(string program, params string[] arguments)
    {
        Require(program.Split('-')[0]);
        var file = Directory.GetFiles(Folder, program + ".*").Single();
        return new Stack(program, Launch([file.EndsWith(".py", StringComparison.Ordinal) ? Python : "node", file, .. arguments]));
    }

    /// <summary>Publishes, when media can flow.</summary>
    public static async Task<Stack> PublishAsync(string program, Uri endpoint, int code)
    {
        var publisher = Start(program, endpoint.ToString(), code.ToString(System.Globalization.CultureInfo.InvariantCulture));
        try
        {
            Assert.True((await publisher.TellsAsync()).GetProperty("live").GetBoolean());
            return publisher;
        }
        catch
        {
            await publisher.DisposeAsync();
            throw;
        }
    }

    /// <summary>Plays until it has seen and heard enough, or long enough; what that was.</summary>
    public static async Task<JsonElement> PlayAsync(string program, Uri endpoint)
    {
        await using var player = Start(program, endpoint.ToString());
        var told = await player.TellsAsync();
        await player.EndAsync();
        TestContext.Current.SendDiagnosticMessage($"{program}: {told}");
        return told;
    }

    /// <summary>The publisher takes its leave as WHIP has it, and says by its exit code that the hub agreed.</summary>
    public async Task EndAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Patience);
        Assert.True(_process.ExitCode == 0, $"{_name} ended with {_process.ExitCode}:\n{Errors}");
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private string Errors
    {
        get
        {
            lock (_errors)
                return _errors.ToString();
        }
    }

    private static void Require(string stack)
    {
        using var probe = Launch(Probes[stack]);
        probe.StandardInput.Close();
        probe.OutputDataReceived += (_, _) => { };
        probe.BeginOutputReadLine();
        var why = probe.StandardError.ReadToEnd();
        probe.WaitForExit();
        if (probe.ExitCode != 0) TestMachine.Lacks(stack, why);
    }

    private static Process Launch(string[] command) => Process.Start(new ProcessStartInfo(command[0], command[1..])
    {
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
        WorkingDirectory = Folder,
        Environment = { ["PYTHONDONTWRITEBYTECODE"] = "1" },
    })!;

    private async Task<JsonElement> TellsAsync()
    {
        try
        {
            return await _told.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(Patience);
        }
        catch (Exception e) when (e is ChannelClosedException or TimeoutException)
        {
            throw new InvalidOperationException($"{_name} told nothing:\n{Errors}", e);
        }
    }

    private void Read(string? line)
    {
        if (line is null) _told.Writer.TryComplete();
        else if (line.StartsWith('{')) _told.Writer.TryWrite(JsonElement.Parse(line));
        else Note(line);
    }

    private void Note(string? line)
    {
        lock (_errors)
            _errors.AppendLine(line);
    }
}
