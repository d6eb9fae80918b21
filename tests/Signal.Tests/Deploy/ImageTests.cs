using System.Diagnostics;
using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace RtcHub.Signal.Tests.Deploy;

/// <summary>
/// What a container would do, without a container: the program is published into a folder, and the image's own commands are run on
/// it, with its environment, in an empty working directory.
/// </summary>
public sealed partial class ImageTests : IDisposable
{
    private readonly string _app = Directory.CreateTempSubdirectory("rtchub-app-").FullName;
    private readonly string _data = Directory.CreateTempSubdirectory("rtchub-data-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("signal", "Signal", "/")]
    [InlineData("sfu", "Sfu", "/metrics")]
    public async Task The_image_s_commands_start_the_program_and_ask_how_it_is(string image, string project, string page)
    {
        var dockerfile = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "deploy", $"{image}.Dockerfile"), Cancel);
        Assert.Contains($"dotnet publish src/{project} -c Release", dockerfile, StringComparison.Ordinal);
        await RunAsync("dotnet", "publish", Path.Combine(Repository.Root, "src", project), "-c", "Release", "--no-build", "-o", _app);

        var environment = Variables().Matches(Environments().Match(dockerfile).Value).ToDictionary(match => match.Groups[1].Value, match => match.Groups[2].Value);
        var port = TestMachine.FreeTcpPort();
        Assert.Contains("HTTP_PORTS", environment.Keys);
        environment["HTTP_PORTS"] = $"{port}";
        // In a container these ports are its own.
        environment["Sfu__Port"] = "0";
        environment["Stun__Ports__0"] = environment["Stun__Ports__1"] = "0";
        environment["Sfu__Secret"] = new string('s', 32);
        environment["Auth__ApiKeys__0"] = new string('k', 32);

        var (entry, check) = (Command(dockerfile, "ENTRYPOINT"), Command(dockerfile, "CMD"));
        using (var program = Start(entry, environment))
        {
            try
            {
                while (await program.StandardOutput.ReadLineAsync(Cancel) is { } line)
                {
                    if (!line.Contains("Ctrl+C", StringComparison.Ordinal)) continue;
                    _ = program.StandardOutput.ReadToEndAsync(CancellationToken.None);
                    break;
                }

                Assert.False(program.HasExited, "it ended");
                await WellAsync([.. check, $"http://localhost:{port}/healthz"]);
                using var http = new HttpClient();
                http.DefaultRequestHeaders.Authorization = new("Bearer", new string(image == "sfu" ? 's' : 'k', 32));
                using var response = await http.GetAsync(new Uri($"http://localhost:{port}{page}"), Cancel);
                Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            }
            finally
            {
                program.Kill();
                await program.WaitForExitAsync(Cancel);
            }
        }

        // What does not answer is not well.
        await Assert.ThrowsAsync<InvalidOperationException>(() => RunAsync([.. check, $"http://localhost:{port}/healthz"]));
        Assert.All(Directory.GetFileSystemEntries(_data), entry => Assert.StartsWith(Path.Combine(_data, "data"), entry, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_compose_file_is_understood_by_its_client()
    {
        if (!File.Exists("/usr/bin/docker-compose")) TestMachine.Lacks("docker-compose");

        var file = Path.Combine(Repository.Root, "docker-compose.yml");
        var example = await File.ReadAllTextAsync(Path.Combine(Repository.Root, ".env.example"), Cancel);
        var filled = Path.Combine(_data, "env");
        await File.WriteAllTextAsync(filled, Empty().Replace(example, $"$1={new string('x', 40)}"), Cancel);
        await RunAsync("docker-compose", "--env-file", filled, "-f", file, "config", "-q");

        // A secret that was forgotten stops it.
        await File.WriteAllTextAsync(filled, example, Cancel);
        await Assert.ThrowsAsync<InvalidOperationException>(() => RunAsync("docker-compose", "--env-file", filled, "-f", file, "config", "-q"));
    }

    public void Dispose()
    {
        Directory.Delete(_app, recursive: true);
        Directory.Delete(_data, recursive: true);
    }

    // In the image the program lies in /app.
    private string[] Command(string dockerfile, string instruction)
    {
        var json = Regex.Match(dockerfile, $@"\b{instruction} (\[.*\])").Groups[1].Value;
        return [.. JsonSerializer.Deserialize<string[]>(json)!.Select(word => word.Replace("/app/", $"{_app}/", StringComparison.Ordinal))];
    }

    private Process Start(string[] command, Dictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(command[0], command[1..]) { WorkingDirectory = _data, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in environment ?? []) start.Environment[name] = value;
        return Process.Start(start)!;
    }

    // A busy machine may take longer than the command waits: a container has retries, too.
    private async Task WellAsync(string[] check)
    {
        for (var retries = 5; ; retries--)
        {
            try
            {
                await RunAsync(check);
                return;
            }
            catch (InvalidOperationException) when (retries > 0)
            {
            }
        }
    }

    private async Task RunAsync(params string[] command)
    {
        using var process = Start(command);
        var (output, error) = (process.StandardOutput.ReadToEndAsync(Cancel), process.StandardError.ReadToEndAsync(Cancel));
        await process.WaitForExitAsync(Cancel);
        if (process.ExitCode != 0) throw new InvalidOperationException($"{string.Join(' ', command)}: {await output}{await error}");
    }

    [GeneratedRegex("(?m)^ENV .*$")]
    private static partial Regex Environments();

    [GeneratedRegex(@"(\w+)=(\S+)")]
    private static partial Regex Variables();

    [GeneratedRegex("(?m)^(RTCHUB_[A-Z_]+)=$")]
    private static partial Regex Empty();
}
