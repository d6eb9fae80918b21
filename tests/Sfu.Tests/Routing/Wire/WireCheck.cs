using RtcHub.Rtc.Rtp;

namespace RtcHub.Sfu.Tests.Routing.Wire;

/// <summary>
/// Judges what a subscriber got as a receiver does, by the bytes alone; what the packets really are it takes from the truth in
/// their payloads.
/// </summary>
internal static class WireCheck
{
    public static void Stream(WireSlot slot)
    {
        var stream = slot.Outputs.OrderBy(output => output.Sequence).Select(output => new Seen(output)).ToList();
        foreach (var seen in stream) Payload(seen);
        foreach (var (a, b) in stream.Zip(stream.Skip(1))) Neighbours(a, b);
        Pictures(stream);
        References(slot);
    }

    // The payload is that of the packet but for the numbers of its picture.
    private static void Payload(Seen seen)
    {
        Assert.Equal(WireSlot.Ssrc, RtpHeader.Ssrc(seen.Output.Bytes));
        Assert.Equal((ushort)seen.Output.Sequence, RtpHeader.SequenceNumber(seen.Output.Bytes));
        if (seen.Output.IsEmpty) return;
        Assert.True(RtpPacket.TryParse(seen.Output.Bytes, out var output));
        Assert.True(RtpPacket.TryParse(seen.Packet.Bytes, out var original));
        Assert.Equal((seen.Packet.Source.Clock.Id, seen.Packet.Picture.Number, seen.Packet.Number, seen.Packet.Picture.Packets), WireSource.Truth(output.Payload));
        Assert.Equal(seen.Packet.Number == seen.Packet.Picture.Packets - 1, output.Marker);
        var payload = output.Payload.ToArray();
        Assert.True(PayloadDescriptor.TryRead(seen.Format.Payload, original.Payload, out var info));
        Assert.True(info.TryPatch(payload, info.PictureId, info.Tl0));
        Assert.True(original.Payload.SequenceEqual(payload));
    }

    private static void Neighbours(Seen a, Seen b)
    {
        if (a.Output.Run != b.Output.Run)
        {
            // A source begins with the first packet of a keyframe.
            Assert.Equal(a.Output.Run + 1, b.Output.Run);
            Assert.True(b.Packet.Picture.IsKeyframe && b.Packet.Number == 0 && !b.Output.IsEmpty);
            Assert.InRange(SequenceNumber.Difference(b.Timestamp, a.Timestamp), 1, int.MaxValue);
            return;
        }

        Assert.Same(a.Packet.Source, b.Packet.Source);
        Assert.True(a.Packet.Index < b.Packet.Index, "The order of the source is not kept.");
        Assert.Equal((uint)(b.Packet.Picture.Number - a.Packet.Picture.Number) * WireSource.Step, b.Timestamp - a.Timestamp);

        // To the receiver nothing is missing between the two, and nothing may be: a picture that looks whole is whole.
        if (a.Output.Sequence + 1 != b.Output.Sequence || a.Output.IsEmpty || b.Output.IsEmpty) return;
        if (a.Packet.Picture == b.Packet.Picture)
        {
            Assert.Equal(a.Packet.Number + 1, b.Packet.Number);
        }
        else
        {
            Assert.Equal(a.Packet.Picture.Packets - 1, a.Packet.Number);
            Assert.Equal(0, b.Packet.Number);
        }
    }

    private static void Pictures(List<Seen> stream)
    {
        // All packets of a picture have its numbers.
        var pictures = stream.Where(seen => !seen.Output.IsEmpty).GroupBy(seen => (seen.Output.Run, seen.Packet.Picture.Number)).ToList();
        foreach (var picture in pictures) Assert.Single(picture.Select(seen => (seen.Id, seen.Info.Tl0, seen.Timestamp)).Distinct());

        foreach (var (first, second) in pictures.Zip(pictures.Skip(1)))
        {
            var (a, b) = (first.Last(), second.First());
            var isSwitch = a.Output.Run != b.Output.Run;
            if (a.Info.HasTl0 && b.Info.HasTl0)
            {
                var step = (byte)(b.Info.Tl0 - a.Info.Tl0);
                if (isSwitch) Assert.InRange(step, 1, 127);
                else Assert.Equal((byte)(b.Packet.Picture.Number / 4 - a.Packet.Picture.Number / 4), step);
            }

            var bits = Math.Min(a.Format.NumberBits, b.Format.NumberBits);
            if (bits == 0) continue;
            var ahead = (b.Id - a.Id) & (1 << bits) - 1;
            var distance = b.Packet.Picture.Number - a.Packet.Picture.Number;
            if (isSwitch)
            {
                Assert.InRange(ahead, 1, 1 << bits - 1);
            }
            else if (a.Format.Payload == PayloadFormat.Vp8)
            {
                // A number without a picture is one that the receiver waits for: there must be a packet for it to wait for.
                var between = (int)(b.Output.Sequence - a.Output.Sequence) - 1;
                Assert.InRange(ahead, 1, 1 + between);
            }
            else
            {
                Assert.Equal(distance & (1 << bits) - 1, ahead);
            }
        }
    }

    // A picture that is sent whole needs none that was kept back.
    private static void References(WireSlot slot)
    {
        foreach (var picture in slot.Outputs.Where(output => !output.IsEmpty).GroupBy(output => (output.Packet.Source, output.Run, output.Packet.Picture)))
        {
            if (picture.Count() < picture.Key.Picture.Packets) continue;
            foreach (var reference in picture.Key.Picture.References)
            {
                if (slot.Withheld.Contains((picture.Key.Source, picture.Key.Run, reference)))
                    Assert.Fail($"Picture {picture.Key.Picture.Number} of layer {picture.Key.Picture.Layer} is sent, {reference}, which it needs, was not.");
            }
        }
    }

    private sealed class Seen
    {
        public Seen(WireOutput output)
        {
            Output = output;
            if (output.IsEmpty) return;
            var (info, descriptor) = WireSlot.Read(Format.Payload, output.Bytes);
            Info = info;
            Id = descriptor?.FrameNumber ?? info.PictureId;

            // One numbering is kept, not two.
            Assert.Equal(Format.NumberBits == 16, descriptor is not null);
        }

        public WireOutput Output { get; }

        public WirePacket Packet => Output.Packet;

        public WireFormat Format => Packet.Source.Format;

        public PayloadInfo Info { get; }

        public int Id { get; }

        public uint Timestamp => RtpHeader.Timestamp(Output.Bytes);
    }
}
