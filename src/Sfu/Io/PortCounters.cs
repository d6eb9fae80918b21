namespace RtcHub.Sfu.Io;

/// <summary>
/// What a port did so far. Written by the thread that owns the port; whoever reads from elsewhere sees each number whole
/// and perhaps a moment late. Datagrams include the frames of TCP connections.
/// </summary>
internal sealed class PortCounters
{
    /// <summary>Datagrams handed to the worker, and their bytes.</summary>
    public long DatagramsIn, BytesIn;

    /// <summary>Datagrams that the system took, and their bytes.</summary>
    public long DatagramsOut, BytesOut;

    /// <summary>System calls that read or wait, and that send.</summary>
    public long ReceiveCalls, SendCalls;

    /// <summary>Datagrams that left as a part of a segmented message, and how many of these messages there were.</summary>
    public long Segments, SegmentedMessages;

    /// <summary>Segmented messages that the system refused and that left as single datagrams.</summary>
    public long SegmentationRefused;

    /// <summary>Datagrams dropped on arrival because they are longer than <see cref="Port.MaxDatagram"/>.</summary>
    public long OversizeIn;

    /// <summary>Datagrams not sent: the system had no room within reasonable time.</summary>
    public long WouldBlock;

    /// <summary>Datagrams not sent: longer than the path takes.</summary>
    public long OversizeOut;

    /// <summary>Datagrams not sent: no route, not permitted, refused, no such connection.</summary>
    public long SendFailures;

    /// <summary>TCP connections accepted, refused by a limit, and ended by one (no frame in time, a frame too long).</summary>
    public long TcpAccepted, TcpRefused, TcpExpelled;

    /// <summary>TCP frames dropped because the connection's send buffer is full.</summary>
    public long TcpOverflow;
}
