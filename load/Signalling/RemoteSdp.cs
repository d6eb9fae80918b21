using System.Globalization;
using RtcHub.Rtc.Dtls;
using RtcHub.Rtc.Ice;

namespace RtcHub.Load.Signalling;

/// <summary>One media section of a server's session description, as far as a client of this tool needs it.</summary>
/// <param name="Kind"><c>audio</c>, <c>video</c> or <c>application</c>.</param>
/// <param name="Mid">RFC 5888.</param>
/// <param name="IsRejected">Port 0 and not bundle-only.</param>
/// <param name="PayloadTypes">Codec in lower case to payload type.</param>
/// <param name="Extensions">URI to id (RFC 8285).</param>
internal sealed record RemoteSection(string Kind, string Mid, bool IsRejected, IReadOnlyDictionary<string, int> PayloadTypes, IReadOnlyDictionary<string, int> Extensions);

/// <summary>
/// A server's offer or answer. Everything is bundled, so credentials, fingerprint and candidates of the first section that has them
/// are those of all.
/// </summary>
internal sealed record RemoteSdp(
    IceCredentials Credentials, Fingerprint Fingerprint, string Setup, IReadOnlyList<Candidate> Candidates, IReadOnlyList<RemoteSection> Sections)
{
    /// <exception cref="FormatException">Something that a WebRTC server has to say is not said.</exception>
    public static RemoteSdp Parse(string sdp)
    {
        var lines = sdp.Split('\n').Select(line => line.TrimEnd('\r')).ToList();
        if (!IceCredentials.TryCreate(First(lines, "a=ice-ufrag:"), First(lines, "a=ice-pwd:"), out var credentials))
            throw new FormatException("The session description has no ICE credentials.");
        if (!Fingerprint.TryParse(First(lines, "a=fingerprint:"), out var fingerprint))
            throw new FormatException("The session description has no fingerprint.");

        var candidates = new List<Candidate>();
        foreach (var line in lines)
        {
            if (line.StartsWith("a=candidate:", StringComparison.Ordinal) && Candidate.TryParse(line, out var candidate, out _) && !candidates.Contains(candidate))
                candidates.Add(candidate);
        }

        return new RemoteSdp(credentials, fingerprint, First(lines, "a=setup:") ?? "passive", candidates, [.. SectionsOf(lines)]);
    }

    /// <summary>The first section of a kind that was not rejected.</summary>
    public RemoteSection? Find(string kind) => Sections.FirstOrDefault(section => section.Kind == kind && !section.IsRejected);

    private static IEnumerable<RemoteSection> SectionsOf(List<string> lines)
    {
        var starts = Enumerable.Range(0, lines.Count).Where(i => lines[i].StartsWith("m=", StringComparison.Ordinal)).Append(lines.Count).ToList();
        for (var i = 0; i + 1 < starts.Count; i++)
        {
            var section = lines[starts[i]..starts[i + 1]];
            var words = section[0][2..].Split(' ');
            yield return new RemoteSection(
                words[0],
                First(section, "a=mid:") ?? i.ToString(CultureInfo.InvariantCulture),
                words[1] == "0" && !section.Contains("a=bundle-only"),
                Pairs(section, "a=rtpmap:").GroupBy(pair => pair.Value.Split('/')[0].ToLowerInvariant()).ToDictionary(group => group.Key, group => group.First().Number),
                Pairs(section, "a=extmap:").DistinctBy(pair => pair.Value).ToDictionary(pair => pair.Value.Split(' ')[0], pair => pair.Number));
        }
    }

    // "96 VP8/90000", "4/sendonly urn:...": a number, perhaps a direction, and what it stands for.
    private static IEnumerable<(int Number, string Value)> Pairs(List<string> lines, string prefix)
    {
        foreach (var line in lines.Where(line => line.StartsWith(prefix, StringComparison.Ordinal)))
        {
            var words = line[prefix.Length..].Split(' ', 2);
            if (words.Length == 2 && int.TryParse(words[0].Split('/')[0], NumberStyles.None, null, out var number)) yield return (number, words[1]);
        }
    }

    private static string? First(IEnumerable<string> lines, string prefix) =>
        lines.FirstOrDefault(line => line.StartsWith(prefix, StringComparison.Ordinal))?[prefix.Length..];
}
