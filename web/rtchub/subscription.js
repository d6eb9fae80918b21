// @ts-check
/** @import { Clock } from "./types.js" */
import { Connection } from "./connection.js";

/**
 * @typedef {object} SlotView  what a section shows: docs/protocol.md section 9
 * @property {string} mid
 * @property {string | null} participant
 * @property {"camera" | "screen" | null} source
 * @property {"bandwidth" | null} paused
 */

const freshPollMs = 40;
const freshMostMs = 1500;

/**
 * What we receive from the media service: a few sections that carry different people over time. A section that changes
 * hands is shown again when the new picture is there, so that nobody is ever seen under another's name.
 */
export class Subscription {
  /** @type {Connection} */ connection;
  /** By section. @type {Map<string, SlotView>} */ slots = new Map();
  /** Sections whose present picture is that of whom they carry. @type {Set<string>} */ #fresh = new Set();
  /** Sections that have carried somebody. @type {Set<string>} */ #used = new Set();
  /** One stream per audio section. @type {Map<string, MediaStream>} */ #voices = new Map();
  #request; #secure; #onChange; #clock;
  #queue = Promise.resolve();

  /**
   * @param {object} options
   * @param {() => RTCConfiguration} options.configuration
   * @param {(t: string, d: object) => Promise<any>} options.request
   * @param {(pc: RTCPeerConnection) => void} options.secure  after every offer
   * @param {() => void} options.onChange
   * @param {(error: unknown) => void} [options.onError]
   * @param {typeof RTCPeerConnection} options.RTCPeerConnection
   * @param {Clock} options.clock
   */
  constructor({ configuration, request, secure, onChange, onError, RTCPeerConnection, clock }) {
    this.#request = request;
    this.#secure = secure;
    this.#onChange = onChange;
    this.#clock = clock;
    this.connection = new Connection({
      configuration, onChange, onError, RTCPeerConnection, clock,
      negotiate: (pc, isCurrent) => this.#negotiate(pc, isCurrent),
    });
  }

  /** One stream for each voice that can be heard at a time, in the order of the sections; whose it is changes. @returns {MediaStream[]} */
  get voices() {
    const mids = this.connection.pc?.getTransceivers().map(({ mid }) => mid ?? "") ?? [];
    return [...this.#voices].sort(([a], [b]) => mids.indexOf(a) - mids.indexOf(b)).map(([, stream]) => stream);
  }

  /**
   * The section that carries a video of somebody, and its track once the picture is theirs.
   * @param {string} participant
   * @param {"camera" | "screen"} source
   * @returns {{ slot: SlotView, track: MediaStreamTrack | null } | null}
   */
  find(participant, source) {
    for (const slot of this.slots.values()) {
      if (slot.participant !== participant || slot.source !== source) continue;
      return { slot, track: this.#fresh.has(slot.mid) ? this.transceiver(slot.mid)?.receiver.track ?? null : null };
    }
    return null;
  }

  /** @param {string} mid */
  transceiver(mid) {
    return this.connection.pc?.getTransceivers().find((each) => each.mid === mid) ?? null;
  }

  /** Whether some picture is on its way all the time. */
  get flows() {
    return [...this.slots.values()].some(({ participant, paused }) => participant && !paused);
  }

  /** A new offer of the server, for more sections. @param {{ transport: string, sdp: string }} offer */
  offered({ transport, sdp }) {
    const { pc } = this.connection;
    if (!pc || transport !== this.connection.transport) return;
    void this.#answer(pc, sdp, () => this.connection.pc === pc, transport).catch(() => this.connection.start());
  }

  /** @param {SlotView[]} changed */
  assigned(changed) {
    for (const slot of changed) {
      const before = this.slots.get(slot.mid);
      this.slots.set(slot.mid, slot);
      if (before && before.participant === slot.participant && before.source === slot.source) continue;
      this.#fresh.delete(slot.mid);
      if (slot.participant) void this.#freshen(slot);
    }
    this.#onChange();
  }

  close() {
    this.connection.close();
    this.slots.clear();
    this.#voices.clear();
  }

  /** @param {RTCPeerConnection} pc @param {() => boolean} isCurrent */
  async #negotiate(pc, isCurrent) {
    this.slots.clear();
    this.#fresh.clear();
    this.#used.clear();
    this.#voices.clear();
    pc.ontrack = ({ track, transceiver }) => {
      if (track.kind !== "audio" || !transceiver.mid) return;
      this.#voices.set(transceiver.mid, new MediaStream([track]));
      this.#onChange();
    };
    const { transport, sdp } = await this.#request("subscribe", {});
    if (!isCurrent()) return null;
    this.connection.transport = transport; // the slots may be told before the answer's reply
    await this.#answer(pc, sdp, isCurrent, transport);
    return transport;
  }

  /**
   * @param {RTCPeerConnection} pc
   * @param {string} sdp
   * @param {() => boolean} isCurrent
   * @param {string} transport
   */
  #answer(pc, sdp, isCurrent, transport) {
    const turn = this.#queue.then(async () => {
      if (!isCurrent()) return;
      await pc.setRemoteDescription({ type: "offer", sdp });
      this.#secure(pc);
      await pc.setLocalDescription();
      if (!isCurrent()) return;
      await this.#request("subscribed", { sdp: pc.localDescription?.sdp, transport });
    });
    this.#queue = turn.catch(() => {});
    return turn;
  }

  /** Waits until the first picture of whom the section carries now has been decoded. @param {SlotView} slot */
  async #freshen(slot) {
    const { mid } = slot;
    const first = !this.#used.has(mid);
    this.#used.add(mid);
    const until = this.#clock.now() + freshMostMs;
    const before = first ? 0 : (await this.#keyFrames(mid)) ?? 0;
    while (!first && this.slots.get(mid) === slot && this.#clock.now() < until) {
      if (((await this.#keyFrames(mid)) ?? 0) > before) break;
      await new Promise((resolve) => this.#clock.setTimeout(() => resolve(undefined), freshPollMs));
    }
    const now = this.slots.get(mid);
    if (now?.participant !== slot.participant || now?.source !== slot.source) return;
    this.#fresh.add(mid);
    this.#onChange();
  }

  /** @param {string} mid */
  async #keyFrames(mid) {
    const receiver = this.transceiver(mid)?.receiver;
    if (!receiver) return null;
    for (const stat of (await receiver.getStats()).values()) if (stat.type === "inbound-rtp") return stat.keyFramesDecoded ?? stat.framesDecoded ?? 0;
    return 0;
  }
}
