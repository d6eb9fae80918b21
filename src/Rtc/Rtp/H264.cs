using System.Buffers.Binary;

namespace RtcHub.Rtc.Rtp;

/// <summary>
/// H.264 in the packetization modes 0 and 1 (RFC 6184 sections 5.6, 5.7.1 and 5.8): a single NAL unit, several in a STAP-A, a
/// part of one in a FU-A. A keyframe is told by its sequence parameter set. An IDR picture alone is no start: a parameter set
/// that a sender states in SDP only does not come through to those that its packets are passed on to.
/// </summary>
/// <remarks>
/// <code>
///  0 1 2 3 4 5 6 7
/// |F|NRI|  type   |   NAL unit header; NRI 0: nothing refers to it
/// |S|E|R|  type   |   second byte of a FU-A: start, end, type of the unit it is a part of
/// </code>
/// </remarks>
public static class H264
{
    private const int SequenceParameterSet = 7;
    private const int StapA = 24;
    private const int FuA = 28;

    /// <summary>False for a payload cut short, and for the types that the modes 0 and 1 do not have.</summary>
    public static bool TryRead(ReadOnlySpan<byte> payload, out PayloadInfo info)
    {
        info = default;
        if (payload.IsEmpty) return false;
        bool keyframe;
        switch (payload[0] & 0x1F)
        {
            case StapA:
                if (!TryReadStapA(payload[1..], out keyframe)) return false;
                break;
            case FuA:
                if (payload.Length < 3) return false;
                var isStart = (payload[1] & 0x80) != 0;
                keyframe = isStart && (payload[1] & 0x1F) == SequenceParameterSet;
                break;
            case 0 or > StapA: // STAP-B, MTAP and FU-B are for the interleaved mode (section 5.4), 30 and 31 for nobody.
                return false;
            case var type:
                keyframe = type == SequenceParameterSet;
                break;
        }

        info = new PayloadInfo { IsKeyframeStart = keyframe, StartOfFrame = keyframe, Discardable = (payload[0] & 0x60) == 0 };
        return true;
    }

    private static bool TryReadStapA(ReadOnlySpan<byte> units, out bool keyframe)
    {
        keyframe = false;
        if (units.IsEmpty) return false;
        while (!units.IsEmpty)
        {
            if (!BinaryPrimitives.TryReadUInt16BigEndian(units, out var length) || length == 0 || length > units.Length - 2) return false;
            keyframe |= (units[2] & 0x1F) == SequenceParameterSet;
            units = units[(2 + length)..];
        }

        return true;
    }
}
