using RtcHub.Signal.Sockets;

namespace RtcHub.Signal.Tests.Sockets;

public sealed class GatheringStreamTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_followed_by_more_goes_out_with_the_last_in_one_write()
    {
        var connection = new Writes();
        await using var stream = new GatheringStream(connection);

        stream.More = true;
        await stream.WriteAsync(new byte[] { 1, 2 }, Cancel);
        await stream.WriteAsync(new byte[] { 3 }, Cancel);
        Assert.Empty(connection.Sizes);
        stream.More = false;
        await stream.WriteAsync(new byte[] { 4, 5 }, Cancel);
        await stream.WriteAsync(new byte[] { 6 }, Cancel);

        Assert.Equal([5, 1], connection.Sizes);
        Assert.Equal<byte>([1, 2, 3, 4, 5, 6], connection.ToArray());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_does_not_fit_is_written_in_order_at_once(bool more)
    {
        var connection = new Writes();
        await using var stream = new GatheringStream(connection);
        var large = Enumerable.Range(0, 40_000).Select(i => (byte)i).ToArray();

        stream.More = true;
        await stream.WriteAsync(new byte[] { 7, 8 }, Cancel);
        stream.More = more;
        await stream.WriteAsync(large, Cancel);

        Assert.Equal([2, 40_000], connection.Sizes);
        Assert.Equal([7, 8, .. large], connection.ToArray());
    }

    private sealed class Writes : MemoryStream
    {
        public List<int> Sizes { get; } = [];

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Sizes.Add(buffer.Length);
            return base.WriteAsync(buffer, cancellationToken);
        }
    }
}
