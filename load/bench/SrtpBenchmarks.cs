using BenchmarkDotNet.Attributes;
using RtcHub.Rtc.Rtp;
using RtcHub.Rtc.Srtp;

namespace RtcHub.Bench;

/// <summary>One packet sealed from a payload elsewhere, and sealed and then opened; what opening costs is the difference.</summary>
public class SrtpBenchmarks
{
    private readonly byte[] _packet = new byte[1500];
    private byte[] _payload = [];
    private SrtpSender _sender = null!;
    private SrtpReceiver _receiver = null!;
    private ulong _index;

    /// <summary>Both that are negotiated.</summary>
    [Params(SrtpProfile.AeadAes128Gcm, SrtpProfile.Aes128CmSha1_80)]
    public SrtpProfile Profile { get; set; }

    /// <summary>Video, and audio.</summary>
    [Params(1150, 120)]
    public int Size { get; set; }

    /// <summary>Checks that what is measured works.</summary>
    [GlobalSetup]
    public void Setup()
    {
        var salt = new byte[Profile == SrtpProfile.AeadAes128Gcm ? 12 : 14];
        _sender = new SrtpSender(Profile, new byte[16], salt);
        _receiver = new SrtpReceiver(Profile, new byte[16], salt);
        _payload = [.. Enumerable.Range(0, Size - RtpHeader.FixedLength).Select(i => (byte)i)];
        if (SealAndOpen() != SrtpError.None || !_packet.AsSpan(12, _payload.Length).SequenceEqual(_payload)) throw new InvalidOperationException("What was sealed does not open.");
    }

    /// <summary>As for each subscriber.</summary>
    [Benchmark]
    public int Seal()
    {
        RtpHeader.TryWrite(_packet, 96, false, (ushort)++_index, 1, 7);
        return _sender.SealRtp(_packet, RtpHeader.FixedLength, _payload, _index);
    }

    /// <summary>And as for a publisher.</summary>
    [Benchmark]
    public SrtpError SealAndOpen()
    {
        var length = Seal();
        var error = _receiver.OpenRtp(_packet.AsSpan(0, length), out _, out _);
        return error == SrtpError.None ? error : throw new InvalidOperationException(error.ToString());
    }
}
