using System.ComponentModel;
using System.Text.Json.Serialization;

namespace RtcHub.Signal.IceServers;

/// <summary>An RTCIceServer, as a browser's RTCPeerConnection takes it.</summary>
/// <param name="Urls">One server by one or more ways (RFC 7064, RFC 7065).</param>
/// <param name="Username">TURN only: <c>EXPIRY:participant</c>, the expiry in seconds of Unix time.</param>
/// <param name="Credential">TURN only: base64 of HMAC-SHA1 of the username.</param>
internal sealed record IceServer(
    [property: Description("One server by one or more ways.")]
    IReadOnlyList<string> Urls,
    [property: Description("TURN only: expiry in seconds of Unix time, a colon, and whom it was made for."), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    string? Username = null,
    [property: Description("TURN only."), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    string? Credential = null);

/// <summary>What one client may use, and until when: <c>iceServers</c> of docs/protocol.md section 3.</summary>
/// <param name="Servers">Ready for RTCPeerConnection; may be empty.</param>
/// <param name="ExpiresAt">When the TURN credentials end, or null when nothing ends.</param>
internal sealed record IceServerList(
    [property: Description("Ready for the iceServers member of an RTCConfiguration.")]
    IReadOnlyList<IceServer> Servers,
    [property: Description("When the TURN credentials end; null when nothing ends. Ask again at half time.")]
    DateTimeOffset? ExpiresAt);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(IceServerList))]
internal sealed partial class IceServerJson : JsonSerializerContext;
