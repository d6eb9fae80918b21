namespace RtcHub.E2E.Tests;

/// <summary>
/// Pictures that say whose they are: the upper half is four blocks, black or white, and a bar below moves, so that the encoder has
/// something to do. Read back from the pixels of a tile's video, after encoder, network and decoder.
/// </summary>
internal static class CodedVideo
{
    /// <summary>Gives a page <c>showCode(code)</c>, <c>readCode(peer, kind?)</c> and <c>framesOf(peer)</c>; <c>codedTrack(code)</c> and <c>readPicture(video)</c> any page.</summary>
    public const string Script = """
        () => {
          globalThis.codedTrack = (code, width = 320, height = 240, specks = 0) => {
            const canvas = document.createElement("canvas");
            canvas.width = width; canvas.height = height;
            const g = canvas.getContext("2d");
            g.scale(width / 320, height / 240);
            let at = 0;
            setInterval(() => {
              for (let bit = 0; bit < 4; bit++) {
                g.fillStyle = code >> bit & 1 ? "#fff" : "#000";
                g.fillRect(bit * 80, 0, 80, 120);
              }
              g.fillStyle = "#808080"; g.fillRect(0, 120, 320, 120);
              g.fillStyle = "#e03030"; g.fillRect(at = (at + 10) % 320, 140, 30, 80);
              // Something that costs bits.
              for (let i = 0; i < specks; i++) {
                g.fillStyle = `hsl(${Math.random() * 360} 80% 50%)`;
                g.fillRect(Math.random() * 320, 120 + Math.random() * 120, 8, 8);
              }
            }, 66);
            return canvas.captureStream(15).getVideoTracks()[0];
          };
          globalThis.showCode = (code) => rtchub.call.media.useTracks({ video: codedTrack(code) });
          globalThis.readCode = (peer, kind = "camera") => readPicture(document.querySelector(`[data-test=tile][data-peer="${peer}"][data-kind=${kind}] video`));
          globalThis.readPicture = (video) => {
            if (!video || !video.videoWidth) return -1;
            const canvas = document.createElement("canvas");
            canvas.width = 320; canvas.height = 240;
            const g = canvas.getContext("2d", { willReadFrequently: true });
            g.drawImage(video, 0, 0, 320, 240);
            let code = 0;
            for (let bit = 0; bit < 4; bit++) {
              const [r, , b] = g.getImageData(bit * 80 + 40, 50, 1, 1).data;
              if (Math.abs(r - b) > 40 || (r > 80 && r < 176)) return -1;
              if (r >= 176) code |= 1 << bit;
            }
            return code;
          };
          globalThis.framesOf = async (peer) => {
            let frames = 0;
            for (const report of await rtchub.call.lab.received(peer))
              if (report.kind === "video") frames += report.framesDecoded ?? 0;
            return frames;
          };
        }
        """;
}
