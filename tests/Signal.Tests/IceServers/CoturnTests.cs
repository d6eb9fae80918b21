using System.Net;
using RtcHub.Signal.IceServers;

namespace RtcHub.Signal.Tests.IceServers;

/// <summary>A real TURN server takes what the hub hands out, and nothing else.</summary>
public sealed class CoturnTests : IAsyncLifetime
{
    private const string Secret = "a secret shared with coturn";
    private const int Unauthorized = 401, Forbidden = 403;


    private CoturnProcess? _coturn;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync()
    {
        _coturn = CoturnProcess.Start(Secret);
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => _coturn?.DisposeAsync() ?? ValueTask.CompletedTask;

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

    // As deploy/ has it: what the public may reach and what lies inside.
    [Theory(Timeout = 30_000)]
    [InlineData("203.0.113.5", null)]
    [InlineData("10.1.2.3", Forbidden)]
    [InlineData("172.20.0.2", Forbidden)]
    [InlineData("192.168.1.1", Forbidden)]
    [InlineData("127.0.0.1", Forbidden)]
    [InlineData("169.254.169.254", Forbidden)]
    [InlineData("100.100.100.200", Forbidden)]
    [InlineData("0.0.0.0", Forbidden)]
    public async Task As_it_is_deployed_it_relays_to_nobody_inside(string peer, int? expected)
    {
        await using var coturn = CoturnProcess.Start(Secret, Path.Combine(Repository.Root, "deploy", "coturn", "turnserver.conf"));
        var (username, credential) = TurnCredentials.Create(Secret, "k7mq4xtd", TimeProvider.System.GetUtcNow().AddMinutes(10));
        using var client = new TurnClient(coturn.Address, username, credential);
        Assert.Null(await client.AllocateAsync(Cancel));
        Assert.Equal(expected, await client.PermitAsync(IPAddress.Parse(peer), Cancel));
    }

    private async Task<int?> AllocateAsync(string username, string credential)
    {
        using var client = new TurnClient(_coturn!.Address, username, credential);
        return await client.AllocateAsync(Cancel);
    }
}
