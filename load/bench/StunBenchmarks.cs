using BenchmarkDotNet.Attributes;
using RtcHub.Rtc;
using RtcHub.Rtc.Stun;

namespace RtcHub.Bench;

/// <summary>A plain Binding request and its response.</summary>
public class StunBenchmarks
{
    private readonly byte[] _request = Convert.FromHexString("000100002112A4420102030405060708090A0B0C");
    private readonly byte[] _response = new byte[128];
    private Address _source;

    /// <summary>Checks that what is measured works.</summary>
    [GlobalSetup]
    public void Setup()
    {
        if (!Address.TryParse("192.0.2.1:40000", out _source) || Respond() != 32) throw new InvalidOperationException("No response.");
        if (!StunMessage.TryParse(_response.AsSpan(0, 32), out var message) || message.Class != StunClass.Success) throw new InvalidOperationException("No success.");
    }

    /// <summary>Both.</summary>
    [Benchmark]
    public int Respond() => StunBinding.TryRespond(_request, _source, _response, out var length) ? length : 0;
}
