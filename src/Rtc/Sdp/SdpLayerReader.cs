namespace RtcHub.Rtc.Sdp;

/// <summary>Collects <c>a=rid</c> (RFC 8851) and <c>a=simulcast</c> (RFC 8853).</summary>
internal sealed class SdpLayerReader
{
    private readonly List<SdpRid> _rids = [];

    public SdpSimulcast? Simulcast { get; private set; }

    // rid:<id> (send|recv) [<restrictions>]
    public SdpFault TakeRid(ReadOnlySpan<char> value)
    {
        var words = new SdpWords(value);
        if (!words.TryNext(out var id) || !words.TryNext(out var direction) || !SdpWords.IsRid(id) || direction is not ("send" or "recv"))
            return "A rid is 1 to 16 letters, digits, '-' and '_', then send or recv.";
        var rid = new SdpRid(id.ToString(), direction is "send", words.Rest.ToString());
        var before = _rids.Find(each => each.Id == rid.Id);
        if (before is not null) return before == rid ? default : SdpReader.Said("The rid");
        return SdpSectionReader.Add(_rids, rid);
    }

    // simulcast:(send|recv) <list> [(recv|send) <list>], for example "send 1,2;~3 recv 4"
    public SdpFault TakeSimulcast(ReadOnlySpan<char> value)
    {
        const string Why = "simulcast is send or recv and a list of rids, and perhaps the same for the other direction.";
        SdpList<SdpLayer>? send = null, receive = null;
        var words = new SdpWords(value);
        while (words.TryNext(out var direction))
        {
            if (!words.TryNext(out var list) || !TryLayers(list, out var layers)) return Why;
            if (direction is "send" && send is null) send = layers;
            else if (direction is "recv" && receive is null) receive = layers;
            else return Why;
        }

        if (send is null && receive is null) return Why;
        var simulcast = new SdpSimulcast(send ?? [], receive ?? []);
        if (Simulcast is not null && Simulcast != simulcast) return SdpReader.Said("simulcast");
        Simulcast = simulcast;
        return default;
    }

    public SdpList<SdpRid> BuildRids() => [.. _rids];

    // Layers stand between semicolons, alternatives between commas, and what begins paused has a tilde in front.
    private static bool TryLayers(ReadOnlySpan<char> list, out SdpList<SdpLayer> layers)
    {
        var found = new List<SdpLayer>();
        layers = [];
        foreach (var layer in list.Split(';'))
        {
            var choices = new List<SdpLayerChoice>();
            var alternatives = list[layer];
            foreach (var choice in alternatives.Split(','))
            {
                var rid = alternatives[choice];
                var isPaused = rid.StartsWith('~');
                if (isPaused) rid = rid[1..];
                if (!SdpWords.IsRid(rid) || found.Count + choices.Count >= SdpText.MaxItems) return false;
                choices.Add(new SdpLayerChoice(rid.ToString(), isPaused));
            }

            found.Add(new SdpLayer([.. choices]));
        }

        layers = [.. found];
        return true;
    }
}
