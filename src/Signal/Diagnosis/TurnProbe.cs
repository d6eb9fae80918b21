using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using RtcHub.Rtc.Stun;
using RtcHub.Sfu.Hosting;
using RtcHub.Signal.IceServers;

namespace RtcHub.Signal.Diagnosis;

/// <summary>
/// Does a TURN server relay with the credentials that the hub hands out? An Allocate as a browser sends it (RFC 8656 section 7), which
/// is ended at once.
/// </summary>
internal static class TurnProbe
{
    private const int MaxRequest = 1024;
    private const int Unauthorized = 401, StaleNonce = 438;
    private const uint Udp = 17u << 24; // REQUESTED-TRANSPORT, RFC 8656 section 18.7

    /// <param name="url">RFC 7065.</param>
    /// <param name="server">With fresh credentials.</param>
    /// <returns>What came of it, and the relayed address when there is one; null where the way is not one that is tried (DTLS).</returns>
    public static async Task<(Probe Probe, IPAddress? Relayed)?> RunAsync(string url, IceServer server, CancellationToken cancel)
    {
        if (Parse(url) is not var (way, host, port)) return null;
        IPAddress? relayed = null;
        var probe = await Probe.RunAsync(url, async patience =>
        {
            await using var turn = await StunExchange.OpenAsync(way, host, port, patience);
            var challenge = Read(await turn.AskAsync(Request(StunMethod.Allocate, null, null), patience));
            if (challenge is not { Error: Unauthorized, Realm: { } realm }) return challenge.Error is null ? ProbeOutcome.NotUnderstood : ProbeOutcome.NotAllocated;
            var key = StunIntegrity.LongTermKey(server.Username!, realm, server.Credential!);
            var answer = Read(await turn.AskAsync(Request(StunMethod.Allocate, (server.Username!, challenge, key), null), patience));
            if (answer.Error == StaleNonce)
                answer = Read(await turn.AskAsync(Request(StunMethod.Allocate, (server.Username!, challenge = answer with { Realm = realm }, key), null), patience));
            if (answer.Error is { } error) return error == Unauthorized ? ProbeOutcome.Unauthorized : ProbeOutcome.NotAllocated;
            relayed = answer.Relayed;
            await turn.AskAsync(Request(StunMethod.Refresh, (server.Username!, challenge, key), lifetime: 0), patience);
            return ProbeOutcome.Ok;
        }, cancel);
        return (probe, relayed);
    }

    /// <summary>Host and port of a TURN URL with the defaults of RFC 7065 section 3.2; null for DTLS and for what is none.</summary>
    internal static (StunWay Way, string Host, int Port)? Parse(string url)
    {
        var isTls = url.StartsWith("turns:", StringComparison.Ordinal);
        var rest = url[(url.IndexOf(':') + 1)..];
        var transport = isTls ? "tcp" : "udp";
        if (rest.IndexOf('?') is >= 0 and var query)
        {
            transport = rest[(query + 1)..].Replace("transport=", "", StringComparison.Ordinal);
            rest = rest[..query];
        }

        var (host, port) = (rest, isTls ? 5349 : 3478);
        if (rest.LastIndexOf(':') is > 0 and var colon && colon > rest.LastIndexOf(']'))
        {
            host = rest[..colon];
            if (!int.TryParse(rest[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out port)) return null;
        }

        return (isTls, transport) switch
        {
            (true, "tcp") => (StunWay.Tls, host, port),
            (false, "tcp") => (StunWay.Tcp, host, port),
            (false, "udp") => (StunWay.Udp, host, port),
            _ => null,
        };
    }

    private static ReadOnlyMemory<byte> Request(StunMethod method, (string Username, Answer Challenge, byte[] Key)? identity, uint? lifetime)
    {
        var buffer = new byte[MaxRequest];
        var writer = new StunWriter(buffer, StunClass.Request, method, RandomNumberGenerator.GetBytes(StunMessage.TransactionIdLength));
        if (method == StunMethod.Allocate) writer.AddUInt32(StunAttributeType.RequestedTransport, Udp);
        if (lifetime is { } seconds) writer.AddUInt32(StunAttributeType.Lifetime, seconds);
        if (identity is var (username, challenge, key))
        {
            writer.AddText(StunAttributeType.Username, username);
            writer.AddText(StunAttributeType.Realm, challenge.Realm ?? "");
            writer.AddText(StunAttributeType.Nonce, challenge.Nonce ?? "");
            writer.AddIntegrity(key);
        }

        return writer.TryFinish(out var length) ? buffer.AsMemory(0, length) : throw new IOException("Realm or nonce are too long.");
    }

    private static Answer Read(byte[] bytes)
    {
        if (!StunMessage.TryParse(bytes, out var message)) throw new IOException("What came is no STUN message.");
        return new Answer(
            message.Class == StunClass.Error ? message.TryGetErrorCode(out var code) ? code : 0 : null,
            message.TryGetText(StunAttributeType.Realm, out var realm) ? realm : null,
            message.TryGetText(StunAttributeType.Nonce, out var nonce) ? nonce : null,
            message.TryGetXorAddress(StunAttributeType.XorRelayedAddress, out var relayed) ? relayed.ToIPEndPoint().Address : null);
    }

    /// <param name="Error">Null: it was granted.</param>
    private sealed record Answer(int? Error, string? Realm, string? Nonce, IPAddress? Relayed);
}
