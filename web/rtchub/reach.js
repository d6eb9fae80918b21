// @ts-check
/** @import { Clock } from "./types.js" */
import { HubError } from "./errors.js";
import { gather } from "./lab/natprobe.js";
import { answered } from "./lab/nat.js";
import { Signal, systemClock } from "./signal.js";
import { WhipResource } from "./whipresource.js";

/**
 * @typedef {"secure" | "websocket" | "stun" | "turn-udp" | "turn-tcp" | "sfu-udp" | "sfu-tcp"} CheckName
 * @typedef {"waiting" | "running" | "ok" | "failed" | "skipped"} CheckState
 * @typedef {object} Check
 * @property {CheckName} name
 * @property {CheckState} state
 * @property {string | null} code  why it failed or was left out: a key for words
 * @property {string | null} detail  what was seen: an address, a code of the other side
 * @property {number | null} ms
 *
 * @typedef {object} Environment  what of the browser is used
 * @property {typeof RTCPeerConnection} RTCPeerConnection
 * @property {typeof WebSocket} WebSocket
 * @property {typeof fetch} fetch
 * @property {boolean} isSecureContext
 */

/** @type {readonly CheckName[]} */
export const checkNames = Object.freeze(["secure", "websocket", "stun", "turn-udp", "turn-tcp", "sfu-udp", "sfu-tcp"]);

const socketMs = 6000;
const relayMs = 6000;
const mediaMs = 8000;
const idLetters = "abcdefghijkmnpqrstuvwxyz23456789";

/** What went wrong with a check, in a word that the page has a sentence for. */
class Failure extends Error {
  /** @param {string} code @param {string | null} [detail] @param {"failed" | "skipped"} [state] */
  constructor(code, detail = null, state = "failed") {
    super(code);
    Object.assign(this, { code, detail, state });
  }
}

/**
 * Tries every way that media and signalling may go from this browser to the hub, each by itself, and says which works. Fires
 * `change` whenever a check moves on.
 */
export class Reach extends EventTarget {
  /** @type {Check[]} */ checks = checkNames.map(name => ({ name, state: "waiting", code: null, detail: null, ms: null }));
  running = false;
  #hub; #getToken; #clock; #env;
  /** @type {string | null} */ #token = null;
  /** @type {RTCIceServer[]} */ #servers = [];

  /**
   * @param {object} options
   * @param {string | URL} options.hub  its origin
   * @param {() => Promise<string | null>} [options.token]  gives a join token, where the hub asks for one
   * @param {Clock} [options.clock]
   * @param {Environment} [options.env]
   */
  constructor({ hub, token = async () => null, clock = systemClock, env = globalThis }) {
    super();
    this.#hub = new URL(hub);
    this.#getToken = token;
    this.#clock = clock;
    this.#env = env;
  }

  /** All checks, once; the hub's own addresses come with the second, so that the rest follows it, side by side. */
  async run() {
    this.running = true;
    this.#token = await this.#getToken().catch(() => null);
    await this.#check("secure", async () => {
      if (!this.#env.isSecureContext) throw new Failure("insecure");
      return "";
    });
    await this.#check("websocket", () => this.#signal());
    await Promise.all([
      this.#check("stun", () => this.#stun()),
      this.#check("turn-udp", () => this.#relay(url => url.startsWith("turn:") && !/transport=tcp/.test(url))),
      this.#check("turn-tcp", () => this.#relay(url => url.startsWith("turns:") || /transport=tcp/.test(url))),
      // One after the other: they share the hub's patience with one address.
      this.#check("sfu-udp", () => this.#media("udp")).then(() => this.#check("sfu-tcp", () => this.#media("tcp"))),
    ]);
    this.running = false;
    this.dispatchEvent(new Event("change"));
  }

  /** @param {CheckName} name @param {() => Promise<string>} look resolves with what was seen */
  async #check(name, look) {
    const check = /** @type {Check} */ (this.checks.find(each => each.name === name));
    const since = this.#clock.now();
    Object.assign(check, { state: "running" });
    this.dispatchEvent(new Event("change"));
    try {
      Object.assign(check, { detail: await look() || null, state: "ok" });
    } catch (error) {
      const { code = "error", detail = String(error), state = "failed" } = /** @type {any} */ (error);
      Object.assign(check, error instanceof HubError ? { state: "failed", code: error.code, detail: error.message } : { state, code, detail });
    }
    check.ms = this.#clock.now() - since;
    this.dispatchEvent(new Event("change"));
  }

  /** @returns {Promise<string>} */
  #signal() {
    return this.#within(socketMs, "no-socket", (done, fail) => {
      const signal = new Signal({
        url: `${this.#hub.origin.replace(/^http/, "ws")}/ws`, WebSocket: this.#env.WebSocket, clock: this.#clock,
        hello: () => ({ name: "diag", token: this.#token ?? undefined, media: { audio: false, video: false, screen: null } }),
        onSession: (_, { iceServers }) => { this.#servers = iceServers.servers; },
      });
      signal.connect().then(() => done(""), fail);
      return () => signal.close({ leave: true });
    });
  }

  /** @param {(url: string) => boolean} wanted @returns {RTCIceServer[]} */
  #some(wanted) {
    return this.#servers
      .map(server => ({ ...server, urls: [server.urls].flat().filter(wanted) }))
      .filter(({ urls }) => urls.length > 0);
  }

  async #stun() {
    const [server] = this.#some(url => url.startsWith("stun"));
    if (!server) throw new Failure(this.#servers.length > 0 ? "none" : "unknown", null, "skipped");
    const run = await gather([server.urls].flat().slice(0, 1), { RTCPeerConnection: this.#env.RTCPeerConnection, clock: this.#clock });
    if (!answered(run)) throw new Failure("no-answer", String(server.urls));
    return run.srflx.map(({ address, port }) => `${address}:${port}`)[0] ?? String(server.urls);
  }

  /** @param {(url: string) => boolean} wanted @returns {Promise<string>} */
  async #relay(wanted) {
    const iceServers = this.#some(wanted);
    if (iceServers.length === 0) throw new Failure(this.#servers.length > 0 ? "none" : "unknown", null, "skipped");
    /** @type {string[]} */ const errors = [];
    return this.#within(relayMs, "no-answer", (done, fail) => {
      const pc = new this.#env.RTCPeerConnection({ iceServers, iceTransportPolicy: "relay" });
      pc.onicecandidate = ({ candidate }) => {
        if (candidate?.candidate) done(`${candidate.address}:${candidate.port}`);
        else if (candidate === null) fail(new Failure(errors.some(error => error.startsWith("401")) ? "unauthorized" : "no-answer", errors.join("; ") || null));
      };
      pc.onicecandidateerror = ({ errorCode, errorText, url }) => void errors.push(`${errorCode} ${errorText ?? ""} ${url ?? ""}`.trim());
      pc.createDataChannel("diag");
      pc.setLocalDescription().catch(fail);
      return () => pc.close();
    }, () => errors.join("; "));
  }

  /** A connection to the media service by candidates of one kind only; nothing is sent by it. @param {"udp" | "tcp"} protocol @returns {Promise<string>} */
  async #media(protocol) {
    const pc = new this.#env.RTCPeerConnection({ bundlePolicy: "max-bundle" });
    const endpoint = new URL(`/whip/${roomOf(this.#token) ?? `diag-${randomId()}`}`, this.#hub);
    const resource = new WhipResource({ endpoint, token: this.#token, fetch: this.#env.fetch.bind(globalThis) });
    try {
      pc.addTransceiver("audio", { direction: "sendonly" });
      const offer = await pc.createOffer();
      const { answer } = await resource.post(offer.sdp ?? "");
      const { sdp, addresses } = only(protocol, answer);
      if (addresses.length === 0) throw new Failure("none", null, "skipped");
      await pc.setLocalDescription(offer);
      return await this.#within(mediaMs, "no-answer", (done, fail) => {
        pc.onconnectionstatechange = () => {
          if (pc.connectionState === "connected") done(addresses.join(", "));
          else if (pc.connectionState === "failed") fail(new Failure("no-answer", addresses.join(", ")));
        };
        pc.setRemoteDescription({ type: "answer", sdp }).catch(fail);
        return () => {};
      }, () => addresses.join(", "));
    } finally {
      await resource.delete();
      pc.close();
    }
  }

  /**
   * @param {number} ms
   * @param {string} code  when it takes longer
   * @param {(done: (detail: string) => void, fail: (error: unknown) => void) => () => void} begin  gives what ends it
   * @param {() => string} [detail]  of having taken longer
   * @returns {Promise<string>}
   */
  async #within(ms, code, begin, detail = () => "") {
    /** @type {any} */ let timer = null;
    let end = () => {};
    try {
      return await new Promise((resolve, reject) => {
        timer = this.#clock.setTimeout(() => reject(new Failure(code, detail() || null)), ms);
        end = begin(resolve, reject);
      });
    } finally {
      this.#clock.clearTimeout(timer);
      end();
    }
  }
}

/**
 * An answer with candidates of one protocol only.
 * @param {"udp" | "tcp"} protocol
 * @param {string} sdp
 */
export function only(protocol, sdp) {
  /** @type {string[]} */ const addresses = [];
  const lines = sdp.split("\r\n").filter(line => {
    const candidate = /^a=candidate:\S+ \d+ (\S+) \d+ (\S+) (\d+) /.exec(line);
    if (!candidate) return true;
    const [, kind, address, port] = candidate;
    if (kind.toLowerCase() !== protocol) return false;
    const where = `${address.includes(":") ? `[${address}]` : address}:${port}`;
    if (!addresses.includes(where)) addresses.push(where);
    return true;
  });
  return { sdp: lines.join("\r\n"), addresses };
}

/** The room that a join token is for, if it is for one. @param {string | null} token @returns {string | null} */
export function roomOf(token) {
  try {
    const [, payload] = (token ?? "").split(".");
    const room = JSON.parse(atob(payload.replaceAll("-", "+").replaceAll("_", "/"))).grants?.room;
    return typeof room === "string" ? room : null;
  } catch {
    return null;
  }
}

function randomId() {
  return [...crypto.getRandomValues(new Uint8Array(10))].map(byte => idLetters[byte % idLetters.length]).join("");
}
