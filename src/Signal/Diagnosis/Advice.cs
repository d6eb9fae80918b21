using System.Text.Json;
using RtcHub.Sfu.Hosting;

namespace RtcHub.Signal.Diagnosis;

/// <summary>What an operator should do, in an operator's words. The page /diag has the same in its own languages.</summary>
internal static class Advice
{
    public const string Stun = "stun", Media = "media", Turn = "turn";

    public static string Name(ProbeOutcome outcome) => JsonNamingPolicy.CamelCase.ConvertName(outcome.ToString());

    /// <summary>Of an address that did not answer as it should.</summary>
    public static string? Of(string kind, ProbeOutcome outcome) => (kind, outcome) switch
    {
        (_, ProbeOutcome.Ok) => null,
        (_, ProbeOutcome.Unresolved) => "The name has no address, seen from the hub: mend it, or its DNS record.",
        (Media, ProbeOutcome.NoAnswer) =>
            "Nothing came back, seen from the hub. If it is the public address of a 1:1 NAT that does not let the machine reach itself by it, this is expected: "
            + "open /diag from outside. Otherwise open the port in firewall and security group, and forward it with the same number.",
        (Media, _) => "Nothing listens there: Sfu:AnnouncedAddresses names another machine, or the port is forwarded to another number.",
        (Turn, ProbeOutcome.NoAnswer) => "The TURN server does not answer the hub: is it running, and does the firewall let this port through?",
        (Turn, ProbeOutcome.Refused) => "No TURN server listens there: start it, or correct the port in Turn:Urls.",
        (Turn, ProbeOutcome.Unauthorized) => "The TURN server refuses the hub's credentials: Turn:Secret must be its static-auth-secret, with use-auth-secret, and its clock must be right.",
        (Turn, ProbeOutcome.NotAllocated) => "The TURN server knows the hub and relays nothing: look at its log, its quotas, and the addresses it relays from.",
        (Turn, ProbeOutcome.NotTrusted) => "Browsers will refuse the certificate of the TURN server: it must be for the name in Turn:Urls, not expired, from an authority that is trusted.",
        (Turn, ProbeOutcome.NotUnderstood) => "Something else than a TURN server with use-auth-secret listens there.",
        (Stun, ProbeOutcome.NotUnderstood) => "Something else listens there: choose another port with Stun:Ports.",
        (Stun, _) => "The hub's own STUN does not answer there, seen from the hub: correct Stun:PublicHost, or open the UDP port.",
        _ => "There is no way from the hub to this address.",
    };

    /// <summary>Of <see cref="Warning.Code"/>.</summary>
    public static Warning Warn(string code) => new(code, code switch
    {
        "noMedia" => "There is no media service: meetings stay peer to peer, and there is no WHIP. Sfu:Mode, or start one.",
        "mediaAway" => "No media service answers the hub: start it, or look at Sfu:Url, Sfu:Secret and its log. Meetings wait for it.",
        "noTcp" => "Media goes by UDP only: people whose network blocks UDP need TURN. Sfu:Tcp=true.",
        "loopbackOnly" => "Media is offered on this machine only: set Sfu:AnnouncedAddresses:0 to an address that others reach.",
        "privateOnly" => "Media is offered on private addresses only: fine on one network. For people outside set Sfu:AnnouncedAddresses:0 to the public address.",
        "noStun" => "There is no STUN: two people behind different NATs will not meet without TURN. Stun:Enabled, Stun:Ports.",
        "noTurn" => "There is no TURN server: two people behind strict NATs will not meet peer to peer. Turn:Urls, Turn:Secret.",
        "noTurnTcp" => "TURN is offered by UDP only: it does not help where UDP is blocked. Add a URL with ?transport=tcp, or turns: on 443.",
        "privateRelay" => "The TURN server relays from a private address though it is reached by a public one: set its external-ip.",
        _ => throw new ArgumentOutOfRangeException(nameof(code), code, null),
    });
}
