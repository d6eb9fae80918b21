using System.Buffers.Binary;

namespace RtcHub.Rtc.Rtcp;

/// <summary>PLI: what was received last is of no use without a keyframe (RFC 4585 section 6.3.1).</summary>
/// <param name="SenderSsrc">Who asks.</param>
/// <param name="MediaSsrc">Of whose stream.</param>
public readonly record struct Pli(uint SenderSsrc, uint MediaSsrc)
{
    private const int Format = 1;

    /// <summary>False when the packet is no PLI or cut short.</summary>
    public static bool TryRead(in RtcpPacket packet, out Pli pli)
    {
        pli = default;
        if (!packet.IsFeedback(RtcpType.PayloadFeedback, Format, RtcpWriter.FeedbackLength)) return false;
        pli = new Pli(BinaryPrimitives.ReadUInt32BigEndian(packet.Body), BinaryPrimitives.ReadUInt32BigEndian(packet.Body[4..]));
        return true;
    }

    /// <summary>12 bytes.</summary>
    public void Write(ref RtcpWriter writer) => writer.ReserveFeedback(RtcpType.PayloadFeedback, Format, SenderSsrc, MediaSsrc, 0);
}

/// <summary>One command of a FIR: a keyframe of this stream; a command with the number of the one before is a repetition.</summary>
public readonly record struct FirEntry(uint Ssrc, byte SequenceNumber);

/// <summary>FIR: keyframes, please, for whoever has just come (RFC 5104 section 4.3.1).</summary>
public readonly ref struct Fir
{
    private const int Format = 4;
    private const int EntryLength = 8;

    private readonly ReadOnlySpan<byte> _body;

    private Fir(ReadOnlySpan<byte> body) => _body = body;

    /// <summary>Who asks.</summary>
    public uint SenderSsrc => BinaryPrimitives.ReadUInt32BigEndian(_body);

    /// <summary>Walks the commands.</summary>
    public Enumerator GetEnumerator() => new(_body[RtcpWriter.FeedbackLength..]);

    /// <summary>False when the packet is no FIR or has no command.</summary>
    public static bool TryRead(in RtcpPacket packet, out Fir fir)
    {
        var isFir = packet.IsFeedback(RtcpType.PayloadFeedback, Format, RtcpWriter.FeedbackLength + EntryLength);
        fir = isFir ? new Fir(packet.Body) : default;
        return isFir;
    }

    /// <summary>One command for each stream.</summary>
    public static void Write(ref RtcpWriter writer, uint sender, scoped ReadOnlySpan<FirEntry> entries)
    {
        var commands = writer.ReserveFeedback(RtcpType.PayloadFeedback, Format, sender, 0, EntryLength * entries.Length);
        for (var i = 0; i < entries.Length && !commands.IsEmpty; i++)
        {
            BinaryPrimitives.WriteUInt32BigEndian(commands[(EntryLength * i)..], entries[i].Ssrc);
            commands[EntryLength * i + 4] = entries[i].SequenceNumber;
        }
    }

    /// <summary>Walks the commands.</summary>
    public ref struct Enumerator
    {
        private ReadOnlySpan<byte> _rest;

        internal Enumerator(ReadOnlySpan<byte> commands) => _rest = commands;

        /// <summary>The command last moved to.</summary>
        public FirEntry Current { get; private set; }

        /// <summary>False at the end; half a command is none.</summary>
        public bool MoveNext()
        {
            if (_rest.Length < EntryLength) return false;
            Current = new FirEntry(BinaryPrimitives.ReadUInt32BigEndian(_rest), _rest[4]);
            _rest = _rest[EntryLength..];
            return true;
        }
    }
}

/// <summary>
/// REMB: the receiver's estimate of what the way to it carries, for all the streams it names together
/// (draft-alvestrand-rmcat-remb-03 section 2.2).
/// </summary>
public readonly ref struct Remb
{
    private const int Format = 15; // "Application layer feedback" (RFC 4585 section 6.4), told by its name.
    private const int FixedLength = 8;
    private const int MantissaBits = 18;

    private readonly ReadOnlySpan<byte> _data;

    private Remb(uint sender, ReadOnlySpan<byte> data)
    {
        SenderSsrc = sender;
        _data = data;
    }

    /// <summary>Who estimates.</summary>
    public uint SenderSsrc { get; }

    /// <summary>Bit/s; what 64 bits do not hold is the highest they do.</summary>
    public ulong Bitrate
    {
        get
        {
            var exponent = _data[5] >> 2;
            var mantissa = (ulong)((_data[5] & 3) << 16 | BinaryPrimitives.ReadUInt16BigEndian(_data[6..]));
            return mantissa << exponent >> exponent == mantissa ? mantissa << exponent : ulong.MaxValue;
        }
    }

    /// <summary>Streams that share the bit rate: 0-255.</summary>
    public int Count => _data[4];

    /// <summary>One of the streams; <paramref name="index"/> below <see cref="Count"/>.</summary>
    public uint Ssrc(int index) => BinaryPrimitives.ReadUInt32BigEndian(_data[FixedLength..][(4 * index)..]);

    /// <summary>False when the packet is no REMB, or too short for its count of streams.</summary>
    public static bool TryRead(in RtcpPacket packet, out Remb remb)
    {
        remb = default;
        if (!packet.IsFeedback(RtcpType.PayloadFeedback, Format, RtcpWriter.FeedbackLength + FixedLength)) return false;
        var data = packet.Body[RtcpWriter.FeedbackLength..];
        if (!data.StartsWith("REMB"u8) || data.Length < FixedLength + 4 * data[4]) return false;
        remb = new Remb(BinaryPrimitives.ReadUInt32BigEndian(packet.Body), data);
        return true;
    }

    /// <summary>Rounds the bit rate down to 18 significant bits.</summary>
    /// <param name="ssrcs">Up to 255 streams.</param>
    public static void Write(ref RtcpWriter writer, uint sender, ulong bitrate, scoped ReadOnlySpan<uint> ssrcs)
    {
        // More streams than the field counts do not fit, like anything else that does not.
        var data = writer.ReserveFeedback(RtcpType.PayloadFeedback, ssrcs.Length > byte.MaxValue ? int.MaxValue : Format, sender, 0, FixedLength + 4 * ssrcs.Length);
        if (data.IsEmpty) return;
        var exponent = Math.Max(0, 64 - (int)ulong.LeadingZeroCount(bitrate) - MantissaBits);
        var mantissa = (uint)(bitrate >> exponent);
        "REMB"u8.CopyTo(data);
        BinaryPrimitives.WriteUInt32BigEndian(data[4..], (uint)ssrcs.Length << 24 | (uint)exponent << MantissaBits | mantissa);
        for (var i = 0; i < ssrcs.Length; i++) BinaryPrimitives.WriteUInt32BigEndian(data[(FixedLength + 4 * i)..], ssrcs[i]);
    }
}
