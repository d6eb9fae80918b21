using System.Buffers.Binary;
using RtcHub.Rtc.Rtcp;
using RtcHub.Rtc.Rtp;

namespace RtcHub.Sfu.Tests.Routing.Route;

/// <summary>
/// A publisher of VP8 at 30 pictures a second, two to five packets each, twelve in a keyframe; its counters are about to wrap.
/// It answers NACKs, by RTX or plainly, and PLIs with a keyframe. Each packet says which picture of which camera it is a part of.
/// </summary>
/// <param name="rid">The simulcast layer that it is, one character; null without simulcast.</param>
/// <param name="size">Bytes of a packet's payload.</param>
internal sealed class TestCamera(int id, uint ssrc, uint rtxSsrc, LossyLink link, string? rid = null, int size = 1_000)
{
    public const byte PayloadType = 96;
    public const byte RtxPayloadType = 97;

    /// <summary>Header extensions of simulcast.</summary>
    public const int RidId = 1, RepairedRidId = 2;

    private const long PictureInterval = 33_333;

    private readonly Dictionary<ushort, (byte[] Bytes, ulong Index)> _sent = [];
    private readonly List<long> _taken = [];
    private readonly int _headerLength = rid is null ? 12 : 20;
    private readonly uint _firstTimestamp = uint.MaxValue - 200 * ssrc;
    private ulong _sequence = 65_400;
    private ulong _rtxSequence = 65_530;
    private long _start;
    private long _nextPicture;
    private long _nextReport;
    private bool _keyframe = true;

    /// <summary>When a picture was taken, µs.</summary>
    public long TakenAt(int picture) => _taken[picture];

    /// <summary>Pictures taken so far.</summary>
    public int Pictures => _taken.Count;

    /// <summary>Off, it takes none; on again, it begins with a keyframe.</summary>
    public bool IsOn { get; set; } = true;

    /// <summary>PLIs do not reach it.</summary>
    public bool IsDeaf { get; set; }

    /// <summary>When a PLI came.</summary>
    public List<long> Plis { get; } = [];

    /// <summary>How many packets were asked for.</summary>
    public int Nacks { get; private set; }

    public void Tick(long now)
    {
        if (_nextPicture == 0) _start = _nextPicture = now;
        if (now >= _nextPicture) TakePicture(now);
        if (now >= _nextReport) Report(now);
    }

    /// <summary>Off, and says so.</summary>
    public void SayGoodbye(long now)
    {
        IsOn = false;
        Span<byte> buffer = stackalloc byte[64];
        var writer = new RtcpWriter(buffer);
        ReceiverReport.Write(ref writer, ssrc, []);
        Bye.Write(ref writer, [ssrc]);
        Assert.True(writer.TryFinish(out var length));
        link.Send(now, buffer[..length].ToArray(), ulong.MaxValue);
    }

    public void ReceiveRtcp(long now, byte[] bytes)
    {
        Assert.True(RtcpCompound.TryParse(bytes, out var compound));
        foreach (var packet in compound)
        {
            if (!IsDeaf && Pli.TryRead(packet, out var pli) && pli.MediaSsrc == ssrc)
            {
                Plis.Add(now);
                _keyframe = true;
            }

            if (!Nack.TryRead(packet, out var nack) || nack.MediaSsrc != ssrc) continue;
            foreach (var sequence in nack) Resend(now, sequence);
        }
    }

    private void TakePicture(long now)
    {
        _nextPicture += PictureInterval;
        if (!IsOn) _keyframe = true;
        if (!IsOn) return;
        var count = _keyframe ? 12 : 2 + Pictures % 4;
        for (var part = 0; part < count; part++) Send(now, Part(part, count), part == count - 1);
        _keyframe = false;
        _taken.Add(now);
        if (Pictures % 20 == 0) Send(now, [], marker: false); // An empty packet; senders do so to keep a path alive.
    }

    private byte[] Part(int part, int count)
    {
        var payload = new byte[size];
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
        var bytes = new byte[_headerLength + payload.Length];
        RtpHeader.TryWrite(bytes, PayloadType, marker, (ushort)_sequence, Timestamp(now), ssrc);
        Identify(bytes, RidId);
        payload.CopyTo(bytes, _headerLength);
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
        bytes.AsSpan(0, _headerLength).CopyTo(again);
        bytes.AsSpan(_headerLength).CopyTo(again.AsSpan(_headerLength + 2));
        BinaryPrimitives.WriteUInt16BigEndian(again.AsSpan(_headerLength), sequence);
        RtpHeader.SetPayloadType(again, RtxPayloadType);
        RtpHeader.SetSequenceNumber(again, (ushort)_rtxSequence);
        RtpHeader.SetSsrc(again, rtxSsrc);
        Identify(again, RepairedRidId);
        link.Send(now, again, _rtxSequence++);
    }

    private void Identify(byte[] packet, int extension)
    {
        if (rid is null) return;
        var writer = new RtpExtensionWriter(packet);
        writer.Add(extension, [(byte)rid[0]]);
        Assert.True(writer.TryFinish(out var length));
        Assert.Equal(_headerLength, length);
    }

    private uint Timestamp(long now) => _firstTimestamp + (uint)((now - _start) * 3_000 / PictureInterval);

    private void Report(long now)
    {
        _nextReport = now + 1_000_000;
        Span<byte> buffer = stackalloc byte[64];
        var writer = new RtcpWriter(buffer);
        new SenderReport(ssrc, NtpTime.FromMicroseconds(now + NtpTime.UnixEpoch), Timestamp(now), 0, 0).Write(ref writer);
        Assert.True(writer.TryFinish(out var length));
        link.Send(now, buffer[..length].ToArray(), ulong.MaxValue);
    }
}
