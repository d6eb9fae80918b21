using CsCheck;
using RtcHub.Sfu.Routing;

namespace RtcHub.Sfu.Tests.Routing;

public sealed class SequenceMapTests
{
    // Rows: "4" forward 4, "-4" leave 4 out, "s9" the source starts anew at 9; then what comes out, "." for nothing.
    [Theory]
    [InlineData("1 2 3", "100 101 102")]
    [InlineData("1 3 2", "100 102 101")]
    [InlineData("1 -2 3", "100 . 101")]
    [InlineData("1 -2 -3 -4 5 6", "100 . . . 101 102")]
    [InlineData("-1 2 -3 4", ". 100 . 101")]
    [InlineData("1 4 -5 6 3 2", "100 103 . 104 102 101")] // Late ones take their places, whatever was left out since.
    [InlineData("1 -3 4 2", "100 . 102 101")]
    [InlineData("1 -2 -4 6 5 3", "100 . . 103 102 101")]
    [InlineData("1 2 s50 50 51", "100 101 . 102 103")]
    [InlineData("1 5 s3 3 4", "100 104 . 105 106")] // The same source again, and further back.
    [InlineData("1 -2 s9 -9 10", "100 . . . 101")]
    [InlineData("65534 65535 65536 65537", "100 101 102 103")]
    [InlineData("1 600 601 597", "100 699 700 696")]
    public void Outputs_follow_rows(string inputs, string outputs)
    {
        var map = default(SequenceMap);
        map.Begin(long.Parse(inputs.Split(' ')[0].TrimStart('-')), 100);
        Assert.Equal(outputs, string.Join(' ', inputs.Split(' ').Select(row => Step(ref map, row))));
    }

    [Fact]
    public void What_became_of_a_number_is_remembered_within_the_window()
    {
        var map = default(SequenceMap);
        map.Begin(10, 0);
        map.Forward(10);
        map.Drop(11);
        map.Forward(13);
        Assert.Equal(
            [SequenceState.Before, SequenceState.Forwarded, SequenceState.Dropped, SequenceState.Missing, SequenceState.Forwarded, SequenceState.New],
            Enumerable.Range(9, 6).Select(n => map.State(n)));
        map.Forward(10 + SequenceMap.Window);
        Assert.Equal([SequenceState.Forgotten, SequenceState.Dropped, SequenceState.Missing], Enumerable.Range(10, 3).Select(n => map.State(n)));
        map.Forward(10 + 3 * SequenceMap.Window);
        Assert.Equal(SequenceState.Missing, map.State(11 + 2 * SequenceMap.Window));
        Assert.Equal(SequenceState.Missing, map.State(13 + 2 * SequenceMap.Window));
    }

    /// <summary>Against the definition: the place of a number is how many numbers before it were not left out.</summary>
    [Fact]
    public void Every_number_has_the_place_that_the_definition_gives_it() =>
        Gen.Select(Gen.Long[-1_000_000, 1L << 48], Gen.Int[-30, 60].Array[0, 300]).Sample((first, steps) =>
        {
            var map = default(SequenceMap);
            map.Begin(first, 7);
            var (dropped, forwarded, highest) = (new SortedSet<long>(), new HashSet<long>(), first - 1);
            foreach (var step in steps)
            {
                var number = highest + step;
                if (number < first) continue;
                Assert.Equal(Expected(number), map.State(number));
                if (Expected(number) is SequenceState.Dropped or SequenceState.Forgotten) continue;
                if (number > highest && step % 3 == 0)
                {
                    map.Drop(number);
                    dropped.Add(number);
                }
                else
                {
                    Assert.Equal(7 + number - first - dropped.Count(n => n < number), map.Forward(number));
                    forwarded.Add(number);
                }

                highest = Math.Max(highest, number);
                Assert.Equal(7 + highest - first - dropped.Count + 1, map.Next);
            }

            SequenceState Expected(long number) =>
                number > highest ? SequenceState.New
                : number <= highest - SequenceMap.Window ? SequenceState.Forgotten
                : forwarded.Contains(number) ? SequenceState.Forwarded
                : dropped.Contains(number) ? SequenceState.Dropped
                : SequenceState.Missing;
        });

    private static string Step(ref SequenceMap map, string row)
    {
        if (row[0] == '-')
        {
            map.Drop(long.Parse(row[1..]));
            return ".";
        }

        if (row[0] != 's') return map.Forward(long.Parse(row)).ToString();
        map.Begin(long.Parse(row[1..]), map.Next);
        return ".";
    }
}
