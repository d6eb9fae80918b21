// libwebrtc, as the npm package @roamhq/wrtc has it, plays: libwebrtc-play.mjs <endpoint>
import wrtc from "@roamhq/wrtc";
import { exchange, leave, say, until } from "./exchange.mjs";
import { read } from "./picture.mjs";

const { RTCVideoSink, RTCAudioSink } = wrtc.nonstandard;
const pc = new wrtc.RTCPeerConnection();
const [audio, video] = ["audio", "video"].map((kind) => pc.addTransceiver(kind, { direction: "recvonly" }).receiver.track);
const heard = { frames: 0, code: -1, samples: 0, peak: 0 };
new RTCVideoSink(video).onframe = ({ frame }) => {
  heard.frames++;
  heard.code = read(frame);
};
new RTCAudioSink(audio).ondata = ({ samples }) => {
  heard.samples += samples.length;
  heard.peak = Math.max(heard.peak, ...samples);
};
const session = await exchange(pc, process.argv[2]);
await until(() => heard.frames > 30 && heard.code > 0 && heard.peak > 1000, 25);
say(heard);
await leave(pc, session);
