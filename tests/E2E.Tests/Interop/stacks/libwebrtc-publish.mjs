// libwebrtc, as the npm package @roamhq/wrtc has it, publishes a picture with a code, and a tone: libwebrtc-publish.mjs <endpoint> <code>
import wrtc from "@roamhq/wrtc";
import { exchange, leave, say, told, until } from "./exchange.mjs";
import { draw } from "./picture.mjs";

const [endpoint, code] = process.argv.slice(2);
const { RTCVideoSource, RTCAudioSource } = wrtc.nonstandard;
const [video, audio] = [new RTCVideoSource(), new RTCAudioSource()];
const pc = new wrtc.RTCPeerConnection();
for (const source of [audio, video]) pc.addTransceiver(source.createTrack(), { direction: "sendonly" });
const session = await exchange(pc, endpoint);

let at = 0;
setInterval(() => video.onFrame(draw(Number(code), at = (at + 10) % 320)), 66);

// 10 ms of sound at a time, so many as have passed: a timer alone drifts.
const sampleRate = 48000, block = sampleRate / 100, begun = performance.now();
let sent = 0;
setInterval(() => {
  for (; sent < (performance.now() - begun) / 10; sent++) {
    const samples = Int16Array.from({ length: block }, (_, i) => 8000 * Math.sin(2 * Math.PI * 440 * (sent * block + i) / sampleRate));
    audio.onData({ samples, sampleRate, bitsPerSample: 16, channelCount: 1, numberOfFrames: block });
  }
}, 10);

if (await until(() => pc.connectionState === "connected", 20)) say({ live: true });
await told();
await leave(pc, session);
