// @ts-check
/** @import { Clock } from "./types.js" */
import { Sha256 } from "./sha256.js";

/**
 * @typedef {"offered" | "sending" | "receiving" | "complete" | "declined" | "cancelled" | "failed"} TransferState
 *
 * @typedef {object} Transfer  as `call.state.files` shows it
 * @property {string} id
 * @property {string} peer
 * @property {"in" | "out"} direction
 * @property {string} name
 * @property {number} size
 * @property {number} done  bytes
 * @property {TransferState} state
 * @property {Blob | null} blob
 */

const chunkBytes = 64 * 1024;
const readBytes = 1024 * 1024;
const buffered = { high: 1024 * 1024, low: 256 * 1024 };
const resumeMs = 30_000;
const progressMs = 100;
const nameMost = 200;

/** Types that a browser shows without running anything in them; the rest is only ever downloaded. */
const shown = /^(image\/(png|jpeg|gif|webp|avif)|audio\/[\w.+-]+|video\/[\w.+-]+|text\/plain|application\/pdf)$/;

/** What both directions share: a view, a channel that may break, and an end that comes once. */
class TransferBase {
  /** @type {RTCDataChannel | null} */ channel = null;
  /** @type {any} */ #timer = null;
  #shownAt = -Infinity;
  #changed;
  #clock;

  /**
   * @param {Transfer} view
   * @param {{ changed: (transfer: Transfer, stateChanged: boolean) => void, clock: Clock }} options
   */
  constructor(view, { changed, clock }) {
    this.view = view;
    this.#changed = changed;
    this.#clock = clock;
  }

  /** `pc.close()` closes its channels without an event, so the state is what counts. */
  get attached() {
    return this.channel?.readyState === "open" || this.channel?.readyState === "connecting";
  }

  get over() {
    return !["offered", "sending", "receiving"].includes(this.view.state);
  }

  /** @param {Partial<Transfer>} change */
  set(change) {
    const stateChanged = change.state !== undefined && change.state !== this.view.state;
    this.view = { ...this.view, ...change };
    const now = this.#clock.now();
    if (!stateChanged && now - this.#shownAt < progressMs) return;
    this.#shownAt = now;
    this.#changed(this.view, stateChanged);
  }

  /** @param {RTCDataChannel} channel */
  attach(channel) {
    this.#clock.clearTimeout(this.#timer);
    this.channel = channel;
    channel.binaryType = "arraybuffer";
    channel.onclose = () => {
      if (this.channel === channel) this.detached();
    };
  }

  /** The channel broke: another one may come, for a while. */
  detached() {
    this.channel = null;
    if (!this.over) this.#timer = this.#clock.setTimeout(() => this.end("failed"), resumeMs);
  }

  /** @param {object} message */
  say(message) {
    if (this.channel?.readyState === "open") this.channel.send(JSON.stringify(message));
  }

  cancel() {
    if (this.over) return;
    this.say({ t: "cancel" });
    this.end("cancelled");
  }

  /**
   * @param {TransferState} state
   * @param {Partial<Transfer>} [change]
   */
  end(state, change = {}) {
    if (this.over) return;
    this.#clock.clearTimeout(this.#timer);
    const { channel } = this;
    this.channel = null;
    // Closing sends what is buffered first, so that a last word still gets through.
    channel?.close();
    this.set({ ...change, state });
  }
}

/** A file that we send. */
export class Outbound extends TransferBase {
  #file; #open;

  /**
   * @param {{ id: string, peer: string, file: Blob & { name?: string }, open: (peer: string) => RTCDataChannel | null,
   *   changed: (transfer: Transfer, stateChanged: boolean) => void, clock: Clock }} options
   */
  constructor({ id, peer, file, open, ...rest }) {
    super({ id, peer, direction: "out", name: safeName(file.name), size: file.size, done: 0, state: "offered", blob: null }, rest);
    this.#file = file;
    this.#open = open;
    this.set({});
  }

  /** Opens a channel and offers, unless there is one already. */
  connect() {
    if (this.over || this.attached) return;
    const channel = this.#open(this.view.peer);
    if (!channel) return this.detached();
    this.attach(channel);
    channel.bufferedAmountLowThreshold = buffered.low;
    const { id, name, size } = this.view;
    const offer = () => this.say({ t: "offer", id, name, size, type: this.#file.type });
    if (channel.readyState === "open") offer();
    else channel.onopen = offer;
    channel.onmessage = ({ data }) => this.#heard(readMessage(data), channel);
  }

  /**
   * @param {any} message
   * @param {RTCDataChannel} channel
   */
  #heard(message, channel) {
    if (message?.t === "accept") this.#pump(channel, Number(message.from) || 0).catch(() => this.#unreadable());
    if (message?.t === "done") this.end("complete", { done: this.view.size });
    if (message?.t === "decline") this.end("declined");
    if (message?.t === "cancel") this.end("cancelled");
    if (message?.t === "failed") this.end("failed");
  }

  /** The file was changed or removed on disk while it was read. */
  #unreadable() {
    this.say({ t: "failed", reason: "unreadable" });
    this.end("failed");
  }

  /**
   * Reads and sends, never more ahead of the network than `buffered.high`.
   * @param {RTCDataChannel} channel
   * @param {number} from
   */
  async #pump(channel, from) {
    const current = () => this.channel === channel && channel.readyState === "open";
    const hash = new Sha256();
    this.set({ state: "sending", done: from });
    for (let at = 0; at < this.view.size; at += readBytes) {
      const block = new Uint8Array(await this.#file.slice(at, at + readBytes).arrayBuffer());
      if (!current()) return;
      // What the receiver has already is read for the digest only.
      hash.update(block);
      for (let offset = Math.max(0, from - at); offset < block.length; offset += chunkBytes) {
        if (channel.bufferedAmount > buffered.high) await drained(channel);
        if (!current()) return;
        const chunk = block.subarray(offset, offset + chunkBytes);
        channel.send(chunk);
        this.set({ done: at + offset + chunk.length });
      }
    }
    this.say({ t: "end", sha256: hash.digest() });
  }
}

/** A file that comes. */
export class Inbound extends TransferBase {
  #type;
  #accepted = false;
  #hash = new Sha256();
  /** @type {Blob[]} What has come, a mebibyte each: a browser may keep a Blob on disk. */ #parts = [];
  /** @type {Uint8Array<ArrayBuffer>[]} */ #fresh = [];
  #freshBytes = 0;

  /**
   * @param {{ id: string, peer: string, name: string, size: number, type: string, channel: RTCDataChannel,
   *   changed: (transfer: Transfer, stateChanged: boolean) => void, clock: Clock }} options
   */
  constructor({ id, peer, name, size, type, channel, ...rest }) {
    super({ id, peer, direction: "in", name, size, done: 0, state: "offered", blob: null }, rest);
    this.#type = shown.test(type) ? type : "application/octet-stream";
    this.#listen(channel);
  }

  /** @param {RTCDataChannel} channel */
  #listen(channel) {
    this.attach(channel);
    channel.onmessage = ({ data }) => this.#heard(data);
  }

  accept() {
    if (this.view.state !== "offered") return;
    this.#accepted = true;
    this.set({ state: "receiving" });
    this.say({ t: "accept", from: 0 });
  }

  decline() {
    if (this.view.state !== "offered") return;
    this.say({ t: "decline" });
    this.end("declined");
  }

  /** The same offer on another channel. @param {RTCDataChannel} channel */
  resume(channel) {
    if (this.over) return refuse(channel, "over");
    this.#listen(channel);
    if (this.#accepted) this.say({ t: "accept", from: this.view.done });
  }

  /** @param {unknown} data */
  #heard(data) {
    if (data instanceof ArrayBuffer) return this.#add(new Uint8Array(data));
    const message = readMessage(data);
    if (message?.t === "end") this.#finish(message.sha256);
    if (message?.t === "cancel") this.end("cancelled");
    if (message?.t === "failed") this.end("failed");
  }

  /** @param {Uint8Array<ArrayBuffer>} chunk */
  #add(chunk) {
    if (this.view.state !== "receiving") return;
    const done = this.view.done + chunk.length;
    if (done > this.view.size) return this.#fail("too_much");
    this.#hash.update(chunk);
    this.#fresh.push(chunk);
    this.#freshBytes += chunk.length;
    if (this.#freshBytes >= readBytes) this.#pack();
    this.set({ done });
  }

  #pack() {
    this.#parts.push(new Blob(this.#fresh));
    this.#fresh = [];
    this.#freshBytes = 0;
  }

  /** @param {unknown} sha256 */
  #finish(sha256) {
    if (this.view.state !== "receiving") return;
    if (this.view.done !== this.view.size || this.#hash.digest() !== sha256) return this.#fail("corrupt");
    this.#pack();
    const blob = new Blob(this.#parts, { type: this.#type });
    this.#parts = [];
    this.say({ t: "done" });
    this.end("complete", { blob });
  }

  /** @param {string} reason */
  #fail(reason) {
    this.say({ t: "failed", reason });
    this.end("failed");
  }
}

/** @param {RTCDataChannel} channel */
function drained(channel) {
  return new Promise((resolve) => {
    const done = () => {
      channel.removeEventListener("bufferedamountlow", done);
      channel.removeEventListener("close", done);
      resolve(undefined);
    };
    channel.addEventListener("bufferedamountlow", done);
    channel.addEventListener("close", done);
  });
}

/**
 * @param {RTCDataChannel} channel
 * @param {string} reason
 */
export function refuse(channel, reason) {
  channel.send(JSON.stringify({ t: "failed", reason }));
  channel.close();
}

/** @param {unknown} data @returns {any} */
export function readMessage(data) {
  if (typeof data !== "string") return null;
  try {
    return JSON.parse(data);
  } catch {
    return null;
  }
}

/** A file name without folders and control characters. @param {unknown} name */
export function safeName(name) {
  const last = String(name ?? "").split(/[\\/]/).at(-1) ?? "";
  const clean = last.replace(/[\u0000-\u001f\u007f\u202a-\u202e\u2066-\u2069]/g, "").trim().slice(0, nameMost);
  return clean === "" || /^\.+$/.test(clean) ? "file" : clean;
}
