// @ts-check
/** @import { Clock } from "./types.js" */
/** @import { Epoch, LinkKeys } from "./e2eekeys.js" */
import { firstEpoch, linkKeys, newEpoch, newPair, openEpoch, publicText, sealEpoch, signHello, verifyHello } from "./e2eekeys.js";

/**
 * @typedef {{ t: "hello", key: string, mac: string, ask?: true }} Hello  `ask`: answer with your epoch, to me alone
 * @typedef {{ t: "epoch", key: string, box: string, after: number }} EpochMessage  `after`: ms until it is sent under
 * @typedef {{ t: "none", key: string, mac: string }} None  has no epoch itself yet
 * @typedef {{ id: string, joinedAt: string }} Member
 */

const coalesceMs = 300;  // several who leave together are one rotation
const deputyMs = 2000;   // before the next one rotates in the place of one who does not
const askMs = 1500;      // patience for an answer
const askedMost = 8;     // of the eldest
const switchMs = 1000;   // until a new epoch has reached everybody
const graceMs = 10_000;  // frames of the last epoch are still on their way
const batch = 50;
const batchMs = 600;     // stays below the hub's messages per second

/**
 * Which epoch a room is in, and who hears of it. Whoever comes says hello to all and waits for the epoch from the eldest; when
 * somebody has left, the eldest makes a new one and seals it for each who is there. Whoever missed it asks for it when frames come
 * that it does not open.
 */
export class Group {
  /** @type {"waiting" | "on"} */ status = "waiting";

  /** @type {Promise<{ link: LinkKeys, pair: CryptoKeyPair, key: string, mac: string, first: Epoch }>} */ #own;
  #self; #send; #onKeys; #onChange; #clock;
  /** Ids of the others, the eldest first. @type {string[]} */ #others = [];
  #place = 0;
  /** Public keys of those who have proved that they have the link. @type {Map<string, string>} */ #keys = new Map();
  /** Those who said hello with another link. @type {Set<string>} */ #strangers = new Set();
  /** Those who have no epoch themselves. @type {Set<string>} */ #without = new Set();
  #started = false;
  /** The newest first. @type {Epoch[]} */ #epochs = [];
  /** The one we send under. @type {Epoch | null} */ #current = null;
  #round = 0;
  /** @type {Set<any>} */ #timers = new Set();
  /** @type {any} */ #rotation = null;
  /** @type {Map<string, number>} */ #asked = new Map();
  #closed = false;

  /**
   * @param {object} options
   * @param {string} options.secret  of the link
   * @param {string} options.self
   * @param {(data: object, to?: string) => Promise<unknown>} options.send
   * @param {(epochs: Epoch[], current: string | null) => void} options.onKeys  for the worker
   * @param {() => void} options.onChange  status or strangers
   * @param {Clock} options.clock
   */
  constructor({ secret, self, send, onKeys, onChange, clock }) {
    this.#self = self;
    this.#send = send;
    this.#onKeys = onKeys;
    this.#onChange = onChange;
    this.#clock = clock;
    this.#own = this.#begin(secret);
  }

  /** @param {string} secret */
  async #begin(secret) {
    const link = await linkKeys(secret);
    const pair = await newPair();
    const key = await publicText(pair);
    return { link, pair, key, mac: await signHello(link, this.#self, key), first: await firstEpoch(link) };
  }

  /** How often the keys have changed, as far as we know; null before there are any. @returns {number | null} */
  get epoch() {
    return this.#current?.n ?? null;
  }

  /** @param {string} id @returns {boolean} whether they said hello with another link's key */
  isStranger(id) {
    return this.#strangers.has(id);
  }

  /** Who is there now, ourselves too. @param {readonly Member[]} members */
  async people(members) {
    const sorted = [...members].sort((a, b) => compare(a.joinedAt, b.joinedAt) || compare(a.id, b.id)).map(({ id }) => id);
    const before = this.#others;
    this.#others = sorted.filter((id) => id !== this.#self);
    this.#place = Math.max(0, sorted.indexOf(this.#self));
    const gone = before.filter((id) => !this.#others.includes(id));
    for (const id of gone) {
      this.#keys.delete(id);
      this.#strangers.delete(id);
      this.#without.delete(id);
      this.#asked.delete(id);
    }
    if (!this.#started) {
      this.#started = true;
      const { first } = await this.#own;
      if (this.#others.length === 0) this.#use(first, 0);
      else await this.#hello();
    } else if (gone.length > 0) {
      if (this.status === "waiting" && this.#others.length === 0) this.#use((await this.#own).first, 0);
      else this.#owe();
    }
  }

  /**
   * @param {string} from
   * @param {Hello | EpochMessage | None} message
   */
  async receive(from, message) {
    const { link, pair } = await this.#own;
    if (this.#closed || !this.#others.includes(from)) return;
    try {
      if (message.t === "epoch") {
        const epoch = await openEpoch(message.box, { link, mine: pair, theirs: message.key, from, to: this.#self });
        this.#keys.set(from, message.key);
        this.#take(epoch, Math.min(Math.max(0, Number(message.after) || 0), graceMs));
      } else if (message.t === "hello" || message.t === "none") {
        await this.#greeted(from, message);
      }
    } catch {
      // Not from somebody with our link, or not meant for us: as if it had not come.
    }
  }

  /** Frames of this one come under a key that we do not have. @param {string} id */
  async missing(id) {
    const now = this.#clock.now();
    if (!this.#others.includes(id) || now - (this.#asked.get(id) ?? -Infinity) < deputyMs) return;
    this.#asked.set(id, now);
    await this.#hello(id);
  }

  /** A new epoch, for everybody who is there now. */
  async rotate() {
    const { link, pair, key } = await this.#own;
    if (this.#closed || this.status !== "on") return;
    const epoch = await newEpoch((this.#epochs[0]?.n ?? 0) + 1);
    const targets = this.#others.filter((id) => this.#keys.has(id));
    const batches = Math.ceil(targets.length / batch);
    this.#take(epoch, switchMs + Math.max(0, batches - 1) * batchMs);
    for (let i = 0; i < batches && !this.#closed; i++) {
      const after = switchMs + (batches - 1 - i) * batchMs;
      await Promise.allSettled(targets.slice(i * batch, (i + 1) * batch).map((to) => this.#give(epoch, to, after, { link, pair, key })));
      if (i < batches - 1) await new Promise((resolve) => this.#later(batchMs, () => resolve(undefined)));
    }
  }

  close() {
    this.#closed = true;
    for (const timer of this.#timers) this.#clock.clearTimeout(timer);
    this.#timers.clear();
  }

  // ---- greetings ----

  /** To everybody, or to one who is to answer. @param {string} [to] */
  async #hello(to) {
    const { key, mac } = await this.#own;
    if (this.#closed) return;
    this.#send({ t: "hello", key, mac, ...(to && { ask: true }) }, to).catch(() => {});
    if (!to) this.#later(askMs, () => this.#again());
  }

  /** Nobody has answered: ask the eldest themselves. When those who could have none either, the eldest of us begins. */
  async #again() {
    if (this.status === "on" || this.#closed) return;
    const begins = this.#without.size > 0 && this.#others.every((id, i) => i >= this.#place || !this.#without.has(id));
    if (this.#round++ > 0 && begins) return this.#use((await this.#own).first, 0);
    for (const id of this.#others.filter((id) => !this.#strangers.has(id)).slice(0, askedMost)) this.#hello(id);
    this.#later(askMs, () => this.#again());
  }

  /** @param {string} from @param {Hello | None} hello */
  async #greeted(from, { t, key, mac, ...rest }) {
    const { link, pair, key: ownKey, mac: ownMac } = await this.#own;
    const genuine = await verifyHello(link, from, key, mac);
    const asked = "ask" in rest && rest.ask === true;
    if (genuine) {
      this.#strangers.delete(from);
      this.#keys.set(from, key);
      if (t === "none") this.#without.add(from);
      else this.#without.delete(from);
    } else {
      this.#strangers.add(from);
    }
    this.#onChange();
    if (t === "none") return;
    const eldest = this.#others.every((id, i) => id === from || this.#strangers.has(id) || i >= this.#place);
    if (genuine && this.status === "on" && (asked || eldest)) await this.#give(this.#epochs[0], from, 0, { link, pair, key: ownKey });
    else if (asked) this.#send({ t: "none", key: ownKey, mac: ownMac }, from).catch(() => {});
  }

  /** @param {Epoch} epoch @param {string} to @param {number} after @param {{ link: LinkKeys, pair: CryptoKeyPair, key: string }} own */
  async #give(epoch, to, after, { link, pair, key }) {
    const theirs = this.#keys.get(to);
    if (!theirs) return;
    const box = await sealEpoch(epoch, { link, mine: pair, theirs, from: this.#self, to });
    await this.#send({ t: "epoch", key, box, after }, to);
  }

  // ---- epochs ----

  /** Somebody has left who knows the present epoch. */
  #owe() {
    const had = this.#epochs[0]?.id;
    this.#clock.clearTimeout(this.#rotation);
    this.#timers.delete(this.#rotation);
    this.#rotation = this.#later(coalesceMs + this.#place * deputyMs, () => {
      if (this.#epochs[0]?.id === had) this.rotate();
    });
    // After a reload one may be the eldest and know nobody: their answers bring their keys in time.
    if (this.#place === 0) for (const id of this.#others.filter((id) => !this.#keys.has(id)).slice(0, batch)) this.#hello(id);
  }

  /** Of two that were made at the same time everybody takes the same one. @param {Epoch} epoch @param {number} after */
  #take(epoch, after) {
    const [newest] = this.#epochs;
    if (newest && (epoch.n < newest.n || (epoch.n === newest.n && epoch.id <= newest.id))) {
      // What is no news confirms that we are where the others are.
      if (epoch.id === newest.id && this.status === "waiting") this.#use(epoch, 0);
      return;
    }
    this.#use(epoch, this.status === "waiting" ? 0 : after);
  }

  /** From now on it opens what comes, and in `after` ms it seals what goes. @param {Epoch} epoch @param {number} after */
  #use(epoch, after) {
    this.#epochs = [epoch, ...this.#epochs.filter(({ id }) => id !== epoch.id)];
    if (after === 0) this.#switch(epoch);
    else this.#later(after, () => this.#switch(epoch));
    this.#tell();
  }

  /** @param {Epoch} epoch */
  #switch(epoch) {
    if (this.#epochs[0]?.id !== epoch.id) return;
    this.#current = epoch;
    this.status = "on";
    this.#onChange();
    this.#tell();
    // Who has left could still write under an old epoch: soon it opens nothing any more.
    this.#later(graceMs, () => {
      const at = this.#epochs.findIndex(({ id }) => id === epoch.id);
      if (at >= 0) this.#epochs.length = at + 1;
      this.#tell();
    });
  }

  #tell() {
    this.#onKeys([...this.#epochs], this.#current?.id ?? null);
  }

  /** @param {number} ms @param {() => void} run */
  #later(ms, run) {
    const timer = this.#clock.setTimeout(() => {
      this.#timers.delete(timer);
      run();
    }, ms);
    this.#timers.add(timer);
    return timer;
  }
}

/** @param {string} a @param {string} b */
function compare(a, b) {
  return a < b ? -1 : Number(a > b);
}
