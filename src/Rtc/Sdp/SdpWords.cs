using System.Buffers;
using System.Globalization;

namespace RtcHub.Rtc.Sdp;

/// <summary>A value, word by word: words are parted by spaces, of which there should be one and may be more.</summary>
internal ref struct SdpWords(ReadOnlySpan<char> text)
{
    // RFC 8866 section 9: token-char.
    private static readonly SearchValues<char> TokenChars =
        SearchValues.Create("!#$%&'*+-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ^_`abcdefghijklmnopqrstuvwxyz{|}~");

    // RFC 8839 section 5.4: ice-char.
    private static readonly SearchValues<char> IceChars = SearchValues.Create("+/0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    // RFC 8851 section 10: rid-id.
    private static readonly SearchValues<char> RidChars = SearchValues.Create("-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz");

    private ReadOnlySpan<char> _rest = text.Trim(' ');

    /// <summary>What is left, without space around.</summary>
    public readonly ReadOnlySpan<char> Rest => _rest;

    public readonly bool IsAtEnd => _rest.IsEmpty;

    public bool TryNext(out ReadOnlySpan<char> word)
    {
        var space = _rest.IndexOf(' ');
        word = space < 0 ? _rest : _rest[..space];
        _rest = space < 0 ? [] : _rest[(space + 1)..].TrimStart(' ');
        return !word.IsEmpty;
    }

    public static bool IsToken(ReadOnlySpan<char> text, int longest) => !text.IsEmpty && text.Length <= longest && !text.ContainsAnyExcept(TokenChars);

    public static bool IsIce(ReadOnlySpan<char> text, int shortest) => text.Length >= shortest && text.Length <= 256 && !text.ContainsAnyExcept(IceChars);

    public static bool IsRid(ReadOnlySpan<char> text) => text.Length is > 0 and <= 16 && !text.ContainsAnyExcept(RidChars);

    public static bool TryNumber(ReadOnlySpan<char> text, out int number) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    public static bool TrySsrc(ReadOnlySpan<char> text, out uint ssrc) => uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ssrc);

    public static bool TryPayloadType(ReadOnlySpan<char> text, out byte type) =>
        byte.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out type) && type <= 127;
}
