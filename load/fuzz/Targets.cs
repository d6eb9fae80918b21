using System.Net;
using System.Text;
using RtcHub.Rtc;
using RtcHub.Rtc.Dtls;
using RtcHub.Rtc.Rtp;
using RtcHub.Rtc.Sdp;
using RtcHub.Rtc.Stun;

namespace RtcHub.Fuzz;

/// <summary>
/// What anybody can send us, by name. A target reads its input as a peer's and throws when what must hold does not: the parsers throw
/// nothing, so that any exception is a find.
/// </summary>
internal static class Targets
{
    public static readonly IReadOnlyDictionary<string, Action<byte[]>> All = new Dictionary<string, Action<byte[]>>
    {
        ["stun"] = Stun,
        ["rtp"] = Rtp,
        ["rtcp"] = RtcpTarget.Read,
        ["sdp"] = Sdp,
        ["dtls"] = Dtls,
        ["payload"] = Payload,
    };

    /// <summary>Throws when what must hold does not.</summary>
    public static void Hold(bool condition, string what)
    {
        if (!condition) throw new InvalidOperationException(what);
    }

    private static void Stun(byte[] input)
    {
        if (StunMessage.TryParse(input, out var message))
        {
            foreach (var attribute in message)
            {
                Hold(attribute.Offset + 4 + attribute.Value.Length <= input.Length, "An attribute reaches beyond the message.");
                message.TryGetAddress(attribute.Type, out _);
                message.TryGetXorAddress(attribute.Type, out _);
                message.TryGetUInt32(attribute.Type, out _);
                message.TryGetUInt64(attribute.Type, out _);
            }

            message.TryGetErrorCode(out _);
            StunIntegrity.VerifyFingerprint(message);
            StunIntegrity.Verify(message, Own.Password);
            StunIntegrity.VerifySha256(message, Own.Password);
        }

        Span<byte> response = stackalloc byte[1500];
        if (!StunBinding.TryRespond(input, Own.Source, response, out var length)) return;
        Hold(length <= input.Length + StunBinding.MaxGrowth, "An answer that amplifies.");
        Hold(StunMessage.TryParse(response[..length], out var answer) && answer.TransactionId.SequenceEqual(input.AsSpan(8, 12)), "An answer to nothing.");
    }

    private static void Rtp(byte[] input)
    {
        Datagram.Classify(input);
        if (!RtpPacket.TryParse(input, out var packet)) return;
        Hold(packet.HeaderLength + packet.Payload.Length + packet.PaddingLength == input.Length, "The parts are not the whole.");
        for (var index = 0; index < packet.CsrcCount; index++) packet.Csrc(index);
        var structure = new DependencyStructure();
        foreach (var element in packet.Extensions)
        {
            Hold(element.Id > 0 && element.Offset + element.Value.Length <= packet.HeaderLength, "An extension reaches into the payload.");
            AudioLevel.TryRead(element.Value, out _);
            AbsSendTime.TryRead(element.Value, out _);
            TransportSequence.TryRead(element.Value, out _);
            VideoOrientation.TryRead(element.Value, out _);
            ShortText.TryRead(element.Value, out _);
            if (structure.TryUpdate(element.Value)) structure.TryRead(element.Value, out _);
        }

        Payload(packet.Payload.ToArray());
    }

    private static void Payload(byte[] input)
    {
        var before = input.ToArray();
        for (var format = PayloadFormat.Vp8; format <= PayloadFormat.Av1; format++)
        {
            if (!PayloadDescriptor.TryRead(format, input, out var info)) continue;
            Hold(info.PictureIdOffset + ((info.PictureIdBits + 7) / 8) <= input.Length && info.Tl0Offset < input.Length, "A field lies outside of the payload.");
            Hold(!info.IsKeyframeStart || info.StartOfFrame, "A keyframe that starts within a frame.");
            if (info.PictureIdBits == 0 && !info.HasTl0) continue;
            var id = (ushort)(~info.PictureId & ((1 << info.PictureIdBits) - 1));
            var tl0 = info.HasTl0 ? (byte)~info.Tl0 : (byte)0;
            Hold(info.TryPatch(input, id, tl0) && PayloadDescriptor.TryRead(format, input, out var after) && after == info with { PictureId = id, Tl0 = tl0 }, "What was patched reads otherwise.");
            Hold(info.TryPatch(input, info.PictureId, info.Tl0) && input.AsSpan().SequenceEqual(before), "A patch touched its neighbours.");
        }

        if (Red.TryGetPrimary(input, out _, out var primary)) Hold(input.AsSpan().EndsWith(primary), "The primary encoding is not the last.");
        new DependencyStructure().TryUpdate(input);
    }

    private static void Sdp(byte[] input)
    {
        var text = Encoding.UTF8.GetString(input);
        if (SdpText.TryParseFragment(text, out var fragment, out _)) SdpText.Write(fragment);
        if (!SdpText.TryParse(text, out var description, out var error))
        {
            Hold(error.Line > 0, "An error that names no line.");
            return;
        }

        Hold(SdpText.TryParse(SdpText.Write(description), out var again, out _) && again == description, "What was written reads otherwise.");
        OfferAnswer.TryAgree(description, MediaCapabilities.Receiving, MediaCapabilities.Sending, SdpDirection.SendRecv, out _, out _);
    }

    // A client's first datagram, and itself again: what comes after a hello that was right.
    private static void Dtls(byte[] input)
    {
        Span<byte> answer = stackalloc byte[IDtls.MaxDatagram];
        using var server = new OpenSslDtls(DtlsRole.Server, Own.Certificate, Own.Certificate.Fingerprint);
        server.Start(0);
        for (var now = 0; now < 2; now++)
        {
            for (var rest = input.AsSpan(); rest.Length > 0;)
            {
                // Two bytes of length lead each datagram.
                var length = rest.Length < 2 ? 0 : Math.Min((rest[0] << 8) | rest[1], rest.Length - 2);
                server.Receive(now, rest.Length < 2 ? rest : rest.Slice(2, length));
                rest = rest.Length < 2 ? [] : rest[(2 + length)..];
            }

            while (server.TryPoll(answer, out var sent)) Hold(sent is > 0 and <= IDtls.MaxDatagram, "A datagram of no size.");
        }

        Hold(server.State != DtlsState.Connected && server.Keys is null, "Keys for nobody.");
    }

    // Made by the first input: instrumented code that runs before the fuzzer's shared memory is there ends the process.
    private static class Own
    {
        public static readonly byte[] Password = Encoding.ASCII.GetBytes("VOkJxbRl1RmTxUk/WvJxBt");
        public static readonly Address Source = Address.From(new IPEndPoint(IPAddress.Parse("192.0.2.1"), 40_000));
        public static readonly DtlsCertificate Certificate = DtlsCertificate.Create(DateTimeOffset.UtcNow, TimeSpan.FromDays(30));
    }
}
