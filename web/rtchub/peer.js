// @ts-check
/** @import { Clock, Participant } from "./types.js" */
/** @import { CandidateFilter } from "./negotiation.js" */
/** @import { LogEntry } from "./journal.js" */
/** @import { Outgoing } from "./slots.js" */
/** @import { Quality, Stats } from "./stats.js" */
import { Journal } from "./journal.js";
import { Negotiation } from "./negotiation.js";
import { Slots } from "./slots.js";
import { measure, parse } from "./stats.js";

/**
 * @typedef {object} PeerOptions
 * @property {string} id
 * @property {boolean} polite
 * @property {boolean} waits  the other side makes the first offer
 * @property {() => RTCConfiguration} configuration
 * @property {() => { outgoing: Outgoing, maySend: boolean, mayReceive: boolean, trickle: boolean, filter: CandidateFilter }} shared
 *   what the mesh decides for all
 * @property {(type: string, d: object) => void} send
 * @property {() => void} onChange
 * @property {() => void} onConnected  also each time after a recovery
 * @property {(entry: LogEntry) => void} onLog
 * @property {(channel: RTCDataChannel) => void} onChannel
 * @property {(pc: RTCPeerConnection) => void} [secure]  whenever transceivers have come
 * @property {typeof RTCPeerConnection} RTCPeerConnection
 * @property {Clock} clock
 */

const firstOfferMs = 5000;   // a newcomer's patience for the first offer
const connectMs = 15_000;    // from a new connection to `connected`
const disconnectedMs = 3000; // often heals by itself
const restartMs = 10_000;    // from an ICE restart to `connected`
const restartsMost = 2;
const rejoinsMost = 5;
const speaking = { level: 0.02, holdMs: 1500 };

/**
 * Our side of the connection to one participant. It outlives the `RTCPeerConnection`: first ICE is restarted, and when
 * that does not help a new connection with a new tag takes over the same tracks. While the signalling of either side is
 * down nothing could be negotiated, so media is left as it is and recovery waits.
 */
export class Peer {
  /** @type {RTCPeerConnection} */ pc;
  /** @type {MediaStream | null} */ camera = null;
  /** @type {MediaStream | null} */ screen = null;
  /** @type {Quality | null} */ quality = null;
  level = 0;
  speaking = false;
  /** @type {Journal} */ journal;

  #options;
  /** @type {Negotiation} */ #negotiation;
  /** @type {Slots} */ #slots;
  /** @type {string | null} */ #remoteTag = null;
  /** Tags of connections that the other side, or we, have given up: what still comes of them is dropped. @type {Set<string>} */
  #retired = new Set();
  /** @type {Record<string, string>} */ #announced = {};
  #signalling = true;
  #owed = false;
  #restarts = 0;
  #rejoins = 0;
  #wasConnected = false;
  #gaveUp = false;
  /** @type {any} */ #timer = null;
  /** @type {Stats | null} */ #stats = null;
  /** @type {string | null} */ #pairId = null;
  #spokeAt = -Infinity;
  #caps = { video: 0, screen: 0 };

  /** @param {PeerOptions} options */
  constructor(options) {
    this.#options = options;
    this.journal = new Journal(options);
    ({ pc: this.pc, negotiation: this.#negotiation, slots: this.#slots } = this.#open(options.waits));
  }

  get id() {
    return this.#options.id;
  }

  /** @returns {"new" | "connecting" | "connected" | "recovering" | "failed"} */
  get connection() {
    const { connectionState } = this.pc;
    if (this.#gaveUp) return "failed";
    if (connectionState === "connected") return "connected";
    if (this.#wasConnected) return "recovering";
    return connectionState === "new" ? "new" : "connecting";
  }

  /**
   * A message of the other side. A new tag on an offer says that it has started afresh, and so do we.
   * @param {"offer" | "answer" | "candidate"} type
   * @param {any} d
   */
  receive(type, d) {
    if (this.#retired.has(d.pc)) return;
    if (this.#remoteTag === null) this.#remoteTag = d.pc;
    if (this.#remoteTag !== d.pc) {
      if (type !== "offer") return;
      this.#replace(true);
      this.#remoteTag = d.pc;
    }
    this.journal.received(type, d);
    if (d.streams) Object.assign(this.#announced, d.streams);
    this.#negotiation.receive(type, d);
  }

  /** Own tracks or rights have changed. */
  refresh() {
    const { outgoing, trickle, filter, ...rights } = this.#options.shared();
    this.#negotiation.trickle = trickle;
    this.#negotiation.filter = filter;
    // A connection that waits for its first offer takes the transceivers that the offer brings.
    if (this.#slotted) this.#slots.apply(outgoing, rights);
    this.#options.secure?.(this.pc);
  }
  #slotted = false;

  /** @param {{ video: number, screen: number }} caps */
  limit(caps) {
    this.#caps = caps;
    this.#slots.limit(caps);
  }

  /** Whether both sides have their socket. @param {boolean} up */
  setSignalling(up) {
    this.#signalling = up;
    if (!up || !this.#owed) return;
    this.#owed = false;
    if (this.pc.connectionState !== "connected") this.#recover();
  }

  /** Signalling has lost messages: says again what may not have arrived. */
  resync() {
    const { signalingState, iceConnectionState } = this.pc;
    if (signalingState !== "stable") this.#negotiation.resend();
    else if (iceConnectionState !== "connected" && iceConnectionState !== "completed") this.restartIce();
  }

  restartIce() {
    this.pc.restartIce();
    this.#expect(restartMs);
  }

  /** Nothing comes by the path in use any more. */
  unheard() {
    this.journal.add("unheard", "");
    this.restartIce();
  }

  /** A new offer with the same credentials. */
  reoffer() {
    this.#negotiation.offer();
  }

  /** Starts over with all attempts, by the user's wish. */
  retry() {
    this.#restarts = this.#rejoins = 0;
    if (this.pc.connectionState === "connected") return;
    if (this.#gaveUp) this.#rejoin();
    else this.#recover();
  }

  /** Another connection takes over the same tracks, by somebody's wish. */
  renew() {
    this.#rejoins = 0;
    this.#rejoin();
  }

  /** @param {string} label */
  openChannel(label) {
    return this.pc.createDataChannel(label);
  }

  /** Once a second. */
  async measure() {
    if (this.pc.connectionState === "closed" || this.pc.connectionState === "new") return;
    const { pc } = this;
    const now = parse(await pc.getStats());
    if (pc !== this.pc) return;
    const { quality, level, pairId } = measure(now, this.#stats);
    this.#stats = now;
    this.quality = quality && this.connection !== "connected" ? { ...quality, score: 0 } : quality;
    this.level = Math.max(level, this.#momentaryLevel());
    const time = this.#options.clock.now();
    if (this.level >= speaking.level) this.#spokeAt = time;
    this.speaking = time - this.#spokeAt < speaking.holdMs;
    if (pairId !== this.#pairId) {
      this.#pairId = pairId;
      if (pairId) this.journal.add("selected-pair", { local: now.local, remote: now.remote });
    }
  }

  /** As the last packet says (RFC 6464). Statistics hear what is played: nothing of somebody who is turned down to zero. */
  #momentaryLevel() {
    const track = this.camera?.getAudioTracks()[0];
    const receiver = track && this.pc.getReceivers().find((r) => r.track === track);
    return Math.max(0, ...(receiver?.getSynchronizationSources() ?? []).map(({ audioLevel }) => audioLevel ?? 0));
  }

  /** @returns {Promise<Stats>} */
  async stats() {
    return parse(await this.pc.getStats());
  }

  close() {
    this.#options.clock.clearTimeout(this.#timer);
    this.#negotiation.close();
    this.pc.onconnectionstatechange = this.pc.ontrack = this.pc.ondatachannel = null;
    this.pc.close();
  }

  /** @param {boolean} waits */
  #open(waits) {
    const { configuration, polite, shared, onChannel, clock } = this.#options;
    const pc = new this.#options.RTCPeerConnection(configuration());
    this.journal.watch(pc); // before the negotiation: what was gathered is written down before it is sent
    const slots = new Slots(pc);
    const negotiation = new Negotiation({
      pc, polite, waits, clock,
      tag: newTag(),
      send: (type, d) => {
        this.journal.sent(type, d);
        this.#options.send(type, d);
        this.#slots.limit(this.#caps);
      },
      streams: () => {
        const { camera, screen } = shared().outgoing;
        return { [camera.id]: "camera", [screen.id]: "screen" };
      },
      beforeAnswer: () => {
        slots.adopt(shared().outgoing);
        this.#slotted = true;
        this.refresh();
      },
      onError: (error) => this.journal.add("error", String(error)),
    });
    this.pc = pc;
    this.#slots = slots;
    this.#negotiation = negotiation;
    this.#slotted = false;
    // The section for data is there from the start: a file needs no negotiation then.
    pc.createDataChannel("rtchub", { negotiated: true, id: 0 });
    pc.ontrack = (event) => this.#addTrack(event);
    pc.ondatachannel = ({ channel }) => onChannel(channel);
    pc.onconnectionstatechange = () => this.#connectionChanged();
    if (waits) this.#after(firstOfferMs, () => this.#begin());
    else this.#begin();
    return { pc, negotiation, slots };
  }

  #begin() {
    if (!this.#slotted) {
      this.#slotted = true;
      this.refresh();
    }
    this.#negotiation.begin();
    this.#expect(connectMs);
  }

  /** @param {boolean} waits */
  #replace(waits) {
    if (this.#remoteTag !== null) this.#retired.add(this.#remoteTag);
    this.#remoteTag = null;
    this.close();
    this.camera = this.screen = this.quality = this.#stats = this.#pairId = null;
    this.#announced = {};
    this.#restarts = 0;
    this.#gaveUp = false;
    this.#open(waits);
    this.#options.onChange();
  }

  /** @param {RTCTrackEvent} event */
  #addTrack(event) {
    this.#options.secure?.(this.pc);
    const name = this.#slots.isScreen(event, this.#announced) ? "screen" : "camera";
    this[name] ??= new MediaStream();
    this[name].addTrack(event.track);
    this.#options.onChange();
  }

  #connectionChanged() {
    const { connectionState } = this.pc;
    if (connectionState === "connected") {
      this.#wasConnected = true;
      this.#restarts = this.#rejoins = 0;
      this.#options.clock.clearTimeout(this.#timer);
      this.#slots.limit(this.#caps);
      this.#options.onConnected();
    } else if (connectionState === "disconnected") {
      this.#after(disconnectedMs, () => this.#recover());
    } else if (connectionState === "failed") {
      this.#recover();
    }
    this.#options.onChange();
  }

  /** The next step of recovery: another ICE restart, or a new connection. */
  #recover() {
    // A restart whose offer was never answered is not helped by another.
    const heard = this.pc.signalingState === "stable";
    if (!this.#signalling) this.#owed = true;
    else if (heard && this.#restarts++ < restartsMost) this.restartIce();
    else this.#rejoin();
  }

  #rejoin() {
    if (!this.#signalling) {
      this.#owed = true;
    } else if (this.#rejoins++ < rejoinsMost) {
      this.journal.add("rejoin", this.#rejoins);
      this.#replace(false);
    } else {
      this.#gaveUp = true;
      this.#options.onChange();
    }
  }

  /** Not connected after `ms`: a new connection. @param {number} ms */
  #expect(ms) {
    this.#after(ms, () => {
      if (this.pc.connectionState !== "connected") this.#rejoin();
    });
  }

  /**
   * @param {number} ms
   * @param {() => void} run
   */
  #after(ms, run) {
    this.#options.clock.clearTimeout(this.#timer);
    this.#timer = this.#options.clock.setTimeout(run, ms);
  }
}

/** Eight letters: unique among the connections of one pair is enough. */
function newTag() {
  return Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => (byte % 36).toString(36)).join("");
}
