// werift, WebRTC in TypeScript, plays; it decodes nothing, so it tells of packets, and of VP8's keyframes what they say of themselves.
import { RTCPeerConnection, Vp8RtpPayload, useOPUS, useVP8 } from "werift";
import { exchange, leave, say, until } from "./exchange.mjs";

const pc = new RTCPeerConnection({ codecs: { audio: [useOPUS()], video: [useVP8()] } });
const heard = { videoPackets: 0, audioPackets: 0, frames: 0, keyframes: 0, width: 0, height: 0 };
pc.onTrack.subscribe((track) => track.onReceiveRtp.subscribe(({ header, payload }) => {
  heard[`${track.kind}Packets`]++;
  if (track.kind !== "video") return;
  if (header.marker) heard.frames++;
  const vp8 = Vp8RtpPayload.deSerialize(payload);
  if (!vp8.isKeyframe) return;
  // RFC 6386, section 9.1: frame tag, start code, width and height of 14 bits.
  const key = vp8.payload;
  Object.assign(heard, { keyframes: heard.keyframes + 1, width: key.readUInt16LE(6) & 0x3fff, height: key.readUInt16LE(8) & 0x3fff });
}));
for (const kind of ["audio", "video"]) pc.addTransceiver(kind, { direction: "recvonly" });
const session = await exchange(pc, process.argv[2]);
await until(() => heard.frames > 30 && heard.keyframes > 0 && heard.audioPackets > 100, 25);
say(heard);
await leave(pc, session);
