using System.Buffers.Binary;
using RtcHub.Rtc.Rtcp;
using RtcHub.Rtc.Rtp;

namespace RtcHub.Sfu.Tests.Routing.Route;

/// <summary>
/// A publisher of VP8 at 30 pictures a second, two to five packets each, twelve in a keyframe; its counters are about to wrap.
/// It answers NACKs, by RTX or plainly, and PLIs with a keyframe. Each packet says which picture of which camera it is a part of.
/// </summary>
internal sealed class TestCamera(int id, uint ssrc, uint rtxSsrc, LossyLink link)
{
    public const byte PayloadType = 96;
    public const byte RtxPayloadType = 97;

    /// <summary>Bytes of the payload descriptor and the part behind it that says what the packet is.</summary>
    public const int Known = 6 + 9;

    private const long PictureInterval = 33_333;
    private const uint FirstTimestamp = uint.MaxValue - 200_000;

    private readonly Dictionary<ushort, (byte[] Bytes, ulong Index)> _sent = [];
    private ulong _sequence = 65_400;
    private ulong _rtxSequence = 65_530;
    private long _start;
    private long _nextPicture;
    private long _nextReport;
    private bool _keyframe = true;

    /// <summary>When a picture was taken, µs.</summary>
    public long TakenAt(int picture) => _start + picture * PictureInterval;

    /// <summary>Pictures taken so far.</summary>
    public int Pictures { get; private set; }

    /// <summary>When a PLI came.</summary>
    public List<long> Plis { get; } = [];

    /// <summary>How many packets were asked for.</summary>
    public int Nacks { get; private set; }

    public void Tick(long now)
    {
        if (Pictures == 0) _start = _nextPicture = now;
        if (now >= _nextPicture) TakePicture(now);
        if (now >= _nextReport) Report(now);
    }

    public void ReceiveRtcp(long now, byte[] bytes)
    {
        Assert.True(RtcpCompound.TryParse(bytes, out var compound));
        foreach (var packet in compound)
        {
            if (Pli.TryRead(packet, out var pli))
            {
                Assert.Equal(ssrc, pli.MediaSsrc);
                Plis.Add(now);
                _keyframe = true;
            }

            if (!Nack.TryRead(packet, out var nack)) continue;
            foreach (var sequence in nack) Resend(now, sequence);
        }
    }

    private void TakePicture(long now)
    {
        var count = _keyframe ? 12 : 2 + Pictures % 4;
        for (var part = 0; part < count; part++) Send(now, Part(part, count), part == count - 1);
        (_keyframe, _nextPicture) = (false, _nextPicture + PictureInterval);
        Pictures++;
        if (Pictures % 20 == 0) Send(now, [], marker: false); // An empty packet; senders do so to keep a path alive.
    }

    private byte[] Part(int part, int count)
    {
        var payload = new byte[1_000];
        var pictureId = (32_700 + Pictures) & 0x7FFF;
        (payload[0], payload[1]) = ((byte)(part == 0 ? 0x90 : 0x80), 0xE0); // X, S with the first; I, L, T.
        BinaryPrimitives.WriteUInt16BigEndian(payload.AsSpan(2), (ushort)(pictureId | 0x8000));
        (payload[4], payload[5]) = ((byte)(250 + Pictures), 0); // TL0PICIDX; TID 0.
        (payload[6], payload[7], payload[8], payload[9]) = ((byte)(_keyframe ? 0 : 1), (byte)id, (byte)part, (byte)count);
        BinaryPrimitives.WriteInt32BigEndian(payload.AsSpan(10), Pictures);
        return payload;
    }

    private void Send(long now, byte[] payload, bool marker)
    {
        var bytes = new byte[12 + payload.Length];
        RtpHeader.TryWrite(bytes, PayloadType, marker, (ushort)_sequence, FirstTimestamp + (uint)Pictures * 3_000, ssrc);
        payload.CopyTo(bytes, 12);
        _sent[(ushort)_sequence] = (bytes, _sequence);
        link.Send(now, bytes.ToArray(), _sequence++);
    }

    private void Resend(long now, ushort sequence)
    {
        Nacks++;
        var (bytes, index) = _sent[sequence];
        if (rtxSsrc == 0)
        {
            link.Send(now, bytes.ToArray(), index);
            return;
        }

        var again = new byte[bytes.Length + 2];
        bytes.AsSpan(0, 12).CopyTo(again);
        bytes.AsSpan(12).CopyTo(again.AsSpan(14));
        BinaryPrimitives.WriteUInt16BigEndian(again.AsSpan(12), sequence);
        RtpHeader.SetPayloadType(again, RtxPayloadType);
        RtpHeader.SetSequenceNumber(again, (ushort)_rtxSequence);
        RtpHeader.SetSsrc(again, rtxSsrc);
        link.Send(now, again, _rtxSequence++);
    }

    private void Report(long now)
    {
        _nextReport = now + 1_000_000;
        Span<byte> buffer = stackalloc byte[64];
        var writer = new RtcpWriter(buffer);
        var elapsed = (uint)((now - _start) * 3_000 / PictureInterval);
        new SenderReport(ssrc, NtpTime.FromMicroseconds(now + NtpTime.UnixEpoch), FirstTimestamp + elapsed, 0, 0).Write(ref writer);
        Assert.True(writer.TryFinish(out var length));
        link.Send(now, buffer[..length].ToArray(), ulong.MaxValue);
    }
}
