// @ts-check
/** @import { Clock } from "./types.js" */
/** @import { Outgoing, Slot } from "./slots.js" */
import { Connection } from "./connection.js";

/** @type {{ slot: Slot, source: string, kind: "audio" | "video" }[]} In the order of the media sections. */
const sections = [
  { slot: "audio", source: "microphone", kind: "audio" },
  { slot: "video", source: "camera", kind: "video" },
  { slot: "screen", source: "screen", kind: "video" },
  { slot: "screenAudio", source: "screenAudio", kind: "audio" },
];

/** The camera goes out in three sizes; whoever sees a small tile gets a small one. The smallest first (RFC 8853). */
const simulcast = [
  { rid: "q", scaleResolutionDownBy: 4, maxBitrate: 150_000 },
  { rid: "h", scaleResolutionDownBy: 2, maxBitrate: 500_000 },
  { rid: "f", scaleResolutionDownBy: 1, maxBitrate: 1_800_000 },
];
const screen = [{ maxBitrate: 2_500_000 }];

/**
 * What we send to the media service: all four sections are there from the start, so that switching a camera or a screen
 * on is putting a track on its sender and never needs another negotiation.
 */
export class Publication {
  /** @type {Connection} */ connection;
  #outgoing; #request; #secure;
  /** @type {Map<Slot, RTCRtpTransceiver>} */ #transceivers = new Map();
  /** Rids that somebody watches; what is not here has not been said. @type {Map<string, string[]>} */ #watched = new Map();

  /**
   * @param {object} options
   * @param {Outgoing} options.outgoing
   * @param {() => RTCConfiguration} options.configuration
   * @param {(t: string, d: object) => Promise<any>} options.request
   * @param {(pc: RTCPeerConnection) => void} options.secure  before every offer
   * @param {() => void} options.onChange
   * @param {typeof RTCPeerConnection} options.RTCPeerConnection
   * @param {Clock} options.clock
   */
  constructor({ outgoing, configuration, request, secure, onChange, RTCPeerConnection, clock }) {
    this.#outgoing = outgoing;
    this.#request = request;
    this.#secure = secure;
    this.connection = new Connection({
      configuration, onChange, RTCPeerConnection, clock,
      negotiate: (pc, isCurrent) => this.#negotiate(pc, isCurrent),
    });
  }

  /** @param {Outgoing} outgoing */
  setOutgoing(outgoing) {
    this.#outgoing = outgoing;
    for (const [slot, { sender }] of this.#transceivers) {
      const track = outgoing.tracks[slot] ?? null;
      if (sender.track !== track) sender.replaceTrack(track).catch(() => {});
    }
  }

  /**
   * Only these layers are watched: the others need not be encoded.
   * @param {string} source
   * @param {string[]} rids
   */
  setLayers(source, rids) {
    this.#watched.set(source, rids);
    this.#limit(source);
  }

  /** @param {RTCPeerConnection} pc @param {() => boolean} isCurrent */
  async #negotiate(pc, isCurrent) {
    this.#transceivers.clear();
    this.#watched.clear();
    for (const { slot, kind } of sections) {
      const { tracks, camera, screen: screenStream } = this.#outgoing;
      const stream = slot === "audio" || slot === "video" ? camera : screenStream;
      const sendEncodings = slot === "video" ? simulcast.map((each) => ({ ...each })) : slot === "screen" ? screen : undefined;
      this.#transceivers.set(slot, pc.addTransceiver(tracks[slot] ?? kind, { direction: "sendonly", streams: [stream], ...(sendEncodings && { sendEncodings }) }));
    }
    this.#secure(pc);
    await pc.setLocalDescription();
    if (!isCurrent()) return null;
    const sources = sections.map(({ slot, source }) => ({ mid: this.#transceivers.get(slot)?.mid, source }));
    // The server's end is ICE-lite: it answers our checks and needs no candidates of ours.
    const { transport, sdp } = await this.#request("publish", { sdp: pc.localDescription?.sdp, sources });
    if (!isCurrent()) return null;
    await pc.setRemoteDescription({ type: "answer", sdp });
    return transport;
  }

  /** @param {string} source */
  #limit(source) {
    const slot = sections.find((each) => each.source === source)?.slot;
    const sender = slot && this.#transceivers.get(slot)?.sender;
    const rids = this.#watched.get(source);
    const parameters = sender?.getParameters();
    if (!sender || !rids || !parameters?.encodings?.length) return;
    let changed = false;
    for (const encoding of parameters.encodings) {
      const active = parameters.encodings.length === 1 ? rids.length > 0 : rids.includes(encoding.rid ?? "");
      changed ||= encoding.active !== active;
      encoding.active = active;
    }
    if (changed) sender.setParameters(parameters).catch(() => {});
  }

  close() {
    this.connection.close();
  }
}
