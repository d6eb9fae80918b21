namespace RtcHub.Rtc;

/// <summary>
/// How a datagram came and how its answer goes back: the 5-tuple as a value. The local half is a number that whoever owns
/// the sockets gave: a local UDP address, or one TCP connection (RFC 6544), so that one address on two paths is two paths.
/// </summary>
/// <param name="Remote">Where the peer is.</param>
/// <param name="Local">The socket; means nothing outside the worker that owns it.</param>
public readonly record struct NetworkPath(Address Remote, int Local);
