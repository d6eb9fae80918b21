namespace RtcHub.E2E.Tests.NatLab;

/// <summary>What is between a home and the public segment.</summary>
public enum Nat
{
    /// <summary>A port of the home is one port outside, and whoever knows it may send there.</summary>
    FullCone,

    /// <summary>A port of the home is one port outside; only those may send there to whom something was sent.</summary>
    PortRestricted,

    /// <summary>Another port outside for each address and port that is sent to.</summary>
    Symmetric,

    /// <summary>A port-restricted NAT behind that of the provider.</summary>
    TwoLayers,

    /// <summary>A firewall that lets no UDP through at all.</summary>
    UdpBlocked,
}

/// <summary>The behaviour of a NAT in the words of RFC 4787, and what follows from it for two who want to meet (RFC 5128, RFC 8445).</summary>
/// <param name="Udp">Whether UDP gets through at all.</param>
/// <param name="IndependentMapping">Endpoint-independent mapping (section 4.1).</param>
/// <param name="IndependentFiltering">Endpoint-independent filtering (section 5).</param>
internal readonly record struct NatBehaviour(bool Udp, bool IndependentMapping, bool IndependentFiltering)
{
    public static NatBehaviour Of(Nat nat) => nat switch
    {
        Nat.FullCone => new(true, true, true),
        Nat.PortRestricted or Nat.TwoLayers => new(true, true, false),
        Nat.Symmetric => new(true, false, false),
        _ => default,
    };

    /// <summary>
    /// Whether two meet without a relay. Both send to the address that the STUN server saw of the other. Where that is not the one
    /// from which the other's checks really come (dependent mapping), they get in only past a filter that asks for nothing.
    /// </summary>
    public static bool Meet(NatBehaviour a, NatBehaviour b) =>
        a.Udp && b.Udp && (a.IndependentMapping || b.IndependentFiltering) && (b.IndependentMapping || a.IndependentFiltering);

    /// <summary>What the lab page makes of it, which sees mappings and no filters.</summary>
    public string Verdict => this switch
    {
        { Udp: false } => "blocked",
        { IndependentMapping: true } => "cone",
        _ => "symmetric",
    };
}
