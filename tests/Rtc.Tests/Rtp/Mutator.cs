namespace RtcHub.Rtc.Tests.Rtp;

/// <summary>Makes nearly right packets of right ones: a few bits, bytes, cuts, repeats and joints; always the same from the same seed.</summary>
internal sealed class Mutator(int seed, byte[][] seeds)
{
    private readonly Random _random = new(seed);
    private readonly byte[] _buffer = new byte[1024];

    public Random Random => _random;

    public Span<byte> Next()
    {
        var first = seeds[_random.Next(seeds.Length)];
        first.CopyTo(_buffer, 0);
        var length = first.Length;
        for (var edits = _random.Next(4); edits > 0; edits--)
        {
            var at = _random.Next(Math.Max(length, 1));
            switch (_random.Next(8))
            {
                case 0: _buffer[at] ^= (byte)(1 << _random.Next(8)); break;
                case 1: _buffer[at] = (byte)_random.Next(256); break;
                case 2: _buffer[at] = _random.Next(2) == 0 ? (byte)0 : byte.MaxValue; break;
                case 3: length = at; break;
                case 4: _buffer[Math.Min(at, 3)] ^= (byte)(1 << _random.Next(8)); break; // Where flags and lengths are.
                case 5: // A part twice, or garbage behind the end.
                    var run = Math.Min(_random.Next(1, 12), length - at);
                    _buffer.AsSpan(at, run).CopyTo(_buffer.AsSpan(length));
                    length += run;
                    break;
                case 6: // A part left out.
                    var gone = Math.Min(_random.Next(1, 12), length - at);
                    _buffer.AsSpan(at + gone, length - at - gone).CopyTo(_buffer.AsSpan(at));
                    length -= gone;
                    break;
                case 7 when length < 400: // Another behind it.
                    var other = seeds[_random.Next(seeds.Length)];
                    other.CopyTo(_buffer, length);
                    length += other.Length;
                    break;
            }
        }

        return _buffer.AsSpan(0, length);
    }
}
