using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace RtcHub.Load.Sockets;

/// <summary>Whoever a socket's messages are for. All calls come on the <see cref="SocketThread"/>.</summary>
internal interface IFrameReader
{
    /// <summary>A text message, valid until the call returns.</summary>
    void Read(WebSocketClient socket, ReadOnlySpan<byte> text);

    /// <summary>The socket has ended.</summary>
    /// <param name="code">The close code that the server gave, or 1006.</param>
    void Ended(WebSocketClient socket, int code);

    /// <summary>Once a second.</summary>
    void Tick();
}

/// <summary>
/// The client's side of a WebSocket (RFC 6455) on a socket of its own, without extensions. It keeps no buffer while nothing is under
/// way. Frames are masked, as the server must undo it, with one key: what is sent here is no secret to anybody.
/// </summary>
internal sealed class WebSocketClient(SocketThread thread, IFrameReader reader) : IDisposable
{
    private const uint Mask = 0xA35C19E6;
    private const int MaxHeader = 14;
    private const int Abnormal = 1006;

    private static readonly UTF8Encoding Utf8 = new(false);

    [ThreadStatic]
    private static byte[]? _frame;

    private readonly Lock _writing = new();
    private readonly TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private byte[] _partial = [];   // of a frame, or of the answer to the upgrade, that is not whole yet
    private byte[] _unsent = [];    // what the socket had no room for
    private int _parsed;
    private bool _upgraded;
    private bool _ended;
    private long _id;

    public SafeHandle Handle => _socket.SafeHandle;

    public long BytesSent { get; private set; }

    public long BytesReceived { get; private set; }

    public long MessagesSent { get; private set; }

    public long MessagesReceived { get; private set; }

    /// <summary>Connects and upgrades.</summary>
    /// <param name="local">Address to connect from: a source has 28,000 ports or so.</param>
    /// <exception cref="IOException">The server did not let us.</exception>
    public async Task ConnectAsync(IPEndPoint server, IPAddress? local, string path, string? protocol, CancellationToken cancel)
    {
        try
        {
            if (local is not null) _socket.Bind(new IPEndPoint(local, 0));
            // Not the asynchronous way, which would have the runtime's own epoll watch this socket for ever.
            await Task.Run(() => _socket.Connect(server), cancel);
            _socket.Blocking = false;
            var request = $"GET {path} HTTP/1.1\r\nHost: {server}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
                $"Sec-WebSocket-Key: {Convert.ToBase64String(RandomNumberGenerator.GetBytes(16))}\r\n{(protocol is null ? "" : $"Sec-WebSocket-Protocol: {protocol}\r\n")}\r\n";
            _socket.Send(Utf8.GetBytes(request));
            _id = thread.Add(this);
            await _open.Task.WaitAsync(TimeSpan.FromSeconds(30), cancel);
        }
        catch (Exception e) when (e is SocketException or TimeoutException or ObjectDisposedException)
        {
            Abort();
            throw new IOException($"{server} could not be reached: {e.Message}", e);
        }
    }

    /// <summary>Sends a text message, from any thread; what does not fit into the socket follows by itself.</summary>
    public void Send(ReadOnlySpan<byte> text) => Send(0x81, text);

    /// <summary>Says goodbye; <see cref="IFrameReader.Ended"/> is called when the server has answered.</summary>
    public void Close()
    {
        Span<byte> code = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(code, 1000);
        Send(0x88, code);
    }

    /// <summary>Ends at once, without a word.</summary>
    public void Abort()
    {
        lock (_writing)
        {
            if (_ended) return;
            _ended = true;
        }

        thread.Remove(_id);
        _socket.Dispose();
        _open.TrySetException(new IOException("The connection was closed."));
    }

    public void Dispose() => Abort();

    public void Tick() => reader.Tick();

    /// <summary>There is something to read, or room to write. On the thread.</summary>
    public void Ready(bool hasRoom)
    {
        if (hasRoom) SendRest();
        var buffer = thread.Scratch;
        _partial.CopyTo(buffer, 0);
        var received = _socket.Receive(buffer.AsSpan(_partial.Length), SocketFlags.None, out var error);
        if (error == SocketError.WouldBlock) return;
        if (error != SocketError.Success || received == 0)
        {
            End(Abnormal);
            return;
        }

        BytesReceived += received;
        var rest = Parse(buffer.AsSpan(0, _partial.Length + received));
        _partial = rest == 0 ? [] : buffer.AsSpan(_parsed, rest).ToArray();
    }

    // Reads what is whole; returns how many bytes are left, which begin at _parsed.
    private int Parse(Span<byte> data)
    {
        _parsed = 0;
        if (!_upgraded)
        {
            var end = data.IndexOf("\r\n\r\n"u8);
            if (end < 0) return data.Length;
            if (!data.StartsWith("HTTP/1.1 101"u8))
            {
                _open.TrySetException(new IOException($"The upgrade was refused: {Utf8.GetString(data[..Math.Max(0, data.IndexOf((byte)'\r'))])}"));
                Abort();
                return 0;
            }

            _upgraded = true;
            _parsed = end + 4;
            _open.TrySetResult();
        }

        while (!_ended && TryReadFrame(data[_parsed..], out var header, out var length, out var opcode))
        {
            var payload = data.Slice(_parsed + header, length);
            _parsed += header + length;
            switch (opcode)
            {
                case 1:
                    MessagesReceived++;
                    reader.Read(this, payload);
                    break;
                case 8:
                    End(length >= 2 ? BinaryPrimitives.ReadUInt16BigEndian(payload) : 1005);
                    break;
                case 9:
                    Send(0x8A, payload);
                    break;
            }
        }

        return _ended ? 0 : data.Length - _parsed;
    }

    private static bool TryReadFrame(ReadOnlySpan<byte> data, out int header, out int length, out int opcode)
    {
        (header, length, opcode) = (2, 0, 0);
        if (data.Length < 2) return false;
        opcode = data[0] & 15;
        length = data[1];
        if (length == 126)
        {
            header = 4;
            if (data.Length < header) return false;
            length = BinaryPrimitives.ReadUInt16BigEndian(data[2..]);
        }
        else if (length == 127)
        {
            header = 10;
            if (data.Length < header) return false;
            length = (int)BinaryPrimitives.ReadInt64BigEndian(data[2..]);
        }

        return data.Length >= header + length;
    }

    private void Send(byte first, ReadOnlySpan<byte> payload)
    {
        var frame = _frame is { } kept && kept.Length >= payload.Length + MaxHeader ? kept : _frame = new byte[Math.Max(16384, payload.Length + MaxHeader)];
        var header = 2;
        frame[0] = first;
        if (payload.Length < 126)
        {
            frame[1] = (byte)(0x80 | payload.Length);
        }
        else if (payload.Length <= ushort.MaxValue)
        {
            frame[1] = 0x80 | 126;
            BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(2), (ushort)payload.Length);
            header = 4;
        }
        else
        {
            frame[1] = 0x80 | 127;
            BinaryPrimitives.WriteInt64BigEndian(frame.AsSpan(2), payload.Length);
            header = 10;
        }

        BinaryPrimitives.WriteUInt32LittleEndian(frame.AsSpan(header), Mask);
        header += 4;
        var body = frame.AsSpan(header, payload.Length);
        payload.CopyTo(body);
        var words = MemoryMarshal.Cast<byte, uint>(body);
        for (var i = 0; i < words.Length; i++) words[i] ^= Mask;
        for (var i = words.Length * 4; i < body.Length; i++) body[i] ^= (byte)(Mask >> (8 * (i & 3)));
        Write(frame.AsSpan(0, header + payload.Length));
    }

    private void Write(ReadOnlySpan<byte> frame)
    {
        lock (_writing)
        {
            if (_ended) return;
            BytesSent += frame.Length;
            MessagesSent++;
            var sent = 0;
            if (_unsent.Length == 0)
            {
                sent = _socket.Send(frame, SocketFlags.None, out var error);
                // Any other error will be met by the reader.
                if (error != SocketError.Success && error != SocketError.WouldBlock) return;
                if (error == SocketError.WouldBlock) sent = 0;
                if (sent == frame.Length) return;
                thread.Watch(this, _id, room: true);
            }

            _unsent = [.. _unsent, .. frame[sent..]];
        }
    }

    private void SendRest()
    {
        lock (_writing)
        {
            if (_ended || _unsent.Length == 0) return;
            var sent = _socket.Send(_unsent, SocketFlags.None, out var error);
            if (error == SocketError.Success) _unsent = _unsent[sent..];
            if (_unsent.Length == 0) thread.Watch(this, _id, room: false);
        }
    }

    private void End(int code)
    {
        Abort();
        reader.Ended(this, code);
    }
}
