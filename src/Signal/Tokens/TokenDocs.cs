using RtcHub.Signal.Hosting;

namespace RtcHub.Signal.Tokens;

/// <summary>What the OpenAPI document says of <see cref="TokenEndpoints"/>.</summary>
internal static class TokenDocs
{
    public static readonly OperationDoc Mint = new(
        "mintToken", "Mint a join token", """
        A JWT that lets one person join. Your server asks for it when it knows who that person is, and hands it to their client.
        All members are optional; what is left out is allowed, but for `moderate`.
        """)
    {
        Body = new(typeof(TokenInput), """{"room":"blue-fox-4207","identity":"user-17","name":"Ada","moderate":true,"ttlSeconds":3600}""", Optional: true),
        Responses =
        [
            new(201, "The token.", """
                {"token":"eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJydGNodWIifQ.c2lnbmF0dXJl","expiresAt":"2026-11-23T10:00:00+00:00",
                 "grants":{"room":"blue-fox-4207","join":true,"publish":true,"subscribe":true,"data":true,"moderate":true}}
                """),
        ],
        Errors = [Errors.Malformed, Errors.Invalid, Errors.Conflict, Errors.TooLarge, Errors.UnsupportedMediaType],
    };
}
