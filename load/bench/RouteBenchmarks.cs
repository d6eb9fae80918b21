using System.Buffers.Binary;
using BenchmarkDotNet.Attributes;
using RtcHub.Rtc.Rtcp;
using RtcHub.Rtc.Rtp;
using RtcHub.Rtc.Srtp;
using RtcHub.Sfu.Routing;

namespace RtcHub.Bench;

/// <summary>
/// The whole way of a VP8 packet of 1,150 bytes through the hub but the system calls: opened, read, cached, then for each
/// subscriber decided, rewritten and sealed.
/// </summary>
public class RouteBenchmarks
{
    private const uint Ssrc = 1_000;
    private const byte PayloadType = 96;
    private readonly byte[] _packet = new byte[1150 + 16];
    private readonly byte[] _payload = new byte[1150 - RtpHeader.FixedLength];
    private readonly Wire _wire = new();
    private SrtpSender _camera = null!;
    private SrtpReceiver _receiver = null!;
    private Publisher _publisher = null!;
    private long _now = 1;
    private ulong _index;

    /// <summary>How many get the packet. The cost per packet forwarded is the time divided by it.</summary>
    [Params(0, 1, 20, 100)]
    public int Subscribers { get; set; }

    /// <summary>Checks that every subscriber gets every packet.</summary>
    [GlobalSetup]
    public void Setup()
    {
        (_camera, _receiver) = (new SrtpSender(SrtpProfile.AeadAes128Gcm, new byte[16], new byte[12]), new SrtpReceiver(SrtpProfile.AeadAes128Gcm, new byte[16], new byte[12]));
        var worker = new WorkerResources(NtpTime.UnixEpoch);
        var codec = new NegotiatedCodec("video/VP8", PayloadFormat.Vp8, 90_000, PayloadType, 97, "VP8", Nack: true);
        var track = new PublisherTrack("track", _wire, new IncomingSection("0", MediaKind.Video, [codec], [(Ssrc, Ssrc + 1)], []));
        _publisher = new Publisher(_wire, [track], default, ssrc: 7, worker, now: 0);
        for (var i = 0u; i < Subscribers; i++)
        {
            var slot = new Slot(_wire, new OutgoingSection("0", MediaKind.Video, 10_000 + 2 * i, 10_001 + 2 * i, [codec], default), worker.Counters);
            var subscriber = new Subscriber(_wire, null, "hub"u8.ToArray(), worker);
            subscriber.Add(slot);
            subscriber.Connected(0);
            slot.Assign(track, 0);
        }

        Send();
        var before = _wire.Packets;
        Send();
        if (_wire.Packets - before != Subscribers) throw new InvalidOperationException($"{_wire.Packets - before} packets came to {Subscribers} subscribers.");
    }

    /// <summary>One packet, each a picture of its own; the camera's sealing is part of the time.</summary>
    [Benchmark]
    public void Send()
    {
        _now += 4_000;
        _index++;

        // RFC 7741: X and S, I, picture id of 15 bits; then P, 0 in a keyframe.
        (_payload[0], _payload[1]) = (0x90, 0x80);
        BinaryPrimitives.WriteUInt16BigEndian(_payload.AsSpan(2), (ushort)(0x8000 | _index & 0x7FFF));
        _payload[4] = (byte)(_index == 1 ? 0x70 : 0x51);
        RtpHeader.TryWrite(_packet, PayloadType, true, (ushort)_index, (uint)(_index * 360), Ssrc);
        var length = _camera.SealRtp(_packet, RtpHeader.FixedLength, _payload, _index);
        if (_receiver.OpenRtp(_packet.AsSpan(0, length), out length, out var index) != SrtpError.None) throw new InvalidOperationException("It does not open.");
        _publisher.Receive(_now, _packet.AsSpan(0, length), index);
    }

    /// <summary>Seals into a buffer that is thrown away.</summary>
    private sealed class Wire : ITransport
    {
        private readonly byte[] _datagram = new byte[1500];
        private readonly SrtpSender _sender = new(SrtpProfile.AeadAes128Gcm, new byte[16], new byte[12]);

        public string Id => "";

        public string Participant => "";

        public bool IsConnected => true;

        public int Packets { get; private set; }

        public Span<byte> BeginRtp() => _datagram;

        public void SendRtp(int headerLength, ReadOnlySpan<byte> payload, ulong index)
        {
            Packets++;
            _sender.SealRtp(_datagram, headerLength, payload, index);
        }

        public void SendRtcp(ReadOnlySpan<byte> packet)
        {
        }

        public void Reschedule()
        {
        }
    }
}
