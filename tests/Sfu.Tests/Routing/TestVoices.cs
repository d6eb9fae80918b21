using RtcHub.Sfu.Routing;
using RtcHub.Sfu.Tests.Routing.Route;

namespace RtcHub.Sfu.Tests.Routing;

/// <summary>People with microphones around a stage, on a clock that only <see cref="Run"/> moves.</summary>
internal sealed class TestVoices(int places)
{
    private const long Packet = 20_000;

    private readonly List<(PublisherTrack Track, byte[] Level)> _voices = [];

    public Stage Stage { get; } = new(places);

    public Speakers Speakers { get; } = new();

    /// <summary>µs.</summary>
    public long Now { get; private set; } = 1_000_000;

    /// <summary>What was told, and when.</summary>
    public List<(long Time, string Names)> Told { get; } = [];

    /// <summary>How often somebody else was in a place.</summary>
    public int Changes { get; private set; }

    public PublisherTrack Add(string name)
    {
        var codec = new NegotiatedCodec("audio/opus", RtcHub.Rtc.Rtp.PayloadFormat.Opus, 48_000, 111, 0, "audio/opus", false);
        var track = new PublisherTrack(name, new TestTransport(name, () => Now), new IncomingSection("0", MediaKind.Audio, [codec], [], []));
        _voices.Add((track, [127]));
        Stage.Add(track);
        Seat();
        return track;
    }

    public void Leave(PublisherTrack track)
    {
        _voices.RemoveAll(voice => voice.Track == track);
        Stage.Remove(track);
        Seat();
    }

    /// <summary>From now on, in -dBov.</summary>
    public void Speak(PublisherTrack track, byte level) => _voices.Find(voice => voice.Track == track).Level[0] = level;

    public void Mute(PublisherTrack track, bool muted)
    {
        track.Mute(muted, Now);
        Seat();
    }

    public void Run(double seconds, Action? each = null)
    {
        for (var end = Now + (long)(seconds * 1e6); Now < end; Now += Packet)
        {
            each?.Invoke();
            foreach (var (track, level) in _voices)
            {
                if (!track.Muted) track.Loudness!.Receive(Now, level[0]);
            }

            if (Now / Packet % 2 != 0) continue;
            Stage.Measure(Now);
            Seat();
            if (Speakers.Update(Now, Stage)) Told.Add((Now, string.Join(' ', Speakers.Told)));
        }
    }

    private void Seat()
    {
        if (Stage.Seat(Now)) Changes++;
    }
}
