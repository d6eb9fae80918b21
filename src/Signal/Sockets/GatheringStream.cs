using System.Buffers;
using Microsoft.AspNetCore.Http.Features;

namespace RtcHub.Signal.Sockets;

/// <summary>
/// What a WebSocket writes to, between it and the connection: while more is to come, frames are gathered, and go out with the last one
/// in a single write (as with MSG_MORE). The WebSocket never writes two frames at a time, so nothing here is locked.
/// </summary>
internal sealed class GatheringStream(Stream connection) : Stream
{
    // A reader who has this much before him does not wait for the rest.
    private const int Most = 32 * 1024;

    private byte[]? _gathered;
    private int _length;

    /// <summary>Another frame follows at once.</summary>
    public bool More { get; set; }

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_length == 0 && !More) return connection.WriteAsync(buffer, cancellationToken);
        if (_length + buffer.Length <= Most)
        {
            _gathered ??= ArrayPool<byte>.Shared.Rent(Most);
            buffer.CopyTo(_gathered.AsMemory(_length));
            _length += buffer.Length;
            return More ? ValueTask.CompletedTask : WriteGatheredAsync(default, cancellationToken);
        }

        return WriteGatheredAsync(buffer, cancellationToken);
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => connection.ReadAsync(buffer, cancellationToken);

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => connection.ReadAsync(buffer, offset, count, cancellationToken);

    // Each write is a flush already.
    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing) connection.Dispose();
        base.Dispose(disposing);
    }

    private async ValueTask WriteGatheredAsync(ReadOnlyMemory<byte> last, CancellationToken cancel)
    {
        var (gathered, length) = (_gathered, _length);
        (_gathered, _length) = (null, 0);
        try
        {
            if (gathered is not null) await connection.WriteAsync(gathered.AsMemory(0, length), cancel);
            if (!last.IsEmpty) await connection.WriteAsync(last, cancel);
        }
        finally
        {
            if (gathered is not null) ArrayPool<byte>.Shared.Return(gathered);
        }
    }
}

/// <summary>Puts a <see cref="GatheringStream"/> between a connection that is upgraded and the WebSocket on it.</summary>
internal sealed class GatheringUpgrade(IHttpUpgradeFeature upgrade) : IHttpUpgradeFeature
{
    public bool IsUpgradableRequest => upgrade.IsUpgradableRequest;

    /// <summary>Null until it is upgraded.</summary>
    public GatheringStream? Stream { get; private set; }

    /// <inheritdoc/>
    public async Task<Stream> UpgradeAsync() => Stream = new GatheringStream(await upgrade.UpgradeAsync());

    /// <summary>Before the middleware that makes WebSockets.</summary>
    public static Task UseAsync(HttpContext context, RequestDelegate next)
    {
        if (context.Features.Get<IHttpUpgradeFeature>() is { IsUpgradableRequest: true } upgrade) context.Features.Set<IHttpUpgradeFeature>(new GatheringUpgrade(upgrade));
        return next(context);
    }
}
