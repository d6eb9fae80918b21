using RtcHub.Rtc;
using RtcHub.Rtc.Ice;
using RtcHub.Sfu.Transports;

namespace RtcHub.Sfu.Workers;

/// <summary>
/// Whose datagram is it? By the path that it came on, and, for a connectivity check on a path that is new, by the ufrag of
/// the server in its USERNAME (RFC 8445 section 7.3): that is how a client gets its path in the first place, and a new one
/// after a handover. Paths are entered only after the integrity of such a check has been verified.
/// </summary>
internal sealed class Demultiplexer
{
    private readonly Dictionary<NetworkPath, Transport> _byPath = [];
    private readonly Dictionary<ulong, Transport> _byUfrag = [];

    /// <summary>Paths and ufrags that are known; zero when nobody is there.</summary>
    public int Count => _byPath.Count + _byUfrag.Count;

    public Transport? Find(in NetworkPath path) => _byPath.GetValueOrDefault(path);

    public Transport? FindByUfrag(ulong ufrag) => _byUfrag.GetValueOrDefault(ufrag);

    public void Add(IceCredentials local, Transport transport) => _byUfrag.Add(local.UfragKey, transport);

    /// <summary>
    /// The path belongs to the transport from now on. A browser reuses a port that it had for another transport, and says so
    /// with a check that only the new one can verify.
    /// </summary>
    public void Add(in NetworkPath path, Transport transport) => _byPath[path] = transport;

    public void Remove(IceCredentials local) => _byUfrag.Remove(local.UfragKey);

    public void Remove(in NetworkPath path, Transport transport)
    {
        if (_byPath.TryGetValue(path, out var owner) && owner == transport) _byPath.Remove(path);
    }
}
