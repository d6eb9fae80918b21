// @ts-check
/** @import { Clock } from "./types.js" */
import { parse } from "./stats.js";

/**
 * @typedef {object} Audible  a connection that something comes by all the time
 * @property {RTCPeerConnection | null} pc
 * @property {() => void} unheard  nothing comes any more, though the hub can be reached
 */

/** @typedef {{ bytes: number, steady: number, silent: number, told: boolean }} Flow */

const lookMs = 400;
const littleBytes = 150; // in that time: more than a report now and then
const steadyLooks = 2; // in a row with more than a few reports: now silence means something
const steadyMost = 4;
const silentLooks = 2;

/**
 * Notices within a second that a path carries nothing any more: an address has changed, on this side or behind a router where nobody
 * is told of it. ICE would wait for its checks to fail, which takes four times as long. Before anything is done about it the hub has to
 * answer: when the whole network is away there is nothing to repair, and the path may come back with it.
 */
export class Silence {
  #clock; #look; #reach;
  /** @type {WeakMap<RTCPeerConnection, Flow>} */ #flows = new WeakMap();
  /** @type {any} */ #timer = null;

  /**
   * @param {object} options
   * @param {Clock} options.clock
   * @param {() => Audible[]} options.look
   * @param {() => Promise<void>} options.reach  the hub has answered
   */
  constructor({ clock, look, reach }) {
    this.#clock = clock;
    this.#look = look;
    this.#reach = reach;
    this.#watch();
  }

  close() {
    this.#clock.clearTimeout(this.#timer);
    this.#timer = null;
  }

  #watch() {
    this.#timer = this.#clock.setTimeout(async () => {
      // A connection that closes while it is asked has nothing to tell.
      await Promise.allSettled(this.#look().map((one) => this.#listen(one)));
      if (this.#timer !== null) this.#watch();
    }, lookMs);
  }

  /** @param {Audible} one */
  async #listen(one) {
    const { pc } = one;
    if (pc?.connectionState !== "connected" && pc?.connectionState !== "disconnected") return;
    const bytes = await received(pc);
    const flow = this.#flows.get(pc) ?? { bytes, steady: 0, silent: 0, told: false };
    const came = bytes - flow.bytes;
    flow.bytes = bytes;
    this.#flows.set(pc, flow);
    if (came === 0) {
      flow.silent++;
    } else {
      // The look in which it ends sees little, too.
      flow.steady = came >= littleBytes ? Math.min(flow.steady + 1, steadyMost) : Math.max(flow.steady - 1, 0);
      flow.silent = 0;
      flow.told = false;
    }
    const isOver = flow.silent > 0 && (pc.connectionState === "disconnected" || (flow.steady >= steadyLooks && flow.silent >= silentLooks));
    if (!isOver || flow.told) return;
    flow.told = true;
    void this.#doubt(one, pc, bytes).catch(() => {});
  }

  /** @param {Audible} one @param {RTCPeerConnection} pc @param {number} before */
  async #doubt(one, pc, before) {
    await this.#reach();
    if (this.#timer === null || one.pc !== pc || pc.signalingState !== "stable" || pc.iceConnectionState === "checking") return;
    if ((await received(pc)) === before) one.unheard();
  }
}

/** @param {RTCPeerConnection} pc */
async function received(pc) {
  const { transport, pair } = parse(await pc.getStats());
  return transport?.bytesReceived ?? pair?.bytesReceived ?? 0;
}
