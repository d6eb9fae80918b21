using CsCheck;
using RtcHub.Rtc.Srtp;

namespace RtcHub.Rtc.Tests.Srtp;

public sealed class ReplayWindowTests
{
    [Fact]
    public void It_says_what_a_set_of_all_indices_would_say() => Gen.UInt.Sample(seed =>
    {
        var random = new Random((int)seed);
        var window = default(ReplayWindow);
        Assert.Equal(-1, window.Highest);
        var (seen, highest) = (new HashSet<long>(), random.NextInt64(1L << 16) - 1);
        for (var i = 0; i < 5000; i++)
        {
            // Mostly the next, sometimes around the window's end, rarely far ahead.
            var index = highest + random.Next(10) switch
            {
                < 5 => 1,
                < 7 => random.Next(1, 20),
                < 9 => -random.Next(ReplayWindow.Size + 50),
                _ => random.Next(3 * ReplayWindow.Size),
            };
            if (index < 0) continue;
            var expected = seen.Contains(index) && index > highest - ReplayWindow.Size ? SrtpError.Replayed
                : seen.Count > 0 && index <= highest - ReplayWindow.Size ? SrtpError.TooOld
                : SrtpError.None;
            Assert.Equal(expected, window.Check(index));
            if (expected != SrtpError.None) continue;
            window.Accept(index);
            seen.Add(index);
            highest = Math.Max(highest, index);
            if (seen.Count == 1) highest = index;
            Assert.Equal(highest, window.Highest);
        }
    }, iter: 50);

    [Fact]
    public void Its_edges_are_exact()
    {
        var window = default(ReplayWindow);
        window.Accept(5000);
        Assert.Equal(SrtpError.Replayed, window.Check(5000));
        Assert.Equal(SrtpError.None, window.Check(5000 - ReplayWindow.Size + 1));
        Assert.Equal(SrtpError.TooOld, window.Check(5000 - ReplayWindow.Size));
        window.Accept(5000 + ReplayWindow.Size - 1);
        Assert.Equal(SrtpError.Replayed, window.Check(5000));
        window.Accept(5000 + ReplayWindow.Size);
        Assert.Equal(SrtpError.TooOld, window.Check(5000));
        Assert.Equal(SrtpError.None, window.Check(5001));
        window.Accept(5000 + 3 * ReplayWindow.Size);
        Assert.Equal(SrtpError.None, window.Check(5000 + 3 * ReplayWindow.Size - 1));
        Assert.Equal(SrtpError.None, window.Check(5000 + 3 * ReplayWindow.Size + 1));
        Assert.Equal(SrtpError.TooOld, window.Check(-1));
    }
}
