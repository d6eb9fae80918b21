namespace RtcHub.E2E.Tests;

/// <summary>Publishing by WHIP and playing by WHEP from a page, with nothing but what browsers have.</summary>
internal static class WhipScript
{
    /// <summary>
    /// Gives a page <c>publish(room, code)</c>, <c>play(room)</c>, <c>code()</c>, <c>frames()</c>, <c>loudness()</c> and <c>freezes()</c>.
    /// The picture is four blocks, black or white, over a bar that moves; the sound that of the fake microphone.
    /// </summary>
    public const string Text = """
        () => {
          const coded = (code) => {
            const canvas = document.createElement("canvas");
            canvas.width = 320; canvas.height = 240;
            const g = canvas.getContext("2d");
            let at = 0;
            setInterval(() => {
              for (let bit = 0; bit < 4; bit++) {
                g.fillStyle = code >> bit & 1 ? "#fff" : "#000";
                g.fillRect(bit * 80, 0, 80, 120);
              }
              g.fillStyle = "#808080"; g.fillRect(0, 120, 320, 120);
              g.fillStyle = "#e03030"; g.fillRect(at = (at + 10) % 320, 140, 30, 80);
            }, 66);
            return canvas.captureStream(15).getVideoTracks()[0];
          };
          // The browsers' fake microphones beep; what an AudioContext plays is silence until somebody touches the page.
          const tone = async () => (await navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: false, noiseSuppression: false } })).getAudioTracks()[0];
          const negotiate = async (pc, url) => {
            await pc.setLocalDescription();
            const response = await fetch(url, { method: "POST", headers: { "content-type": "application/sdp" }, body: pc.localDescription.sdp });
            if (response.status !== 201) return `${response.status} ${response.headers.get("retry-after")}`;
            globalThis.resource = response.headers.get("location");
            await pc.setRemoteDescription({ type: "answer", sdp: await response.text() });
            return "201";
          };
          globalThis.publish = async (room, code) => {
            const pc = globalThis.pc = new RTCPeerConnection();
            for (const track of [await tone(), coded(code)]) pc.addTransceiver(track, { direction: "sendonly" });
            return negotiate(pc, `/whip/${room}`);
          };
          globalThis.play = async (room) => {
            const pc = globalThis.pc = new RTCPeerConnection();
            for (const kind of ["audio", "video"]) pc.addTransceiver(kind, { direction: "recvonly" });
            const video = globalThis.video = document.createElement("video");
            Object.assign(video, { muted: true, autoplay: true, playsInline: true, srcObject: new MediaStream(pc.getReceivers().map((r) => r.track)) });
            document.body.append(video);
            return negotiate(pc, `/whep/${room}`);
          };
          globalThis.code = () => {
            if (!video.videoWidth) return -1;
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
          const inbound = async (kind, member) => {
            for (const report of (await pc.getStats()).values())
              if (report.type === "inbound-rtp" && report.kind === kind) return report[member] ?? 0;
            return 0;
          };
          globalThis.frames = () => inbound("video", "framesDecoded");
          globalThis.freezes = () => inbound("video", "totalFreezesDuration");
          globalThis.loudness = async () => {
            const [sync] = pc.getReceivers()[0].getSynchronizationSources();
            return sync?.audioLevel ?? 0;
          };
        }
        """;
}
