using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;

namespace RtcHub.Tests;

/// <summary>What a test needs of the machine that it runs on.</summary>
internal static class TestMachine
{
    /// <summary>Something is not installed: the test is skipped; CI must not skip it.</summary>
    /// <param name="why">How that was found out, when it says more than that.</param>
    [DoesNotReturn]
    public static void Lacks(string program, string? why = null)
    {
        Assert.SkipWhen(Environment.GetEnvironmentVariable("CI") is null, $"{program} is not installed.");
        Assert.Fail(why is null ? $"{program} is not installed." : $"{program} is not installed: {why}");
    }

    /// <summary>What only root may do: skipped for others; CI must not skip it.</summary>
    public static void NeedsRoot(string what)
    {
        if (Environment.IsPrivilegedProcess) return;
        Assert.SkipWhen(Environment.GetEnvironmentVariable("CI") is null, $"Only root may have {what}.");
        Assert.Fail($"Only root may have {what}.");
    }

    /// <summary>A TCP port of loopback that nobody listens on.</summary>
    public static int FreeTcpPort() => FreePort(SocketType.Stream, ProtocolType.Tcp);

    /// <summary>A UDP port of loopback that nobody has.</summary>
    public static int FreeUdpPort() => FreePort(SocketType.Dgram, ProtocolType.Udp);

    private static int FreePort(SocketType type, ProtocolType protocol)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, type, protocol);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
