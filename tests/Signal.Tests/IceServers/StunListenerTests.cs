using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using RtcHub.Rtc;
using RtcHub.Rtc.Stun;
using RtcHub.Signal.IceServers;

namespace RtcHub.Signal.Tests.IceServers;

public sealed class StunListenerTests
{
    private readonly FakeTimeProvider _time = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    public async Task Both_ports_tell_a_client_its_own_address(string loopback)
    {
        await using var stun = await StartAsync(new StunOptions { Ports = [0, 0] });
        using var client = new StunClient(IPAddress.Parse(loopback));
        Assert.Equal(2, stun.Listener.Ports.Distinct().Count());
        foreach (var port in stun.Listener.Ports)
        {
            var response = await client.AskAsync(StunClient.Request(StunMethod.Binding), new IPEndPoint(IPAddress.Parse(loopback), port), Cancel);
            Assert.True(StunMessage.TryParse(response, out var message));
            Assert.True(message.TryGetXorAddress(StunAttributeType.XorMappedAddress, out var mapped));
            Assert.Equal(Address.From(client.Local), mapped);
        }
    }

    [Fact]
    public async Task The_answer_comes_from_the_address_that_was_asked_whatever_the_way_back()
    {
        var others = NetworkInterface.GetAllNetworkInterfaces().SelectMany(network => network.GetIPProperties().UnicastAddresses).Select(unicast => unicast.Address)
            .Where(address => address.AddressFamily == AddressFamily.InterNetwork && !IPAddress.IsLoopback(address)).ToList();
        Assert.SkipWhen(others.Count == 0, "This machine has no IPv4 address but loopback.");
        await using var stun = await StartAsync(new StunOptions { Ports = [0] });
        var server = new IPEndPoint(IPAddress.Loopback, stun.Listener.Ports[0]);
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        client.Bind(new IPEndPoint(others[0], 0));
        await client.SendToAsync(StunClient.Request(StunMethod.Binding), server, Cancel);
        var answer = await client.ReceiveFromAsync(new byte[1500], new IPEndPoint(IPAddress.Any, 0), Cancel).AsTask().WaitAsync(TimeSpan.FromSeconds(20), Cancel);
        Assert.Equal(server, answer.RemoteEndPoint);
    }

    [Fact]
    public async Task What_is_no_request_gets_no_answer_and_does_no_harm()
    {
        await using var stun = await StartAsync(new StunOptions { Ports = [0] });
        using var client = new StunClient(IPAddress.Loopback);
        var server = new IPEndPoint(IPAddress.Loopback, stun.Listener.Ports[0]);
        await client.SendAsync([], server, Cancel);
        await client.SendAsync([1, 2, 3], server, Cancel);
        await client.SendAsync(new byte[9000], server, Cancel);
        await client.AskAsync(StunClient.Request(StunMethod.Binding), server, Cancel);
        Assert.Equal(0, client.Available);
    }

    [Fact]
    public async Task A_source_that_asks_too_often_is_not_answered_until_the_next_second_and_others_are()
    {
        await using var stun = await StartAsync(new StunOptions { Ports = [0], RequestsPerSecond = 3 });
        var server = new IPEndPoint(IPAddress.Loopback, stun.Listener.Ports[0]);
        using var eager = new StunClient(IPAddress.Loopback);
        using var other = new StunClient(IPAddress.Parse("127.0.0.2"));
        for (var i = 0; i < 3; i++) await eager.AskAsync(StunClient.Request(StunMethod.Binding), server, Cancel);

        // One socket is read in order: when the other has its answer, the fourth request has been dropped.
        await eager.SendAsync(StunClient.Request(StunMethod.Binding), server, Cancel);
        await other.AskAsync(StunClient.Request(StunMethod.Binding), server, Cancel);
        Assert.Equal(0, eager.Available);

        _time.Advance(TimeSpan.FromSeconds(1));
        await eager.AskAsync(StunClient.Request(StunMethod.Binding), server, Cancel);
    }

    [Fact]
    public async Task A_port_that_is_taken_is_a_warning_and_the_other_works()
    {
        using var taken = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var port = ((IPEndPoint)taken.LocalEndPoint!).Port;
        var log = new Lines();
        await using var stun = await StartAsync(new StunOptions { Ports = [port, 0], Address = "127.0.0.1" }, log);
        var open = Assert.Single(stun.Listener.Ports);
        Assert.NotEqual(port, open);
        Assert.Contains(port.ToString(), Assert.Single(log.Warnings), StringComparison.Ordinal);

        using var client = new StunClient(IPAddress.Loopback);
        await client.AskAsync(StunClient.Request(StunMethod.Binding), new IPEndPoint(IPAddress.Loopback, open), Cancel);
    }

    [Fact]
    public async Task Switched_off_it_opens_nothing()
    {
        await using var stun = await StartAsync(new StunOptions { Enabled = false, Ports = [0] });
        Assert.Empty(stun.Listener.Ports);
    }

    private async Task<Running> StartAsync(StunOptions options, ILogger<StunListener>? log = null)
    {
        var listener = new StunListener(Options.Create(options), _time, log ?? NullLogger<StunListener>.Instance);
        await listener.StartAsync(Cancel);
        return new Running(listener);
    }

    private sealed record Running(StunListener Listener) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await Listener.StopAsync(CancellationToken.None);
            Listener.Dispose();
        }
    }

    private sealed class Lines : ILogger<StunListener>
    {
        public List<string> Warnings { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (logLevel == LogLevel.Warning) Warnings.Add(formatter(state, exception));
        }
    }
}
