// @ts-check
/** @import { Clock } from "../types.js" */
/** @import { LogEntry } from "../journal.js" */
/** @import { LabSettings } from "../lab.js" */
/** @import { Stats } from "../stats.js" */
import { Journal } from "../journal.js";
import { Negotiation } from "../negotiation.js";
import { parse } from "../stats.js";

const pingMs = 3000;

/** One of the two ends of a loopback call: a peer connection that negotiates as in a real call, but never recovers by itself. */
export class LoopbackEnd {
  /** @type {RTCPeerConnection} */ pc;
  /** What came in. */ incoming = new MediaStream();

  #name; #polite; #settings; #send; #clock; #journal;
  /** @type {Negotiation} */ #negotiation;
  /** @type {RTCDataChannel} */ #channel;
  /** @type {MediaStream | null} */ #outgoing = null;
  #added = false;
  #opened = 0;
  /** @type {string | null} */ #pairId = null;
  #pings = 0;
  /** @type {Map<number, () => void>} */ #pinged = new Map();

  /**
   * @param {object} options
   * @param {string} options.name
   * @param {boolean} options.polite  and waits for the first offer
   * @param {() => LabSettings} options.settings
   * @param {(type: "offer" | "answer" | "candidate", d: any) => void} options.send
   * @param {(entry: LogEntry) => void} options.onLog
   * @param {Clock} options.clock
   */
  constructor({ name, polite, settings, send, onLog, clock }) {
    this.#name = name;
    this.#polite = polite;
    this.#settings = settings;
    this.#send = send;
    this.#clock = clock;
    this.#journal = new Journal({ clock, onLog });
    ({ pc: this.pc, negotiation: this.#negotiation, channel: this.#channel } = this.#connect());
  }

  /** Begins: the polite end answers with these tracks, the other offers them. @param {MediaStream | null} stream */
  open(stream) {
    this.#outgoing = stream;
    if (!this.#polite) this.#addTracks();
  }

  /** Another connection takes over the same tracks. */
  renew() {
    this.close();
    this.#journal.add("rejoin", ++this.#opened);
    this.#added = false;
    this.#pairId = null;
    this.incoming = new MediaStream();
    ({ pc: this.pc, negotiation: this.#negotiation, channel: this.#channel } = this.#connect());
    this.open(this.#outgoing);
  }

  /** The settings have changed. */
  apply() {
    const { trickle, filter } = this.#settings();
    Object.assign(this.#negotiation, { trickle, filter });
  }

  reoffer() {
    this.#negotiation.offer();
  }

  /**
   * @param {"offer" | "answer" | "candidate"} type
   * @param {any} d
   */
  receive(type, d) {
    this.#journal.received(type, d);
    this.#negotiation.receive(type, d);
  }

  /** As `call.lab.peers()` shows a connection. @param {string} other the end that it leads to */
  view(other) {
    const { log, local, remote } = this.#journal;
    return { id: this.#name, name: other, self: this.#name, pc: this.pc, log, local, remote };
  }

  /** @returns {Promise<Stats | null>} */
  async stats() {
    const { pc } = this;
    if (pc.connectionState === "closed") return null;
    const stats = parse(await pc.getStats());
    const id = stats.pair?.id ?? null;
    if (pc === this.pc && id !== this.#pairId) {
      this.#pairId = id;
      if (id) this.#journal.add("selected-pair", { local: stats.local, remote: stats.remote });
    }
    return stats;
  }

  /** @returns {Promise<number>} ms until the echo of the other end */
  ping() {
    const n = ++this.#pings;
    const start = performance.now();
    return new Promise((resolve, reject) => {
      const timer = this.#clock.setTimeout(() => {
        this.#pinged.delete(n);
        reject(new Error(`no echo in ${pingMs} ms`));
      }, pingMs);
      this.#pinged.set(n, () => {
        this.#clock.clearTimeout(timer);
        resolve(performance.now() - start);
      });
      this.#channel.send(JSON.stringify({ ping: n }));
    });
  }

  close() {
    this.#negotiation.close();
    this.pc.close();
  }

  #connect() {
    const { iceServers, iceTransportPolicy, trickle, filter } = this.#settings();
    const pc = new RTCPeerConnection({ iceServers, iceTransportPolicy, bundlePolicy: "max-bundle" });
    this.#journal.watch(pc); // before the negotiation: what was gathered is written down before it is sent
    const negotiation = new Negotiation({
      pc, tag: this.#name, polite: this.#polite, waits: this.#polite, clock: this.#clock,
      send: (type, d) => {
        this.#journal.sent(type, d);
        this.#send(type, d);
      },
      beforeAnswer: () => this.#addTracks(),
      onError: (error) => this.#journal.add("error", String(error)),
    });
    Object.assign(negotiation, { trickle, filter });
    pc.addEventListener("track", ({ track }) => this.incoming.addTrack(track));
    const channel = pc.createDataChannel("ping", { negotiated: true, id: 0 });
    channel.addEventListener("message", ({ data }) => this.#heard(JSON.parse(data)));
    return { pc, negotiation, channel };
  }

  /** @param {{ ping?: number, pong?: number }} message */
  #heard({ ping, pong }) {
    if (ping !== undefined) this.#channel.send(JSON.stringify({ pong: ping }));
    if (pong === undefined) return;
    this.#pinged.get(pong)?.();
    this.#pinged.delete(pong);
  }

  #addTracks() {
    if (this.#added || !this.#outgoing) return;
    this.#added = true;
    for (const track of this.#outgoing.getTracks()) this.pc.addTrack(track, this.#outgoing);
  }
}
