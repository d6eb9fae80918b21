using Microsoft.Net.Http.Headers;
using RtcHub.Signal.Hosting;

namespace RtcHub.Signal.Whip;

/// <summary>What the OpenAPI document says of <see cref="WhipEndpoints"/>.</summary>
internal static class WhipDocs
{
    public const string Room = "The room's id.";
    public const string Session = "The last part of Location.";

    private const string Offer = "v=0\r\no=- 4611 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:0\r\na=sendonly\r\n...";
    private const string Answer = "v=0\r\no=- 90210 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\na=ice-lite\r\na=group:BUNDLE 0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:0\r\na=recvonly\r\n...";
    private const string Fragment = "a=ice-ufrag:Zt4q\r\na=ice-pwd:oXjmKP3wUr9bHn0sLd2EvQ\r\nm=video 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\na=candidate:1 1 udp 2130706431 192.0.2.7 50123 typ host\r\n";
    private const string Lite = "a=ice-lite\r\na=ice-ufrag:h2Kd81xQ\r\na=ice-pwd:vB7cNq0ZpW3eYs5tRm9uJg\r\nm=video 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\na=candidate:1 1 udp 2130706431 192.0.2.1 7882 typ host\r\n";

    private static readonly HeaderDoc ETag = new("ETag", "The ICE session; for If-Match.", "\"h2Kd81xQ\"");
    private static readonly HeaderDoc Location = new("Location", "The session, for PATCH and DELETE. Whoever knows it, and has the token, may end it.", "/whip/blue-fox-4207/s3ss10n...");
    private static readonly HeaderDoc Link = new("Link", "STUN and TURN servers, one header for each.", "<stun:hub.example.org:3478>; rel=\"ice-server\"");

    private static readonly ErrorCode[] Refusals =
    [
        Errors.Invalid, Errors.Forbidden, Errors.PasscodeRequired, Errors.PasscodeWrong, Errors.RoomFull, Errors.RoomLocked, Errors.RoomClosed, Errors.TooLarge,
        Errors.UnsupportedMediaType, Errors.NotAcceptable, Errors.RateLimited, Errors.Unavailable,
    ];

    public static readonly OperationDoc Publish = new(
        "publish", "Publish into a room (WHIP)", """
        RFC 9725: an offer that sends gets an answer that receives. The room is made by its first publisher if the hub makes rooms on
        joining. On a hub with keys a join token with `publish` is needed; on an open one the passcode of a room stands in its place.
        """)
    {
        NeedsToken = true,
        Body = new(typeof(string), Offer) { ContentType = WhipOffer.Sdp },
        Responses = [new(201, "The answer, with all candidates of the server.", Answer) { ContentType = WhipOffer.Sdp, Headers = [Location, ETag, Link] }],
        Errors = Refusals,
    };

    public static readonly OperationDoc Play = new(
        "play", "Play a room (WHEP)", """
        draft-ietf-wish-whep: an offer that receives gets an answer that sends what somebody in the room publishes. While nobody does, ask
        again after `Retry-After` seconds. On a hub with keys a join token with `subscribe` is needed.
        """)
    {
        NeedsToken = true,
        Body = new(typeof(string), Offer.Replace("sendonly", "recvonly", StringComparison.Ordinal)) { ContentType = WhipOffer.Sdp },
        Responses =
        [
            new(201, "The answer, with all candidates of the server.", Answer.Replace("recvonly", "sendonly", StringComparison.Ordinal))
            {
                ContentType = WhipOffer.Sdp,
                Headers = [Location with { Example = "/whep/blue-fox-4207/s3ss10n..." }, ETag, Link],
            },
        ],
        Errors = [.. Refusals, Errors.NotFound, Errors.NothingToPlay],
    };

    public static OperationDoc Patch(WhipKind kind) => new(
        kind == WhipKind.Whip ? "trickleWhip" : "trickleWhep", "Candidates, or an ICE restart", """
        An SDP fragment (RFC 8840). With the ICE session in If-Match it brings candidates, which the server, an ICE lite agent, accepts
        and does not need. With `*` and a new ufrag and password it restarts ICE: the answer holds the server's new ones.
        """)
    {
        NeedsToken = true,
        Body = new(typeof(string), Fragment) { ContentType = WhipOffer.Fragment },
        Headers = [new(HeaderNames.IfMatch, "The ICE session (the last ETag), or `*`.", "\"h2Kd81xQ\"", Required: true)],
        Responses =
        [
            new(200, "ICE was restarted: the server's credentials and candidates.", Lite) { ContentType = WhipOffer.Fragment, Headers = [ETag] },
            new(204, "The candidates were taken."),
        ],
        Errors =
        [
            Errors.Invalid, Errors.Forbidden, Errors.NotFound, Errors.PreconditionFailed, Errors.TooLarge, Errors.UnsupportedMediaType, Errors.PreconditionRequired,
            Errors.Unavailable,
        ],
    };

    public static OperationDoc Delete(WhipKind kind) => new(
        kind == WhipKind.Whip ? "unpublish" : "stopPlaying", "End a session", "Its media ends at once. If-Match is not looked at.")
    {
        NeedsToken = true,
        Responses = [new(200, "It has ended.")],
        Errors = [Errors.Forbidden, Errors.NotFound],
    };
}
