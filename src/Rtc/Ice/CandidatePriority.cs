namespace RtcHub.Rtc.Ice;

/// <summary>How candidates, and pairs of them, are put in order.</summary>
public static class CandidatePriority
{
    /// <summary>The most preferred of several addresses of a kind.</summary>
    public const int MaxPreference = ushort.MaxValue;

    /// <summary>
    /// RFC 8445 section 5.1.2.1: <c>2^24 * type preference + 2^8 * local preference + (256 - component)</c>. For TCP the upper three
    /// bits of the local preference say who connects (RFC 6544 section 4.2).
    /// </summary>
    /// <param name="type">Kind of the candidate.</param>
    /// <param name="transport">Every way of UDP but the relay comes before any of TCP.</param>
    /// <param name="preference">0-65535, of which TCP uses the upper 13 bits: larger is better among candidates of one type.</param>
    /// <param name="component">1-256.</param>
    public static uint Compute(CandidateType type, CandidateTransport transport = CandidateTransport.Udp, int preference = MaxPreference, int component = 1)
    {
        var local = transport == CandidateTransport.Udp ? preference : DirectionPreference(type, transport) << 13 | preference >> 3;
        return (uint)TypePreference(type, transport) << 24 | (uint)local << 8 | (uint)(256 - component);
    }

    /// <summary>Section 6.1.2.3; <paramref name="controlling"/> is the priority of the controlling side's candidate.</summary>
    public static ulong OfPair(uint controlling, uint controlled) =>
        ((ulong)Math.Min(controlling, controlled) << 32) + (2UL * Math.Max(controlling, controlled)) + (controlling > controlled ? 1UL : 0UL);

    // Of UDP: as section 5.1.2.2 recommends. Of TCP: RFC 6544 section 4.2 only says that one transport goes below the other.
    private static int TypePreference(CandidateType type, CandidateTransport transport) => (type, transport == CandidateTransport.Udp) switch
    {
        (CandidateType.Host, true) => 126,
        (CandidateType.PeerReflexive, true) => 110,
        (CandidateType.ServerReflexive, true) => 100,
        (CandidateType.Host, false) => 90,
        (CandidateType.PeerReflexive, false) => 80,
        (CandidateType.ServerReflexive, false) => 70,
        _ => 0,
    };

    private static int DirectionPreference(CandidateType type, CandidateTransport transport) =>
        type is CandidateType.Host or CandidateType.Relayed
            ? transport switch
            {
                CandidateTransport.TcpActive => 6,
                CandidateTransport.TcpPassive => 4,
                _ => 2,
            }
            : transport switch
            {
                CandidateTransport.TcpSimultaneousOpen => 6,
                CandidateTransport.TcpActive => 4,
                _ => 2,
            };
}
