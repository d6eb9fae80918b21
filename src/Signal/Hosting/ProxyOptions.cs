using System.ComponentModel.DataAnnotations;
using System.Net;

namespace RtcHub.Signal.Hosting;

/// <summary>Section <c>Proxy</c>: who stands between clients and the hub, and may say whom it speaks for.</summary>
internal sealed class ProxyOptions : IValidatableObject
{
    public const string Section = "Proxy";

    /// <summary>
    /// Addresses or networks (<c>10.0.0.0/8</c>) of proxies whose <c>X-Forwarded-For</c> and <c>X-Forwarded-Proto</c> are believed.
    /// What anybody else says in these headers is ignored.
    /// </summary>
    public IList<string> Trusted { get; } = [];

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Trusted.FirstOrDefault(each => !TryParse(each, out _)) is { } wrong)
            yield return new ValidationResult($"Proxy:Trusted must be IP addresses or networks such as 10.0.0.0/8; '{wrong}' is none.");
    }

    internal static bool TryParse(string text, out IPNetwork network)
    {
        if (IPNetwork.TryParse(text, out network)) return true;
        if (!IPAddress.TryParse(text, out var address)) return false;
        network = new IPNetwork(address, address.GetAddressBytes().Length * 8);
        return true;
    }
}
