using System.Net;

namespace RtcHub.Sfu.Io;

/// <summary>What a <see cref="Port"/> is opened with.</summary>
internal sealed record PortOptions
{
    /// <summary>UDP and TCP port number; 0 takes one that is free for both on every address.</summary>
    public int Port { get; init; }

    /// <summary>Addresses to bind, or null: every unicast address of this machine that is up. One of them may be a wildcard.</summary>
    public IReadOnlyList<IPAddress>? Addresses { get; init; }

    /// <summary>Accept ICE-TCP (RFC 6544, passive) on the same number.</summary>
    public bool Tcp { get; init; } = true;

    /// <summary>Do with System.Net.Sockets alone, also where Linux offers more.</summary>
    public bool Portable { get; init; }

    /// <summary>Use UDP segmentation offload where the kernel has it.</summary>
    public bool Segmentation { get; init; } = true;

    /// <summary>Datagrams read at most per <see cref="Port.Receive"/>: what waits meanwhile is the kernel's to hold.</summary>
    public int ReceiveBatch { get; init; } = 64;

    /// <summary>Datagrams queued at most before they are sent: one packet to 1,000 subscribers and room for a frame of several.</summary>
    public int SendBatch { get; init; } = 2048;

    /// <summary>Bytes asked for each UDP socket's receive and send buffer; 50 ms at a gigabit.</summary>
    public int SocketBuffer { get; init; } = 8 << 20;

    /// <summary>TCP connections at most.</summary>
    public int TcpConnections { get; init; } = 1000;

    /// <summary>TCP connections at most of one IPv4 address or IPv6 /64.</summary>
    public int TcpConnectionsPerNetwork { get; init; } = 16;

    /// <summary>Bytes that a slow TCP connection may leave unsent before frames to it are dropped: a second at 2 Mbit/s.</summary>
    public int TcpSendBuffer { get; init; } = 256 << 10;

    /// <summary>Within this a new TCP connection must have sent a frame.</summary>
    public TimeSpan TcpFirstFrame { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The clock for <see cref="TcpFirstFrame"/>; nothing else here looks at a clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
