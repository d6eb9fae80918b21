namespace RtcHub.Rtc.Rtp;

/// <summary>The picture size in a sequence header (AV1 specification section 5.5.1).</summary>
internal static class Av1Sequence
{
    public static bool TryReadSize(ReadOnlySpan<byte> header, out FrameSize size)
    {
        var reader = new BitReader(header);
        reader.Skip(4); // Profile, still picture.
        if (reader.ReadFlag()) reader.Skip(5);
        else SkipOperatingPoints(ref reader);
        var (widthBits, heightBits) = (reader.Read(4) + 1, reader.Read(4) + 1);
        size = new FrameSize(reader.Read(widthBits) + 1, reader.Read(heightBits) + 1);
        return !reader.IsExhausted;
    }

    private static void SkipOperatingPoints(ref BitReader reader)
    {
        var delayBits = 0;
        if (reader.ReadFlag()) SkipTiming(ref reader, out delayBits);
        var hasDelay = reader.ReadFlag();
        for (var points = reader.Read(5) + 1; points > 0; points--)
        {
            reader.Skip(12);
            if (reader.Read(5) > 7) reader.Skip(1);
            if (delayBits > 0 && reader.ReadFlag()) reader.Skip(2 * delayBits + 1);
            if (hasDelay && reader.ReadFlag()) reader.Skip(4);
        }
    }

    // timing_info and decoder_model_info.
    private static void SkipTiming(ref BitReader reader, out int delayBits)
    {
        delayBits = 0;
        reader.Skip(64);
        if (reader.ReadFlag())
        {
            var zeros = 0;
            while (!reader.IsExhausted && !reader.ReadFlag()) zeros++;
            reader.Skip(zeros);
        }

        if (!reader.ReadFlag()) return;
        delayBits = reader.Read(5) + 1;
        reader.Skip(32 + 5 + 5);
    }
}
