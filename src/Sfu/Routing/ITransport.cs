namespace RtcHub.Sfu.Routing;

/// <summary>
/// The seam between routing and the wire: plain RTP and RTCP out (in: <see cref="Publisher.Receive"/> and
/// <see cref="Subscriber.ReceiveRtcp"/>). All calls come from the thread of the worker.
/// </summary>
internal interface ITransport
{
    /// <summary>The id that the control API gave out.</summary>
    string Id { get; }

    /// <summary>Whose transport it is.</summary>
    string Participant { get; }

    /// <summary>Whether it has keys; before that nothing can be sent.</summary>
    bool IsConnected { get; }

    /// <summary>Room for the header of the next RTP packet, in the batch that is about to be sent; 256 bytes at least.</summary>
    Span<byte> BeginRtp();

    /// <summary>Seals the payload behind the header that was written at <see cref="BeginRtp"/>, and queues the packet.</summary>
    /// <param name="headerLength">Bytes of the header.</param>
    /// <param name="payload">Shared with other subscribers; only read.</param>
    /// <param name="index">The SRTP packet index, 48 bits: the extended sequence number of the stream (RFC 3711 section 3.3.1).</param>
    void SendRtp(int headerLength, ReadOnlySpan<byte> payload, ulong index);

    /// <summary>Seals and queues an RTCP packet (RFC 3550 section 6.1, RFC 5506).</summary>
    void SendRtcp(ReadOnlySpan<byte> packet);

    /// <summary>Something that this transport has to do soon has come up elsewhere: its next time-out is another.</summary>
    void Reschedule();
}
