using System.Buffers.Binary;

namespace RtcHub.Rtc.Rtp;

/// <summary>The picture size in a sequence parameter set (ITU-T H.264 section 7.3.2.1.1).</summary>
internal static class H264Parameters
{
    private const int SequenceParameterSet = 7;
    private const int StapA = 24;
    private const int Longest = 256;

    /// <summary>From a packet that starts a keyframe: the set alone, or in a STAP-A.</summary>
    public static bool TryReadSize(ReadOnlySpan<byte> payload, out FrameSize size)
    {
        size = default;
        if (payload.IsEmpty) return false;
        if ((payload[0] & 0x1F) == SequenceParameterSet) return TryReadSet(payload[1..], out size);
        if ((payload[0] & 0x1F) != StapA) return false;
        for (var units = payload[1..]; BinaryPrimitives.TryReadUInt16BigEndian(units, out var length) && length > 0 && length <= units.Length - 2; units = units[(2 + length)..])
        {
            if ((units[2] & 0x1F) == SequenceParameterSet) return TryReadSet(units.Slice(3, length - 1), out size);
        }

        return false;
    }

    private static bool TryReadSet(ReadOnlySpan<byte> escaped, out FrameSize size)
    {
        Span<byte> bytes = stackalloc byte[Longest];
        var reader = new BitReader(bytes[..Unescape(escaped, bytes)]);
        var profile = reader.Read(8);
        reader.Skip(16); // Constraints and level.
        reader.ReadExpGolomb();
        var chroma = IsHigh(profile) ? ReadHigh(ref reader) : 1;
        reader.ReadExpGolomb(); // log2_max_frame_num
        SkipOrder(ref reader);
        reader.ReadExpGolomb(); // max_num_ref_frames
        reader.Skip(1);
        var (width, height) = (reader.ReadExpGolomb() + 1, reader.ReadExpGolomb() + 1);
        var isFrame = reader.ReadFlag();
        if (!isFrame) reader.Skip(1);
        reader.Skip(1);
        var (across, down) = (0, 0);
        if (reader.ReadFlag())
        {
            across = reader.ReadExpGolomb() + reader.ReadExpGolomb();
            down = reader.ReadExpGolomb() + reader.ReadExpGolomb();
        }

        // Cropping counts in units of the chroma samples, twice as tall in fields.
        var fields = isFrame ? 1 : 2;
        size = new FrameSize(16 * width - across * (chroma is 1 or 2 ? 2 : 1), fields * (16 * height - down * (chroma == 1 ? 2 : 1)));
        return !reader.IsExhausted;
    }

    private static bool IsHigh(int profile) => profile is 100 or 110 or 122 or 244 or 44 or 83 or 86 or 118 or 128;

    // To the scaling matrices; the chroma format.
    private static int ReadHigh(ref BitReader reader)
    {
        var chroma = reader.ReadExpGolomb();
        if (chroma == 3) reader.Skip(1);
        reader.ReadExpGolomb();
        reader.ReadExpGolomb();
        reader.Skip(1);
        if (!reader.ReadFlag()) return chroma;
        for (var list = 0; list < (chroma == 3 ? 12 : 8); list++)
        {
            if (reader.ReadFlag()) SkipScalingList(ref reader, list < 6 ? 16 : 64);
        }

        return chroma;
    }

    private static void SkipScalingList(ref BitReader reader, int length)
    {
        var (last, next) = (8, 8);
        for (var i = 0; i < length && next != 0; i++)
        {
            next = (last + Signed(reader.ReadExpGolomb()) + 256) & 0xFF;
            if (next != 0) last = next;
        }
    }

    private static void SkipOrder(ref BitReader reader)
    {
        var type = reader.ReadExpGolomb();
        if (type == 0)
        {
            reader.ReadExpGolomb();
        }
        else if (type == 1)
        {
            reader.Skip(1);
            reader.ReadExpGolomb();
            reader.ReadExpGolomb();
            for (var rest = reader.ReadExpGolomb(); rest > 0 && !reader.IsExhausted; rest--) reader.ReadExpGolomb();
        }
    }

    private static int Signed(int code) => (code & 1) != 0 ? (code + 1) / 2 : -(code / 2);

    // Section 7.4.1: after two zeros a 3 stands in the way of start codes.
    private static int Unescape(ReadOnlySpan<byte> escaped, Span<byte> bytes)
    {
        var (count, zeros) = (0, 0);
        foreach (var value in escaped)
        {
            if (count == bytes.Length) break;
            var isEscape = zeros >= 2 && value == 3;
            zeros = value == 0 ? zeros + 1 : 0;
            if (!isEscape) bytes[count++] = value;
        }

        return count;
    }
}
