// @ts-check
/** @import { Clock } from "../types.js" */
/** @import { LogEntry } from "../journal.js" */
/** @import { LabSettings } from "../lab.js" */
/** @import { CandidateFilter } from "../negotiation.js" */
/** @import { Stats } from "../stats.js" */
/** @import { Rung } from "./ladder.js" */
import { systemClock } from "../signal.js";
import { describe } from "./ladder.js";
import { LoopbackEnd } from "./loopback-end.js";

/** @type {Omit<LabSettings, "iceServers">} */
const untouched = { trickle: true, filter: {}, iceTransportPolicy: "all" };

/**
 * A call with both ends in one page. What a hub would relay goes through `trace`, where each message can be looked at,
 * and in step mode waits for a click. To the lab's views it looks like `call.lab`; the switches work on end A, as in a
 * real call they work on one's own side.
 *
 * Fires `trace` when the signalling went on, `peer-event` as a `Call` does.
 */
export class Loopback extends EventTarget {
  /** Oldest first. @type {Rung[]} */ trace = [];

  #a; #b; #clock; #latencyMs; #iceServers;
  #step = false;
  #written = 0;
  /** Written and not yet delivered. @type {{ rung: Rung, deliver: () => void }[]} */ #wire = [];
  /** @type {LabSettings} */ #settings;
  #closed = false;

  /**
   * @param {object} options
   * @param {RTCIceServer[]} options.iceServers
   * @param {boolean} [options.step]  each message waits for `next()`
   * @param {number} [options.latencyMs]  how long a message takes otherwise
   * @param {Clock} [options.clock]
   */
  constructor({ iceServers, step = false, latencyMs = 60, clock = systemClock }) {
    super();
    this.#clock = clock;
    this.#iceServers = iceServers;
    this.#latencyMs = latencyMs;
    this.#step = step;
    this.#settings = { ...untouched, iceServers };
    /** @param {"A" | "B"} name */
    const end = (name) => new LoopbackEnd({
      name, clock,
      polite: name === "B",
      // B is as it was; the switches work on A.
      settings: () => (name === "A" ? this.#settings : { ...untouched, iceServers }),
      send: (type, d) => this.#write(name, type, d),
      onLog: (entry) => this.#logged(name, entry),
    });
    this.#a = end("A");
    this.#b = end("B");
  }

  /** A offers its tracks; B answers with its own. @param {MediaStream | null} fromA @param {MediaStream | null} fromB */
  start(fromA, fromB) {
    this.#b.open(fromB);
    this.#a.open(fromA);
  }

  close() {
    this.#closed = true;
    this.#wire = [];
    this.#a.close();
    this.#b.close();
  }

  /** What came in: from B to A, and from A to B. */
  get streams() {
    return { a: this.#a.incoming, b: this.#b.incoming };
  }

  // ---- the signalling ----

  get step() {
    return this.#step;
  }

  /** Off: what waits goes at once. @param {boolean} on */
  setStep(on) {
    this.#step = on;
    if (!on) while (this.#wire.length > 0) this.next();
  }

  /** How many messages wait. */
  get waiting() {
    return this.#wire.length;
  }

  /** Delivers the oldest message. */
  next() {
    const message = this.#wire.shift();
    if (!message) return;
    message.rung.state = "sent";
    message.deliver();
    this.#fire("trace");
  }

  /**
   * @param {"A" | "B"} from
   * @param {"offer" | "answer" | "candidate"} type
   * @param {any} d
   */
  #write(from, type, d) {
    if (this.#closed) return;
    const rung = this.#trace(from, { type, d }, this.#step ? "waiting" : "sent");
    const message = { rung, deliver: () => (from === "A" ? this.#b : this.#a).receive(type, structuredClone(d)) };
    this.#wire.push(message);
    if (!this.#step) this.#clock.setTimeout(() => !this.#step && this.#wire.includes(message) && this.next(), this.#latencyMs);
    this.#fire("trace");
  }

  /**
   * @param {"A" | "B"} from
   * @param {{ type: string, d: any }} message
   * @param {Rung["state"]} state
   */
  #trace(from, message, state) {
    /** @type {Rung} */
    const rung = { key: String(++this.#written), at: this.#clock.now(), out: from === "A", state, ...describe(message) };
    this.trace.push(rung);
    return rung;
  }

  /** @param {"A" | "B"} name @param {LogEntry} entry */
  #logged(name, entry) {
    const { drop = [] } = this.#settings.filter;
    if (name === "A" && entry.kind === "candidate" && drop.includes(entry.value?.type)) {
      this.#trace("A", { type: "candidate", d: { candidate: entry.value } }, "dropped");
      this.#fire("trace");
    }
    this.#fire("peer-event", { id: name, ...entry });
  }

  // ---- the data channel ----

  /** @returns {Promise<number>} ms there and back, past the signalling */
  ping() {
    return this.#a.ping();
  }

  // ---- what call.lab has ----

  get lab() {
    return this;
  }

  get settings() {
    return this.#settings;
  }

  peers() {
    return [this.#a.view("B"), this.#b.view("A")];
  }

  /** @param {RTCIceServer[] | null} servers  null: those it began with */
  setIceServers(servers) {
    this.#configure({ iceServers: servers ?? this.#iceServers });
  }

  /** @param {RTCIceTransportPolicy} iceTransportPolicy */
  setPolicy(iceTransportPolicy) {
    this.#configure({ iceTransportPolicy });
    this.renew();
  }

  /** @param {CandidateFilter} filter */
  setFilter(filter) {
    this.#settings = { ...this.#settings, filter };
    this.#a.apply();
  }

  /** @param {boolean} on */
  setTrickle(on) {
    this.#settings = { ...this.#settings, trickle: on };
    this.#a.apply();
  }

  /** @param {string} [id] */
  restartIce(id) {
    (id === "B" ? this.#b : this.#a).pc.restartIce();
  }

  /** @param {string} [id] */
  reoffer(id) {
    (id === "B" ? this.#b : this.#a).reoffer();
  }

  /** Both ends start afresh; what is still on the wire was for those before. */
  renew() {
    const lost = new Set(this.#wire.map(({ rung }) => rung));
    this.#wire = [];
    this.trace = this.trace.filter((rung) => !lost.has(rung));
    this.#b.renew();
    this.#a.renew();
    this.#fire("trace");
  }

  /** @param {string} id @returns {Promise<Stats | null>} */
  stats(id) {
    return (id === "B" ? this.#b : this.#a).stats();
  }

  /** @param {{ iceServers?: RTCIceServer[], iceTransportPolicy?: RTCIceTransportPolicy }} change */
  #configure(change) {
    this.#settings = { ...this.#settings, ...change };
    const { pc } = this.#a;
    pc.setConfiguration({ ...pc.getConfiguration(), ...change });
    pc.restartIce();
  }

  /** @param {string} type @param {any} [detail] */
  #fire(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
