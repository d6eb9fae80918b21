using System.Net.WebSockets;
using System.Text;

namespace RtcHub.Signal.Tests.Sockets;

/// <summary>Makes damaged frames out of good ones, the same for the same seed.</summary>
internal sealed class FrameMutator(int seed)
{
    private static readonly string[] Seeds =
    [
        """{"t":"chat","id":#,"ack":3,"d":{"text":"hello \u00e9 😀"}}""",
        """{"t":"offer","id":#,"to":"@","d":{"pc":"a1","neg":1,"sdp":"v=0\r\n"}}""",
        """{"t":"candidate","id":#,"to":"@","d":{"candidate":{"candidate":"candidate:1 1 udp 1 127.0.0.1 9 typ host","sdpMid":"0"}}}""",
        """{"t":"data","id":#,"d":[1,2,{"a":null}]}""",
        """{"t":"media","id":#,"d":{"audio":true,"video":false,"screen":"x"}}""",
        """{"t":"mute","id":#,"d":{"target":"@","kind":"audio"}}""",
        """{"t":"kick","id":#,"d":{"target":"@"}}""",
        """{"t":"lobby","id":#,"d":{"enabled":false}}""",
        """{"t":"join","id":#,"d":{"room":"battlefield","passcode":"x","media":{"audio":true}}}""",
        """{"t":"leave","id":#,"d":{}}""",
        """{"t":"dial","id":#,"d":{"target":"@"}}""",
        """{"t":"accept","id":#,"d":{"call":"x"}}""",
        """{"t":"rename","id":#,"d":{"name":"Z"}}""",
        """{"t":"ice-servers","id":#}""",
        """{"t":"ack","seq":5}""",
        """{"t":"ping","d":{"x":1}}""",
        """{"t":"hello","d":{"versions":["rtchub.v1"],"resume":{"id":"@","secret":"x","seq":1}}}""",
    ];

    private static readonly string[] Tokens =
        ["null", "true", "-1", "1e999", "9007199254740993", "\"\"", "{}", "[]", "\"\\ud800\"", "\"\\u0000\"", ",", ":", "}", "{\"d\":", "\"t\"", "\"id\":1,", "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["];

    private readonly Random _random = new(seed);

    public byte[] Next(long id, string peer, out WebSocketMessageType type)
    {
        type = _random.Next(50) == 0 ? WebSocketMessageType.Binary : WebSocketMessageType.Text;
        var bytes = Encoding.UTF8.GetBytes(Seeds[_random.Next(Seeds.Length)].Replace("#", $"{id}", StringComparison.Ordinal).Replace("@", peer, StringComparison.Ordinal)).ToList();
        for (var cuts = _random.Next(1, 4); cuts > 0; cuts--)
        {
            var at = _random.Next(bytes.Count + 1);
            switch (_random.Next(6))
            {
                case 0 when at < bytes.Count:
                    bytes[at] ^= (byte)(1 << _random.Next(8));
                    break;
                case 1 when at < bytes.Count:
                    bytes.RemoveRange(at, _random.Next(1, Math.Min(8, bytes.Count - at) + 1));
                    break;
                case 2:
                    bytes.InsertRange(at, Encoding.UTF8.GetBytes(Tokens[_random.Next(Tokens.Length)]));
                    break;
                case 3 when at < bytes.Count:
                    bytes.InsertRange(_random.Next(bytes.Count), bytes.GetRange(at, Math.Min(_random.Next(1, 20), bytes.Count - at)));
                    break;
                case 4 when at > 0:
                    bytes.RemoveRange(at, bytes.Count - at);
                    break;
                default:
                    bytes.Insert(at, (byte)_random.Next(256));
                    break;
            }
        }

        // Text that is not UTF-8 ends the socket, which takes a moment; now and then is enough.
        return _random.Next(20) == 0 ? [.. bytes] : Encoding.UTF8.GetBytes(Encoding.UTF8.GetString([.. bytes]));
    }
}
