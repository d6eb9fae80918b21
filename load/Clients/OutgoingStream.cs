namespace RtcHub.Load.Clients;

/// <summary>The counters of one RTP stream that a client sends.</summary>
internal sealed class OutgoingStream(byte payloadType, Random random)
{
    public byte PayloadType => payloadType;

    public uint Ssrc { get; } = (uint)random.NextInt64(1, uint.MaxValue);

    /// <summary>Sequence number and how often it has wrapped.</summary>
    public ulong Index { get; private set; } = (ulong)random.Next(0x8000);

    public uint Timestamp { get; set; } = (uint)random.Next();

    public uint Packets { get; private set; }

    public uint Octets { get; private set; }

    public void Count(int payload)
    {
        Index++;
        Packets++;
        Octets += (uint)payload;
    }
}
