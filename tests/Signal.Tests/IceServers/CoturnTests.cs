using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using RtcHub.Rtc.Stun;
using RtcHub.Signal.IceServers;

namespace RtcHub.Signal.Tests.IceServers;

/// <summary>A real TURN server takes what the hub hands out, and nothing else.</summary>
public sealed class CoturnTests : IAsyncLifetime
{
    private const string Program = "/usr/bin/turnserver";
    private const string Secret = "a secret shared with coturn";
    private const int Unauthorized = 401;

    // RFC 8656 section 18.8: protocol 17 (UDP), three bytes reserved.
    private const uint Udp = 17u << 24;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("rtchub-coturn-");
    private readonly IPEndPoint _server = new(IPAddress.Loopback, FreePort());
    private Process? _coturn;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync()
    {
        if (!File.Exists(Program))
        {
            Assert.SkipUnless(Environment.GetEnvironmentVariable("CI") == "true", "coturn is not installed (apt install coturn).");
            Assert.Fail("coturn is not installed, and CI must not skip this.");
        }

        var start = new ProcessStartInfo(Program)
        {
            ArgumentList =
            {
                "-n", "--listening-ip=127.0.0.1", "--relay-ip=127.0.0.1", $"--listening-port={_server.Port}", "--realm=rtchub.test",
                "--use-auth-secret", $"--static-auth-secret={Secret}", "--no-cli", "--no-tls", "--no-dtls", "--no-rfc5780", "--log-file=stdout", "--simple-log",
                $"--pidfile={_folder.FullName}/pid", $"--userdb={_folder.FullName}/db",
            },
            RedirectStandardOutput = true,
        };
        _coturn = Process.Start(start)!;
        _coturn.OutputDataReceived += (_, _) => { };
        _coturn.BeginOutputReadLine();
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        if (_coturn is not null)
        {
            _coturn.Kill();
            await _coturn.WaitForExitAsync(CancellationToken.None);
            _coturn.Dispose();
        }

        _folder.Delete(recursive: true);
    }

    [Fact(Timeout = 30_000)]
    public async Task An_allocation_with_our_credentials_succeeds_and_others_are_refused()
    {
        var now = TimeProvider.System.GetUtcNow();
        var (username, credential) = TurnCredentials.Create(Secret, "k7mq4xtd", now.AddMinutes(10));
        Assert.Null(await AllocateAsync(username, credential));

        Assert.Equal(Unauthorized, await AllocateAsync(username, "wrong"));
        Assert.Equal(Unauthorized, await AllocateAsync(username.Replace("k7mq4xtd", "somebody", StringComparison.Ordinal), credential));
        (username, credential) = TurnCredentials.Create(Secret, "k7mq4xtd", now.AddMinutes(-10));
        Assert.Equal(Unauthorized, await AllocateAsync(username, credential));
    }

    // The first, bare request is refused and told what to sign with (RFC 8489 section 9.2.3).
    private async Task<(string Realm, string Nonce)> ChallengeAsync(StunClient client)
    {
        var request = StunClient.Request(StunMethod.Allocate, (ref StunWriter writer) => writer.AddUInt32(StunAttributeType.RequestedTransport, Udp));
        var response = await client.AskAsync(request, _server, Cancel);
        Assert.True(StunMessage.TryParse(response, out var message));
        Assert.True(message.TryGetErrorCode(out var code));
        Assert.Equal(Unauthorized, code);
        Assert.True(message.TryGetText(StunAttributeType.Realm, out var realm));
        Assert.True(message.TryGetText(StunAttributeType.Nonce, out var nonce));
        return (realm, nonce);
    }

    /// <returns>The error's code, or null for success.</returns>
    private async Task<int?> AllocateAsync(string username, string credential)
    {
        // A socket of its own: coturn holds a 5-tuple to the first user it heard of there.
        using var client = new StunClient(IPAddress.Loopback);
        var (realm, nonce) = await ChallengeAsync(client);
        var key = StunIntegrity.LongTermKey(username, realm, credential);
        var request = StunClient.Request(StunMethod.Allocate, (ref StunWriter writer) =>
        {
            writer.AddUInt32(StunAttributeType.RequestedTransport, Udp);
            writer.AddText(StunAttributeType.Username, username);
            writer.AddText(StunAttributeType.Realm, realm);
            writer.AddText(StunAttributeType.Nonce, nonce);
            writer.AddIntegrity(key);
        });
        var response = await client.AskAsync(request, _server, Cancel);
        Assert.True(StunMessage.TryParse(response, out var message));
        if (message.Class == StunClass.Error) return message.TryGetErrorCode(out var code) ? code : -1;

        Assert.Equal(StunClass.Success, message.Class);
        Assert.True(StunIntegrity.Verify(message, key), "coturn's own integrity holds with the same key");
        Assert.True(message.TryGetXorAddress(StunAttributeType.XorRelayedAddress, out var relayed));
        Assert.Equal(IPAddress.Loopback, relayed.ToIPEndPoint().Address);
        Assert.True(message.TryGetXorAddress(StunAttributeType.XorMappedAddress, out var mapped));
        Assert.Equal(client.Local, mapped.ToIPEndPoint());
        return null;
    }

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
