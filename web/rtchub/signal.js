// @ts-check
/** @import { Clock, ErrorBody, HubEvent, Limits, Snapshot } from "./types.js" */
import { HubError, closeCodes } from "./errors.js";

/** @type {Clock} */
export const systemClock = {
  now: () => Date.now(),
  setTimeout: (run, ms) => setTimeout(run, ms),
  clearTimeout: (handle) => clearTimeout(handle),
};

/** @typedef {"idle" | "connecting" | "connected" | "reconnecting" | "superseded" | "refused" | "closed"} SignalState */
/** @typedef {{ id: string, secret: string, seq: number, lastRequest: number }} Session  what a resume needs */
/** @typedef {"retry" | "open" | "live" | "ack" | "probe"} Timer */
/** @typedef {{ id: number, t: string, to?: string, d: object, sent: boolean, resolve: (d: any) => void, reject: (e: Error) => void }} Request */

const backOff = { firstMs: 250, maxMs: 5000, settledMs: 5000 };
const movesMost = 3;
const ackEvery = 32;
const ackMs = 2000;
const openMs = 10_000;
const probeMs = 2000;
const hurriedProbeMs = 700;
const defaultLimits = { frameBytes: 65536, sdpFrameBytes: 262144, chatBytes: 4000, pingMs: 10_000, deadMs: 25_000 };

/** Closing with this code says "I shall be back": 1000 would say that the client is done. */
const comingBack = 3000;

/**
 * The signalling socket: one session over any number of WebSockets, one at a time. Requests get exactly one reply and
 * events arrive exactly once and in order, however often the socket drops (docs/protocol.md sections 2 and 3).
 *
 * Time, chance and the WebSocket come from outside, so that all of it runs in a test.
 */
export class Signal {
  /** @type {SignalState} */ state = "idle";
  /** @type {number | null} When the next attempt is due (epoch ms). */ retryAt = null;
  /** @type {number | null} */ rttMs = null;
  /** @type {ErrorBody | null} Why the state is `refused`, `superseded` or `closed`. */ error = null;
  /** @type {Limits} */ limits = defaultLimits;
  /** @type {Session | null} */ session = null;

  /** @type {WebSocket | null} */ #socket = null;
  #established = false;
  #everEstablished = false;
  /** Counts attempts at a socket: what belongs to an older one is dropped. */
  #round = 0;
  #attempts = 0;
  #moves = 0;
  /** The hub has sent us to another of its nodes: nobody need hear of it while that takes no time. */
  #moving = false;
  #attemptAt = 0;
  #establishedAt = 0;
  #heardAt = 0;
  #pingAt = 0;
  #unacked = 0;
  #nextId = 1;
  /** @type {Map<number, Request>} Requests without a reply, in the order of their ids. */ #unreplied = new Map();
  /** @type {{ code: number, reason?: string, retryAfterMs?: number } | null} */ #closing = null;
  /** @type {{ resolve: () => void, reject: (e: Error) => void }[]} */ #connecting = [];
  /** @type {Record<Timer, any>} */
  #timers = { retry: null, open: null, live: null, ack: null, probe: null };

  /**
   * @param {object} options
   * @param {string} options.url  ws: or wss:
   * @param {() => Promise<object> | object} options.hello  the payload of `hello` without `versions` and `resume`
   * @param {() => void} [options.onChange]  `state`, `retryAt`, `rttMs` or `error` changed
   * @param {(kind: "welcome" | "resumed" | "resync", snapshot: Snapshot) => void} [options.onSession]
   *   before anything of the new socket is delivered; for `resumed` the snapshot has `received` and `seq` only
   * @param {(event: HubEvent) => void} [options.onEvent]  exactly once, in order
   * @param {(error: ErrorBody) => void} [options.onProtocolError]  the hub could not read a frame of ours
   * @param {Session | null} [options.session]  an earlier session to take up again
   * @param {typeof WebSocket} [options.WebSocket]
   * @param {Clock} [options.clock]
   * @param {() => number} [options.random]
   */
  constructor({ url, hello, onChange, onSession, onEvent, onProtocolError, session, WebSocket, clock, random }) {
    this.#url = url;
    this.#hello = hello;
    this.#onChange = onChange ?? (() => {});
    this.#onSession = onSession ?? (() => {});
    this.#onEvent = onEvent ?? (() => {});
    this.#onProtocolError = onProtocolError ?? (() => {});
    this.#WebSocket = WebSocket ?? globalThis.WebSocket;
    this.#clock = clock ?? systemClock;
    this.#random = random ?? Math.random;
    if (session) {
      this.session = { ...session };
      this.#nextId = session.lastRequest + 1;
    }
  }
  #url; #hello; #onChange; #onSession; #onEvent; #onProtocolError; #WebSocket; #clock; #random;

  /** Opens the socket. Resolves at the first welcome; rejects when the hub refuses or `close` is called. @returns {Promise<void>} */
  connect() {
    if (this.#established) return Promise.resolve();
    const connected = new Promise((resolve, reject) => this.#connecting.push({ resolve: () => resolve(undefined), reject }));
    if (this.state !== "connecting" && this.state !== "reconnecting") this.retry();
    return connected;
  }

  /** Tries now, whatever the state: by the user's wish, or because the network is back. */
  retry() {
    if (this.#established) return;
    this.#attempts = 0;
    this.#attempt();
  }

  /** Something may have changed (online, visible again): tries at once when waiting, else makes sure that the socket lives. */
  wake() {
    if (this.#established) return this.probe();
    if (this.state !== "connecting" && this.state !== "reconnecting") return;
    const underWay = this.retryAt === null && this.#clock.now() - this.#attemptAt < 1000;
    if (!underWay) this.#attempt();
  }

  /** A ping that must be answered (by any frame) within a time, or the socket is given up. @param {number} [ms] */
  probe(ms = probeMs) {
    if (!this.#established) return;
    if (this.#timers.probe === null) this.#ping();
    this.#start("probe", ms, () => this.#giveUp());
  }

  /** Resolves with the next word from the hub, and sees to it that there is one: by another socket when this one is dead. @returns {Promise<void>} */
  reach() {
    return new Promise((resolve) => {
      this.#awaiting.push(resolve);
      if (this.#established) this.probe(Math.max(hurriedProbeMs, 3 * (this.rttMs ?? 0)));
      else this.wake();
    });
  }
  /** @type {((value: void) => void)[]} */ #awaiting = [];

  /**
   * Sends a request and resolves with the payload of its reply. While there is no socket it waits its turn; what was sent
   * and not answered is sent again after a resume. Rejects with a `HubError`: a refusal, `too_large` (not sent),
   * `lost` (the session is gone, nobody knows whether it was carried out) or `closed`.
   * @param {string} t
   * @param {object} [d]
   * @param {string} [to]
   * @returns {Promise<any>}
   */
  request(t, d = {}, to = undefined) {
    return new Promise((resolve, reject) => {
      if (this.state === "closed" || this.state === "refused" || this.state === "superseded")
        return reject(this.#over());
      const limit = t === "offer" || t === "answer" ? this.limits.sdpFrameBytes : this.limits.frameBytes;
      if (frameBytes({ t, to, d }) > limit)
        return reject(new HubError({ code: "too_large", message: `A message may have at most ${limit} bytes.` }));
      const request = { id: this.#nextId++, t, to, d, sent: false, resolve, reject };
      this.#unreplied.set(request.id, request);
      if (this.#established) this.#transmit(request);
    });
  }

  /** Ends the session's socket for good. @param {{ leave?: boolean }} [options] `leave` says goodbye first, without waiting for the reply */
  close({ leave = false } = {}) {
    if (leave && this.#established) this.request("leave").catch(() => {});
    this.#remember();
    this.#detach(1000);
    this.#end("closed", null);
  }

  #attempt() {
    this.#detach(comingBack);
    const round = ++this.#round;
    this.#attemptAt = this.#clock.now();
    this.retryAt = null;
    this.error = null;
    if (!this.#moving) this.state = this.#everEstablished ? "reconnecting" : "connecting";
    this.#onChange();
    Promise.resolve().then(() => this.#hello()).then(
      (hello) => { if (round === this.#round) this.#open(hello); },
      (error) => { if (round === this.#round) this.#end("refused", { code: "unauthorized", message: String(error?.message ?? error) }); });
  }

  /** @param {object} hello */
  #open(hello) {
    const socket = new this.#WebSocket(this.#url, "rtchub.v1");
    this.#socket = socket;
    this.#start("open", openMs, () => { this.#detach(comingBack); this.#schedule("backOff"); });
    socket.onopen = () => {
      const { id, secret, seq } = this.session ?? {};
      // A session taken from storage has no state to go on with: without a number the hub sends a snapshot.
      const resume = this.session ? { id, secret, ...(this.#everEstablished && { seq }) } : undefined;
      socket.send(JSON.stringify({ t: "hello", d: { versions: ["rtchub.v1"], ...hello, resume } }));
    };
    socket.onmessage = (event) => this.#receive(event.data);
    socket.onclose = (event) => {
      this.#detach(comingBack);
      this.#closed(this.#closing?.code ?? event.code);
    };
  }

  /** @param {unknown} text */
  #receive(text) {
    this.#heardAt = this.#clock.now();
    this.#stop("probe");
    for (const resolve of this.#awaiting.splice(0)) resolve();
    let frame;
    try {
      frame = JSON.parse(/** @type {string} */ (text));
    } catch {
      return this.#giveUp();
    }
    if (frame.seq !== undefined && frame.t !== "resumed") this.#sequenced(frame);
    else this.#control(frame);
  }

  /** @param {any} frame */
  #control({ t, d }) {
    if (t === "welcome" || t === "resumed" || t === "resync") return this.#establish(t, d);
    if (t === "ping") return this.#write({ t: "pong", ...(d === undefined ? {} : { d }) });
    if (t === "pong" && typeof d?.at === "number") {
      this.rttMs = Math.max(0, this.#clock.now() - d.at);
      return this.#onChange();
    }
    if (t === "closing") this.#closing = d;
    if (t === "error") this.#onProtocolError(d);
  }

  /**
   * @param {"welcome" | "resumed" | "resync"} kind
   * @param {Snapshot} d
   */
  #establish(kind, d) {
    if (kind === "resumed" && !this.#everEstablished) {
      // A session taken from storage has no snapshot to go on with: only a new one brings it.
      this.session = null;
      this.#nextId = 1;
      return this.#attempt();
    }
    this.#stop("open");
    this.#moving = false;
    this.#established = this.#everEstablished = true;
    this.#establishedAt = this.#clock.now();
    this.state = "connected";
    if (kind !== "resumed") {
      this.limits = { ...defaultLimits, ...d.limits };
      this.session = { id: d.self.id, secret: d.self.secret, seq: d.seq ?? 0, lastRequest: 0 };
    }
    this.#settle(kind, d.received);
    for (const request of this.#unreplied.values())
      if (d.received === null || request.id > d.received) this.#transmit(request);
    this.#onSession(kind, d);
    this.#ping();
    for (const { resolve } of this.#connecting.splice(0)) resolve();
    this.#onChange();
  }

  /**
   * Decides what becomes of the requests without a reply. After `resumed` nothing changes: replies are replayed, the rest
   * is sent again. Otherwise those that the hub has received but whose replies are gone are lost, and the rest follows
   * on the hub's count.
   * @param {"welcome" | "resumed" | "resync"} kind
   * @param {number | null} received
   */
  #settle(kind, received) {
    if (kind === "resumed" || received === null) return;
    const requests = [...this.#unreplied.values()];
    this.#unreplied.clear();
    this.#nextId = received + 1;
    for (const request of requests) {
      const lost = request.sent && (kind === "welcome" || request.id <= received);
      if (lost) request.reject(new HubError({ code: "lost", message: "The session was lost before the hub replied." }));
      else this.#unreplied.set(request.id = this.#nextId++, request);
    }
  }

  /** @param {any} frame */
  #sequenced(frame) {
    const session = this.session;
    if (!session || frame.seq <= session.seq) return;
    if (frame.seq !== session.seq + 1) return this.#giveUp();
    session.seq = frame.seq;
    if (++this.#unacked >= ackEvery) this.#acknowledge();
    else if (this.#timers.ack === null) this.#start("ack", ackMs, () => this.#acknowledge());

    if (frame.re === undefined) return this.#onEvent(frame);
    const request = this.#unreplied.get(frame.re);
    this.#unreplied.delete(frame.re);
    if (frame.ok) request?.resolve(frame.d ?? {});
    else request?.reject(new HubError(frame.error));
  }

  #acknowledge() {
    this.#acknowledged();
    this.#write({ t: "ack", seq: this.session?.seq });
  }

  #acknowledged() {
    this.#unacked = 0;
    this.#stop("ack");
  }

  /** @param {Request} request */
  #transmit(request) {
    const { t, id, to, d } = request;
    const ack = this.#unacked > 0 ? this.session?.seq : undefined;
    if (ack !== undefined) this.#acknowledged();
    request.sent = true;
    this.#write({ t, id, to, ack, d });
  }

  #ping() {
    this.#pingAt = this.#clock.now();
    this.#write({ t: "ping", d: { at: this.#pingAt } });
    this.#watch();
  }

  /** Pings whether or not something came: the ping is also the measure of the round trip. */
  #watch() {
    const { pingMs, deadMs } = this.limits;
    const due = Math.min(this.#pingAt + pingMs, this.#heardAt + deadMs) - this.#clock.now();
    this.#start("live", Math.max(0, due), () => {
      if (this.#clock.now() - this.#heardAt >= deadMs) this.#giveUp();
      else if (this.#clock.now() - this.#pingAt >= pingMs) this.#ping();
      else this.#watch();
    });
  }

  /** @param {object} frame */
  #write(frame) {
    // A socket that is closing swallows what it is given; the resume sends it again.
    if (this.#socket?.readyState === 1) this.#socket.send(JSON.stringify(frame));
  }

  #giveUp() {
    this.#detach(comingBack);
    this.#schedule("now");
  }

  /** @param {number} code */
  #closed(code) {
    const rule = closeCodes.get(code);
    const { retryAfterMs } = this.#closing ?? {};
    this.#closing = null;
    if (!rule) return this.#schedule("backOff");
    const { action, ...error } = rule;
    if (action === "now") return this.#schedule("now");
    if (action === "after") return this.#schedule("backOff", retryAfterMs);
    if (action === "move") return this.#schedule("move", retryAfterMs);
    this.#end(action === "done" ? "closed" : action === "supersede" ? "superseded" : "refused", error);
  }

  /**
   * Full jitter: a random part of a delay that doubles. `now` skips the delay, but only the first time: a hub that drops
   * us as soon as we are back is not helped by our hurry. A `move` is no trouble unless there is no end to it.
   * @param {"now" | "move" | "backOff"} how
   * @param {number} [afterMs]  the hub's own wish
   */
  #schedule(how, afterMs) {
    if (this.#establishedAt > 0 && this.#clock.now() - this.#establishedAt >= backOff.settledMs) this.#attempts = this.#moves = 0;
    this.#establishedAt = 0;
    const jitter = this.#random() * Math.min(backOff.maxMs, backOff.firstMs * 2 ** this.#attempts);
    const moves = how === "move" && ++this.#moves <= movesMost;
    const delay = afterMs ?? (moves || (how === "now" && this.#attempts === 0) ? 0 : jitter);
    this.#moving = moves && this.state === "connected";
    if (!moves) this.#attempts++;
    if (!this.#moving) this.state = this.#everEstablished ? "reconnecting" : "connecting";
    this.retryAt = this.#moving ? null : this.#clock.now() + delay;
    this.#start("retry", delay, () => this.#attempt());
    this.#onChange();
  }

  /**
   * @param {SignalState} state
   * @param {ErrorBody | null} error
   */
  #end(state, error) {
    this.#round++;
    this.#stop("retry");
    this.state = state;
    this.error = error;
    this.retryAt = null;
    const reason = this.#over();
    for (const { reject } of this.#connecting.splice(0)) reject(reason);
    for (const { reject } of this.#unreplied.values()) reject(reason);
    this.#nextId -= this.#unreplied.size;
    this.#unreplied.clear();
    this.#onChange();
  }

  #over() {
    return new HubError(this.error ?? { code: "closed", message: "The connection is closed." });
  }

  #remember() {
    if (this.session) this.session.lastRequest = this.#nextId - 1;
  }

  /** Lets go of the socket: nothing of it is heard any more, so there are never two. @param {number} code */
  #detach(code) {
    for (const name of /** @type {Timer[]} */ (Object.keys(this.#timers))) this.#stop(name);
    this.#established = false;
    this.#unacked = 0;
    const socket = this.#socket;
    if (!socket) return;
    this.#socket = null;
    socket.onopen = socket.onmessage = socket.onclose = null;
    if (socket.readyState < 2) socket.close(code);
  }

  /**
   * @param {Timer} name
   * @param {number} ms
   * @param {() => void} run
   */
  #start(name, ms, run) {
    this.#stop(name);
    this.#timers[name] = this.#clock.setTimeout(() => { this.#timers[name] = null; run(); }, ms);
  }

  /** @param {Timer} name */
  #stop(name) {
    if (this.#timers[name] !== null) this.#clock.clearTimeout(this.#timers[name]);
    this.#timers[name] = null;
  }
}

/** Bytes of a frame with room for its id and ack. @param {object} frame */
function frameBytes(frame) {
  const text = JSON.stringify(frame);
  return 48 + (text.length * 3 > 60_000 ? new TextEncoder().encode(text).length : text.length);
}
