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
  { rid: "q", maxBitrate: 150_000 },
  { rid: "h", maxBitrate: 500_000 },
  { rid: "f", maxBitrate: 1_800_000 },
];
const screen = [{ maxBitrate: 2_500_000 }];

/**
 * By how much each size is smaller than the camera's. Of a small picture Chromium sends two sizes or one, the first ones: then the
 * last of those has to be the whole picture. From 960 x 540 on there are three, from 480 x 270 two.
 * @param {{ width?: number, height?: number }} settings  of the track
 */
export function scalesOf({ width = 1280, height = 720 }) {
  const pixels = width * height;
  return pixels >= 960 * 540 ? [4, 2, 1] : pixels >= 480 * 270 ? [2, 1, 1] : [1, 1, 1];
}

/** @param {MediaStreamTrack | null | undefined} track */
function encodingsOf(track) {
  const scales = scalesOf(track?.getSettings() ?? {});
  return simulcast.map((each, i) => ({ ...each, scaleResolutionDownBy: scales[i] }));
}

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

  /** Whether something goes out all the time: sound, or a picture that somebody watches. */
  get sends() {
    return sections.some(({ slot, source, kind }) => this.#outgoing.tracks[slot] && (kind === "audio" || this.#watched.get(source)?.length !== 0));
  }

  /** @param {Outgoing} outgoing */
  setOutgoing(outgoing) {
    this.#outgoing = outgoing;
    for (const [slot, { sender }] of this.#transceivers) {
      const track = outgoing.tracks[slot] ?? null;
      if (sender.track === track) continue;
      sender.replaceTrack(track).catch(() => {});
      if (slot === "video" && track) fit(sender, track);
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
      const sendEncodings = slot === "video" ? encodingsOf(tracks.video) : slot === "screen" ? screen : undefined;
      this.#transceivers.set(slot, pc.addTransceiver(tracks[slot] ?? kind, { direction: "sendonly", streams: [stream], ...(sendEncodings && { sendEncodings }) }));
    }
    this.#secure(pc);
    await pc.setLocalDescription();
    if (!isCurrent()) return null;
    const sources = sections.map(({ slot, source }) => ({ mid: this.#transceivers.get(slot)?.mid, source }));
    // The server's end is ICE-lite: it answers our checks and needs no candidates of ours.
    const { transport, sdp } = await this.#request("publish", { sdp: pc.localDescription?.sdp, sources });
    if (!isCurrent()) return null;
    this.connection.transport = transport; // the layers may be told at once
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

/** Another camera may have another size. @param {RTCRtpSender} sender @param {MediaStreamTrack} track */
function fit(sender, track) {
  const parameters = sender.getParameters();
  const scales = scalesOf(track.getSettings());
  if (parameters.encodings?.length !== scales.length || parameters.encodings.every((each, i) => each.scaleResolutionDownBy === scales[i])) return;
  parameters.encodings.forEach((each, i) => { each.scaleResolutionDownBy = scales[i]; });
  sender.setParameters(parameters).catch(() => {});
}
