using RtcHub.Rtc.Rtp;
using RtcHub.Sfu.Routing;

namespace RtcHub.Sfu.Tests.Routing.Route;

/// <summary>
/// The wire's side of the seam, without ciphers: what is sent goes over a link. It holds routing to the one rule that the
/// ciphers depend on: no index of an SSRC seals two different packets.
/// </summary>
internal sealed class TestTransport(string id, Func<long> clock) : ITransport
{
    private readonly Dictionary<(uint Ssrc, ulong Index), int> _sealed = []; // To a hash of the packet.
    private readonly byte[] _header = new byte[256];

    public string Id => id;

    public string Participant => id;

    public bool IsConnected => true;

    public LossyLink? Link { get; set; }

    /// <summary>RTP packets that were sent.</summary>
    public int Packets { get; private set; }

    /// <summary>Of the last packet that was not a retransmission.</summary>
    public ushort LastSequence { get; private set; }

    public Span<byte> BeginRtp() => _header;

    public void SendRtp(int headerLength, ReadOnlySpan<byte> payload, ulong index)
    {
        byte[] bytes = [.. _header.AsSpan(0, headerLength), .. payload];
        var key = (RtpHeader.Ssrc(bytes), index);
        Assert.Equal((ushort)index, RtpHeader.SequenceNumber(bytes));
        var hash = new HashCode();
        hash.AddBytes(bytes);
        if (!_sealed.TryAdd(key, hash.ToHashCode())) Assert.Equal(_sealed[key], hash.ToHashCode());
        Packets++;
        if (RtpHeader.PayloadType(bytes) == TestCamera.PayloadType) LastSequence = RtpHeader.SequenceNumber(bytes);
        Link?.Send(clock(), bytes, index);
    }

    public void SendRtcp(ReadOnlySpan<byte> packet) => Link?.Send(clock(), packet.ToArray(), ulong.MaxValue);

    public void Reschedule()
    {
    }
}
