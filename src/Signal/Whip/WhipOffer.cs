using System.Text;
using Microsoft.Net.Http.Headers;
using RtcHub.Rtc.Sdp;

namespace RtcHub.Signal.Whip;

/// <summary>What comes in the body of a request, read as far as the door must: the media service reads it again, as a whole.</summary>
internal static class WhipOffer
{
    public const string Sdp = "application/sdp";
    public const string Fragment = "application/trickle-ice-sdpfrag";
    public const int MaxBytes = 256 * 1024;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The body as text, if it is of this type.</summary>
    public static async Task<(string? Text, HubError? Error)> ReadAsync(HttpRequest request, string type)
    {
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var given) || !given.MediaType.Equals(type, StringComparison.OrdinalIgnoreCase))
            return (null, Errors.UnsupportedMediaType.With($"The body must be {type} and say so in Content-Type."));
        var tooLarge = Errors.TooLarge.With($"A description has at most {MaxBytes} bytes.");
        if (request.ContentLength > MaxBytes) return (null, tooLarge);
        using var body = new MemoryStream();
        var buffer = new byte[16 * 1024];
        for (int read; (read = await request.Body.ReadAsync(buffer, request.HttpContext.RequestAborted)) > 0;)
        {
            if (body.Length + read > MaxBytes) return (null, tooLarge);
            body.Write(buffer, 0, read);
        }

        try
        {
            return (Strict.GetString(body.GetBuffer(), 0, (int)body.Length), null);
        }
        catch (DecoderFallbackException)
        {
            return (null, Errors.Invalid.With("The body is not text in UTF-8."));
        }
    }

    /// <summary>
    /// A publisher's offer sends, a player's receives: else a token that lets somebody only play would let them publish.
    /// </summary>
    public static HubError? Check(WhipKind kind, string offer)
    {
        if (!SdpText.TryParse(offer, out var description, out var error)) return Errors.Invalid.With(error.ToString());
        var sections = description.Media.Where(media => media.Kind is "audio" or "video").ToArray();
        if (kind == WhipKind.Whip)
        {
            // RFC 9725 section 4.4.1: sendonly, or sendrecv, of which the media service takes one half.
            return sections.FirstOrDefault(media => !media.Direction.HasFlag(SdpDirection.SendOnly)) is { } silent
                ? Errors.Invalid.With($"Section {silent.Mid} of the SDP does not send; a publisher's offer is sendonly.")
                : null;
        }

        return sections.FirstOrDefault(media => media.Direction is not (SdpDirection.RecvOnly or SdpDirection.Inactive)) is { } sending
            ? Errors.Invalid.With($"Section {sending.Mid} of the SDP sends; a player's offer is recvonly.")
            : null;
    }
}
