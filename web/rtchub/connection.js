// @ts-check
/** @import { Clock } from "./types.js" */
/** @import { Stats } from "./stats.js" */
import { HubError } from "./errors.js";
import { Journal } from "./journal.js";
import { parse } from "./stats.js";

/** @typedef {"new" | "connecting" | "connected" | "recovering" | "failed"} ConnectionState */

/**
 * @typedef {object} ConnectionOptions
 * @property {() => RTCConfiguration} configuration
 * @property {(pc: RTCPeerConnection, isCurrent: () => boolean) => Promise<string | null>} negotiate
 *   the first offer and answer; resolves with the id of the transport, null when there is nothing to negotiate
 * @property {() => void} onChange
 * @property {(error: unknown) => void} [onError]
 * @property {typeof RTCPeerConnection} RTCPeerConnection
 * @property {Clock} clock
 */

const connectMs = 10_000;
const disconnectedMs = 3000;
const checkMs = 2500;
const backOff = { firstMs: 250, maxMs: 5000 };
const hopelessAfter = 3;

/**
 * One of the two connections to the media service. It outlives its `RTCPeerConnection`: the server end cannot restart
 * what it has lost, so whatever goes wrong, a new one is negotiated, at growing intervals.
 */
export class Connection {
  /** @type {RTCPeerConnection | null} */ pc = null;
  /** The id of the transport at the media service. @type {string | null} */ transport = null;
  /** Attempts in a row that came to nothing. */ failures = 0;
  /** @type {Journal} */ journal;
  #options;
  /** The transport that we had last. @type {string | null} */ #had = null;
  /** One that is gone though its id was not known here. @type {string | null} */ #gone = null;
  #waits = false;
  #wasConnected = false;
  #closed = false;
  /** @type {any} */ #timer = null;

  /** @param {ConnectionOptions} options */
  constructor(options) {
    this.#options = options;
    this.journal = new Journal({ clock: options.clock, onLog: () => {} });
  }

  /** @returns {ConnectionState} */
  get state() {
    if (this.pc?.connectionState === "connected") return "connected";
    if (this.failures >= hopelessAfter) return "failed";
    if (this.#wasConnected) return "recovering";
    return this.pc ? "connecting" : "new";
  }

  /** Connects, or starts over with another connection. */
  start() {
    if (this.#closed) return;
    this.#end();
    const { configuration, negotiate, onError } = this.#options;
    const pc = new this.#options.RTCPeerConnection({ bundlePolicy: "max-bundle", ...configuration() });
    this.pc = pc;
    const isCurrent = () => this.pc === pc && !this.#closed;
    this.journal.watch(pc);
    pc.onconnectionstatechange = () => isCurrent() && this.#changed(pc);
    // Just after an address has changed a browser may still try those that are gone, and find nothing.
    pc.addEventListener("icegatheringstatechange", () => {
      if (isCurrent() && pc.iceGatheringState === "complete" && this.journal.local.length === 0) this.#failed();
    });
    this.#after(connectMs, () => this.#failed());
    negotiate(pc, isCurrent).then((transport) => {
      if (!isCurrent()) return;
      this.transport = transport;
      if (transport && transport === this.#gone) this.start();
    }).catch((error) => {
      if (!isCurrent()) return;
      onError?.(error);
      // The other end may have taken our answer though its reply was lost: connected, it would be a connection that the hub knows nothing of.
      pc.onconnectionstatechange = null;
      pc.close();
      // A refusal stays one, whatever is tried again; who is away will be back.
      if (error instanceof HubError && ["forbidden", "sfu_unavailable", "not_acceptable", "invalid"].includes(error.code)) this.failures = hopelessAfter;
      else if (this.#gone && this.#gone === this.#had) this.start(); // It was asked of the one that is gone: there is another by now.
      else this.#failed(error instanceof HubError ? error.retryAfterMs : undefined);
      this.#options.onChange();
    });
    this.#options.onChange();
  }

  /**
   * A transport of ours is gone at the other end: one that we have given up ourselves and would make anew in a while, or one whose
   * id we are about to be told.
   * @param {string} transport
   */
  renew(transport) {
    if (transport === this.transport || (this.#waits && transport === this.#had)) this.start();
    else this.#gone = transport;
  }

  /** The machine is on another network: a path that carries nothing any more is given up before ICE notices. */
  async check() {
    const { pc } = this;
    const before = await this.stats();
    await new Promise((resolve) => this.#options.clock.setTimeout(() => resolve(undefined), checkMs));
    const now = await this.stats();
    if (!pc || pc !== this.pc || pc.connectionState === "connecting") return;
    // Our checks are answered twice a second at least, whether media flows or not.
    if ((now?.pair?.responsesReceived ?? 0) <= (before?.pair?.responsesReceived ?? 0)) this.start();
  }

  /** @returns {Promise<Stats | null>} */
  async stats() {
    return this.pc && this.pc.connectionState !== "closed" ? parse(await this.pc.getStats()) : null;
  }

  close() {
    this.#closed = true;
    this.#end();
  }

  /** @param {RTCPeerConnection} pc */
  #changed(pc) {
    if (pc.connectionState === "connected") {
      this.#wasConnected = true;
      this.failures = 0;
      this.#options.clock.clearTimeout(this.#timer);
    } else if (pc.connectionState === "disconnected") {
      this.#after(disconnectedMs, () => this.start());
    } else if (pc.connectionState === "failed") {
      this.start();
    }
    this.#options.onChange();
  }

  /** @param {number} [waitMs] */
  #failed(waitMs) {
    const pause = waitMs ?? Math.min(backOff.maxMs, backOff.firstMs * 2 ** this.failures);
    this.failures++;
    this.#after(pause, () => this.start());
    this.#waits = true;
    this.#options.onChange();
  }

  #end() {
    this.#options.clock.clearTimeout(this.#timer);
    [this.#waits, this.#gone] = [false, null];
    this.#had = this.transport ?? this.#had;
    if (!this.pc) return;
    this.pc.onconnectionstatechange = this.pc.ontrack = this.pc.onnegotiationneeded = null;
    this.pc.close();
    this.pc = this.transport = null;
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
