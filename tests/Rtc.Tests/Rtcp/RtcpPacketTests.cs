using RtcHub.Rtc.Rtcp;

namespace RtcHub.Rtc.Tests.Rtcp;

public sealed class RtcpPacketTests
{
    [Fact]
    public void A_compound_is_walked()
    {
        byte[] bytes = [.. Vectors.SenderReport, .. Vectors.Cname, .. Vectors.ExtendedReport, .. Vectors.TransportFeedback];
        Assert.Equal("SenderReport/1/52 SourceDescription/1/52 ExtendedReport/0/20 TransportFeedback/15/43", Walk(bytes));
        Assert.True(RtcpCompound.TryParse(bytes, out var compound));
        Assert.False(compound.IsReducedSize);
    }

    [Fact]
    public void A_packet_without_a_report_ahead_is_of_reduced_size()
    {
        Assert.True(RtcpCompound.TryParse(Vectors.Pli, out var compound));
        Assert.True(compound.IsReducedSize);
        Assert.True(RtcpCompound.TryParse(Vectors.ReceiverReport, out compound));
        Assert.False(compound.IsReducedSize);
    }

    [Fact]
    public void A_compound_cut_anywhere_is_none()
    {
        byte[] bytes = [.. Vectors.ReceiverReport, .. Vectors.Nack, .. Vectors.TransportFeedback];
        for (var length = 0; length < bytes.Length; length++)
        {
            // Between two packets a cut leaves a compound of fewer.
            var whole = length == Vectors.ReceiverReport.Length || length == Vectors.ReceiverReport.Length + Vectors.Nack.Length;
            Assert.Equal(whole, RtcpCompound.TryParse(bytes.AsSpan(0, length), out _));
        }
    }

    [Theory]
    [InlineData("41ce00025450626523013fb9")] // Version 1.
    [InlineData("81ce00035450626523013fb9")] // Longer than the bytes.
    [InlineData("81ce00015450626523013fb9")] // Shorter: what follows is no packet.
    [InlineData("a1ce00025450626523013f00")] // Padding of no byte.
    [InlineData("a1ce00025450626523013f09")] // Padding that reaches into the header.
    [InlineData("a1ce0003545062652301000000000004" + "81ce00025450626523013fb9")] // Padding, and not the last.
    public void A_frame_that_contradicts_itself_is_refused(string bytes) => Assert.False(RtcpCompound.TryParse(Convert.FromHexString(bytes), out _));

    [Fact]
    public void Padding_of_the_last_packet_is_left_out() =>
        Assert.Equal("ReceiverReport/1/32 PayloadFeedback/1/12",
            Walk([.. Vectors.ReceiverReport, .. Convert.FromHexString("a1ce00035450626523013fb900000004")]));

    [Fact]
    public void What_the_writer_was_given_is_one_compound()
    {
        var bytes = Vectors.Write(200, (ref writer) =>
        {
            ReceiverReport.Write(ref writer, 1, [new ReportBlock(2, 3, 4, 5, 6, 7, 8)]);
            SourceDescription.Write(ref writer, 1, "name"u8);
            new Pli(1, 2).Write(ref writer);
            Bye.Write(ref writer, [1, 2]);
        });
        Assert.Equal("ReceiverReport/1/32 SourceDescription/1/16 PayloadFeedback/1/12 Bye/2/12", Walk(bytes!));
    }

    [Fact]
    public void One_packet_too_many_spoils_the_whole()
    {
        Assert.NotNull(Vectors.Write(12, (ref writer) => new Pli(1, 2).Write(ref writer)));
        Assert.Null(Vectors.Write(23, (ref writer) =>
        {
            new Pli(1, 2).Write(ref writer);
            new Pli(1, 2).Write(ref writer);
            Bye.Write(ref writer, []); // This one would fit.
        }));
        Assert.Null(Vectors.Write(100, (ref _) => { }));
    }

    [Fact]
    public void Counts_beyond_the_five_bits_are_refused()
    {
        Assert.Null(Vectors.Write(4000, (ref writer) => ReceiverReport.Write(ref writer, 1, new ReportBlock[32])));
        Assert.Null(Vectors.Write(4000, (ref writer) => default(SenderReport).Write(ref writer, new ReportBlock[32])));
        Assert.Null(Vectors.Write(4000, (ref writer) => Bye.Write(ref writer, new uint[32])));
        Assert.Null(Vectors.Write(4000, (ref writer) => Remb.Write(ref writer, 1, 1, new uint[256])));
        Assert.Null(Vectors.Write(4000, (ref writer) => SourceDescription.Write(ref writer, 1, new byte[256])));
        Assert.NotNull(Vectors.Write(4000, (ref writer) => ReceiverReport.Write(ref writer, 1, new ReportBlock[31])));
    }

    [Fact]
    public void Writing_and_reading_do_not_allocate()
    {
        var buffer = new byte[500];
        var recorder = new TransportCcRecorder();
        var statistics = new ReceptionStatistics(90_000);
        Run(buffer, recorder, statistics, 0);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 1; i < 1000; i++) Run(buffer, recorder, statistics, i);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());

        static void Run(byte[] buffer, TransportCcRecorder recorder, ReceptionStatistics statistics, int turn)
        {
            recorder.Received(1000 * turn, (ushort)(3 * turn));
            statistics.Receive(1000 * turn, (ushort)turn, (uint)(90 * turn));
            var writer = new RtcpWriter(buffer);
            new SenderReport(1, 2, 3, 4, 5).Write(ref writer, [statistics.Report(1000 * turn, 7)]);
            SourceDescription.Write(ref writer, 1, "name"u8);
            Nack.Write(ref writer, 1, 2, [1, 5, 9, 40]);
            Fir.Write(ref writer, 1, [new FirEntry(2, 3)]);
            Remb.Write(ref writer, 1, 1_000_000, [2, 3]);
            recorder.TryWrite(ref writer, 1, 2);
            if (!writer.TryFinish(out var length) || !RtcpCompound.TryParse(buffer.AsSpan(0, length), out var compound)) throw new InvalidOperationException();
            var sum = 0L;
            foreach (var packet in compound) sum += Reader.Read(packet);
            if (sum == 0) throw new InvalidOperationException();
        }
    }

    private static string Walk(byte[] bytes)
    {
        Assert.True(RtcpCompound.TryParse(bytes, out var compound));
        var packets = new List<string>();
        foreach (var packet in compound) packets.Add($"{packet.Type}/{packet.Count}/{packet.Bytes.Length}");
        return string.Join(' ', packets);
    }
}
