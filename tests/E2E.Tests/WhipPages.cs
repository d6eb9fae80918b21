namespace RtcHub.E2E.Tests;

/// <summary>What a test does on <c>/publish</c> and <c>/play</c> beside clicking: a picture that says whose it is, and what came of it.</summary>
internal static class WhipPages
{
    /// <summary>
    /// Gives a page <c>showCode(code)</c>, <c>code()</c>, <c>frames()</c> and <c>freezes()</c>, of its WhipClient. The picture takes the
    /// place of the fake camera's; the sound stays that of the fake microphone, which beeps.
    /// </summary>
    public const string Script = "() => { (" + CodedVideo.Script + ")(); (" + Own + ")(); }";

    /// <summary>Whether pictures and sound come, within 40 s.</summary>
    public const string Flows = """
        async () => {
          const before = await frames();
          for (const end = Date.now() + 40_000; Date.now() < end; await new Promise((next) => setTimeout(next, 100)))
            if (await frames() > before + 10 && rtchub.whip.level > 0.001) return true;
          return false;
        }
        """;

    private const string Own = """
        () => {
          globalThis.showCode = (code) => rtchub.whip.replace(codedTrack(code));
          globalThis.code = () => readPicture(document.querySelector("[data-test=whip-video]"));
          const inbound = async (member) => {
            for (const report of (await rtchub.whip.pc.getStats()).values())
              if (report.type === "inbound-rtp" && report.kind === "video") return report[member] ?? 0;
            return 0;
          };
          globalThis.frames = () => inbound("framesDecoded");
          globalThis.freezes = () => inbound("totalFreezesDuration");
        }
        """;
}
