using System.Net.WebSockets;

namespace RtcHub.Signal.Sockets;

/// <summary>Why the hub closes a socket: docs/protocol.md section 7. Each maps to one thing that the client does.</summary>
internal enum CloseCode
{
    Normal = 1000,
    Unauthorized = 4001,
    Protocol = 4002,
    Superseded = 4003,
    Kicked = 4004,
    RoomClosed = 4005,
    SlowConsumer = 4008,
    TooBig = 4009,
    Rate = 4010,
    Dead = 4011,
    Draining = 4012,
    Moved = 4013,
    Unavailable = 4014,
}

internal static class CloseCodes
{
    public static WebSocketCloseStatus Status(this CloseCode code) => (WebSocketCloseStatus)(int)code;

    /// <summary>The name in <c>closing.reason</c>, in the table of the protocol, and in metrics.</summary>
    public static string Name(this CloseCode code) => code switch
    {
        CloseCode.Normal => "normal",
        CloseCode.Unauthorized => "unauthorized",
        CloseCode.Protocol => "protocol",
        CloseCode.Superseded => "superseded",
        CloseCode.Kicked => "kicked",
        CloseCode.RoomClosed => "room_closed",
        CloseCode.SlowConsumer => "slow_consumer",
        CloseCode.TooBig => "too_big",
        CloseCode.Rate => "rate",
        CloseCode.Dead => "dead",
        CloseCode.Draining => "draining",
        CloseCode.Moved => "moved",
        CloseCode.Unavailable => "unavailable",
        _ => throw new ArgumentOutOfRangeException(nameof(code)),
    };
}
