using RtcHub.Rtc.Srtp;

namespace RtcHub.Rtc.Dtls;

/// <summary>Who speaks first: <c>a=setup:active</c> is the client, <c>passive</c> the server (RFC 5763 section 5).</summary>
public enum DtlsRole
{
    /// <summary>Sends the ClientHello.</summary>
    Client,

    /// <summary>Waits for it.</summary>
    Server,
}

/// <summary>Where an association stands; it only moves forward.</summary>
public enum DtlsState
{
    /// <summary>No keys yet.</summary>
    Handshaking,

    /// <summary>The peer has proved that it owns the certificate of its fingerprint; there are keys.</summary>
    Connected,

    /// <summary>One of the two said goodbye (close_notify).</summary>
    Closed,

    /// <summary>There never were keys, and there will be none.</summary>
    Failed,
}

/// <summary>Why there will be no keys.</summary>
public enum DtlsFailure
{
    /// <summary>It did not fail.</summary>
    None,

    /// <summary>The two could not agree, or the peer gave up with an alert.</summary>
    Handshake,

    /// <summary>The peer's certificate is not the one of its SDP (RFC 8122 section 6.2).</summary>
    WrongFingerprint,

    /// <summary>No SRTP profile in common (RFC 5764 section 4.1.1).</summary>
    NoSrtpProfile,

    /// <summary>30 seconds have passed.</summary>
    Timeout,
}

/// <summary>
/// One end of a DTLS 1.2 association (RFC 6347) that agrees on SRTP keys (RFC 5764) and carries nothing else: application data
/// is ignored. Used by one thread. Datagrams that are garbage, forged or late do no harm and throw nothing.
/// </summary>
public interface IDtls : IDisposable
{
    /// <summary>No datagram to send is longer, in bytes: fits any path of the Internet (RFC 8831 section 5 has the same).</summary>
    const int MaxDatagram = 1200;

    /// <summary>Where it stands.</summary>
    DtlsState State { get; }

    /// <summary>Why it failed.</summary>
    DtlsFailure Failure { get; }

    /// <summary>From <see cref="DtlsState.Connected"/> on, with the roles resolved: the local half seals what we send.</summary>
    SrtpKeys? Keys { get; }

    /// <summary>Microseconds; when <see cref="Timeout"/> wants to be called, <see cref="long.MaxValue"/> for never.</summary>
    long NextTimeout { get; }

    /// <summary>Begins the 30 seconds of the handshake; a client says hello.</summary>
    void Start(long now);

    /// <summary>A datagram that the first byte says is DTLS (20-63, RFC 7983).</summary>
    void Receive(long now, ReadOnlySpan<byte> datagram);

    /// <summary>
    /// The next datagram to send; poll after each of the other calls until there is none. False, too, when
    /// <paramref name="datagram"/> is shorter than <see cref="MaxDatagram"/> and it does not fit.
    /// </summary>
    bool TryPoll(Span<byte> datagram, out int length);

    /// <summary>Time has passed; harmless when it is early.</summary>
    void Timeout(long now);

    /// <summary>Says goodbye. The keys stay readable.</summary>
    void Close(long now);
}
