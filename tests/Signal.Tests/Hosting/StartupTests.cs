using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using RtcHub.Signal.Diagnosis;
using RtcHub.Signal.Hosting;
using SelfTestResult = RtcHub.Signal.Diagnosis.Diagnosis;

namespace RtcHub.Signal.Tests.Hosting;

/// <summary>What a person sees who starts the hub: the text, and the sentence when it cannot start.</summary>
public sealed class StartupTests
{
    [Fact]
    public void On_this_machine_alone()
    {
        var text = StartupText.Compose(new StartupFacts("0.1.0", ["http://localhost:8080"], IPAddress.Parse("192.168.1.20"), [3478, 3479]), qrCode: true);
        Assert.Equal(
            """

              RtcHub 0.1.0

              Open     http://localhost:8080
              Phones   need HTTPS for the camera: start with  -- --Https:SelfSigned=true
              ICE lab  http://localhost:8080/lab
              API      http://localhost:8080/swagger
              STUN     UDP 3478 and 3479
              Keys     none: everybody who reaches the hub may make rooms and join

              Ctrl+C stops it.

            """,
            text,
            ignoreLineEndingDifferences: true);
    }

    [Fact]
    public void On_the_local_network_without_keys()
    {
        var text = StartupText.Compose(
            new StartupFacts("0.1.0", ["http://localhost:8080", "https://[::]:8443"], IPAddress.Parse("192.168.1.20"), [], SelfSigned: true), qrCode: false);
        Assert.Equal(
            """

              RtcHub 0.1.0

              Open     http://localhost:8080
              Phones   https://192.168.1.20:8443   (the browser warns once: the certificate is the hub's own)
              ICE lab  http://localhost:8080/lab
              API      http://localhost:8080/swagger
              STUN     none
              Keys     none: everybody who reaches the hub may make rooms and join

              Warning: the hub can be reached from other machines and has no keys. Set Auth:ApiKeys:0 to lock it.

              Ctrl+C stops it.

            """,
            text,
            ignoreLineEndingDifferences: true);
    }

    [Theory]
    [InlineData("http://[::]:80", "http://localhost:80", true)]
    [InlineData("http://0.0.0.0:80", "http://localhost:80", true)]
    [InlineData("http://127.0.0.1:5000", "http://127.0.0.1:5000", false)]
    [InlineData("http://[::1]:5000", "http://[::1]:5000", false)]
    [InlineData("http://192.0.2.9:5000", "http://192.0.2.9:5000", true)]
    public void The_address_to_open_is_one_that_can_be_opened(string listening, string open, bool beyondThisMachine)
    {
        var facts = new StartupFacts("0.1.0", [listening], null, []);
        Assert.Equal(beyondThisMachine, StartupText.Warnings(facts).Any());
        Assert.Empty(StartupText.Warnings(facts with { HasKeys = true }));
        var text = StartupText.Compose(facts, qrCode: false);
        Assert.Contains($"Open     {open}{Environment.NewLine}", text, StringComparison.Ordinal);
        Assert.Equal(beyondThisMachine, text.Contains("Warning", StringComparison.Ordinal));
    }

    [Fact]
    public void What_was_found_to_answer_and_what_not()
    {
        var diagnosis = new SelfTestResult(
            default,
            [
                new Check("media", "udp 192.0.2.1:7882", "ok", 0.3, null), new Check("media", "udp 192.0.2.1:7883", "ok", 0.3, null),
                new Check("media", "tcp 192.0.2.1:7882", "refused", 0.3, "Open it."), new Check("turn", "turn:192.0.2.2", "ok", 1, null),
            ],
            [new Warning("noTurnTcp", "TURN is offered by UDP only.")]);
        var text = StartupText.Compose(new StartupFacts("0.1.0", ["http://localhost:8080"], null, [3478], SelfTest: diagnosis), qrCode: false);
        Assert.EndsWith(
            """
              Media    udp 192.0.2.1:7882, 7883   (answers)
                       tcp 192.0.2.1:7882   (does not answer, see below)
              TURN     turn:192.0.2.2   (relays)
              Note     TURN is offered by UDP only.
              Trouble? http://localhost:8080/diag shows what a browser reaches from where it is

              Warning: tcp 192.0.2.1:7882 (refused). Open it.

              Ctrl+C stops it.

            """.ReplaceLineEndings(),
            text.ReplaceLineEndings(),
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_certificate_of_an_authority_needs_no_remark()
    {
        var text = StartupText.Compose(new StartupFacts("0.1.0", ["https://[::]:443"], IPAddress.Parse("192.168.1.20"), []), qrCode: false);
        Assert.Contains($"Open     https://localhost:443{Environment.NewLine}  Phones   https://192.168.1.20:443{Environment.NewLine}", text, StringComparison.Ordinal);
    }

    [Fact]
    public void With_keys_there_is_nothing_to_warn_of()
    {
        var text = StartupText.Compose(new StartupFacts("0.1.0", ["http://[::]:80"], null, [], HasKeys: true), qrCode: false);
        Assert.DoesNotContain("Warning", text, StringComparison.Ordinal);
        Assert.Contains("Keys     set", text, StringComparison.Ordinal);
    }

    [Fact]
    public void The_qr_code_is_square_and_has_a_quiet_zone()
    {
        var facts = new StartupFacts("0.1.0", ["https://[::]:8443"], IPAddress.Parse("192.168.1.20"), [], HasKeys: true);
        var rows = StartupText.Compose(facts, qrCode: true).Split(Environment.NewLine)
            .Where(line => line.Contains('\e', StringComparison.Ordinal))
            .Select(line => line.Trim().Replace("\e[30;107m", "", StringComparison.Ordinal).Replace("\e[0m", "", StringComparison.Ordinal)).ToList();
        Assert.All(rows, row => Assert.Equal(rows[0].Length, row.Length));

        // Version 2: 25 modules, four quiet ones on each side, two rows to a line.
        Assert.Equal(25 + 8, rows[0].Length);
        Assert.InRange(rows.Count, (25 + 8) / 2, (25 + 8 + 1) / 2);
        Assert.True(string.IsNullOrWhiteSpace(rows[0]) && string.IsNullOrWhiteSpace(rows[^1]));
        Assert.All(rows, row => Assert.True(row.StartsWith("    ", StringComparison.Ordinal) && row.EndsWith("    ", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_port_that_is_taken_is_one_sentence_and_exit_code_1()
    {
        using var taken = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        taken.Listen();
        var url = $"http://127.0.0.1:{((IPEndPoint)taken.LocalEndPoint!).Port}";
        var (code, output, error) = await RunAsync("--urls", url);
        Assert.Equal(1, code);
        Assert.Empty(output);
        Assert.StartsWith("RtcHub cannot start: ", error, StringComparison.Ordinal);
        Assert.Contains(url, error, StringComparison.Ordinal);
        Assert.Single(error.TrimEnd().Split('\n'));
    }

    [Theory]
    [InlineData("--Turn:Urls:0=turn:t.example.org", "Turn:Urls needs Turn:Secret")]
    [InlineData("--Sfu:Mode=Pool", "Sfu:Mode=Pool needs Redis:Connection")]
    [InlineData("--Sfu:Mode=Pool --Redis:Connection=127.0.0.1:1 --Sfu:ControlUrl=here", "Sfu:ControlUrl")]
    [InlineData("--Turn:TtlSeconds=1", "Turn:TtlSeconds: ")]
    [InlineData("--Rooms:MaxParticipants=1", "Rooms:MaxParticipants: ")]
    [InlineData("--Signal:Burst=-1 --Rooms:ChatHistory=-1", "Rooms:ChatHistory: ")]
    [InlineData("--Storage:Provider=redis", "Storage:Provider: ")]
    [InlineData("--Auth:ApiKeys:0=short", "Auth:ApiKeys")]
    [InlineData("--Https:Port=many", "'many' at 'Https:Port'")]
    [InlineData("--Web:Root=/nowhere", "Web:Root: ")]
    [InlineData("--Kestrel:Endpoints:Https:Url=https://*:0 --Kestrel:Endpoints:Https:Certificate:Path=/nowhere.pem", "/nowhere.pem")]
    public async Task A_wrong_setting_is_one_sentence_that_names_it(string arguments, string expected)
    {
        var (code, output, error) = await RunAsync(["--urls", "http://127.0.0.1:0", .. arguments.Split(' ')]);
        Assert.Equal(1, code);
        Assert.Empty(output);
        Assert.Contains(expected, error, StringComparison.Ordinal);
        Assert.Single(error.TrimEnd().Split('\n'));
    }

    [Fact]
    public async Task Started_from_anywhere_the_program_says_its_text_and_no_more()
    {
        var folder = Directory.CreateTempSubdirectory("rtchub-start-");
        using var process = Process.Start(Program(folder.FullName, "--urls", "http://127.0.0.1:0", "--Startup:SelfTest=false"))!;
        try
        {
            List<string> lines = [];
            while (await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
            {
                lines.Add(line);
                if (line.Contains("Ctrl+C", StringComparison.Ordinal)) break;
            }

            Assert.Equal(["", $"  RtcHub {typeof(Startup).Assembly.GetName().Version!.ToString(fieldCount: 3)}", ""], lines[..3]);
            Assert.Matches("^  Open     http://127.0.0.1:[1-9][0-9]*$", lines[3]);
            Assert.Equal(11, lines.Count);
        }
        finally
        {
            process.Kill();
            await process.WaitForExitAsync(CancellationToken.None);
            folder.Delete(recursive: true);
        }
    }

    // The program itself, as built for these tests.
    private static async Task<(int Code, string Output, string Error)> RunAsync(params string[] args)
    {
        using var process = Process.Start(Program(Path.GetTempPath(), args))!;
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            return (process.ExitCode, await output, await error);
        }
        finally
        {
            if (!process.HasExited) process.Kill();
        }
    }

    private static ProcessStartInfo Program(string folder, params string[] args)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = folder };
        foreach (var arg in (string[])[typeof(Startup).Assembly.Location, "--Stun:Enabled=false", "--Storage:Provider=memory", .. args]) start.ArgumentList.Add(arg);
        return start;
    }
}
