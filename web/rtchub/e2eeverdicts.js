// @ts-check
/** @import { Clock } from "./types.js" */

/** @typedef {{ sender: string | null, ok: boolean }} Seen  what a receiver's frames were like, at least once a second while any come */

/** What is wrong for so long is no passing matter such as a new epoch, or a slot that is just being given to somebody else. */
const doubtMs = 1500;
const freshMs = 3000;
const lookMs = 500;

/** Of whom everything can be opened, and of whom not: from what the receivers have seen. */
export class Verdicts {
  /** @type {Map<number, { shownAs: () => string | null, seen: Seen | null, at: number, wrongSince: number | null }>} */
  #receivers = new Map();
  /** @type {Map<string, boolean>} */ #people = new Map();
  #onChange; #clock;
  /** @type {any} */ #timer = null;

  /** @param {{ onChange: () => void, clock: Clock }} options */
  constructor({ onChange, clock }) {
    this.#onChange = onChange;
    this.#clock = clock;
  }

  /** @param {() => string | null} shownAs  under whose name its picture stands now; null: under nobody's @returns {number} of the receiver */
  add(shownAs) {
    const id = this.#receivers.size + 1;
    this.#receivers.set(id, { shownAs, seen: null, at: 0, wrongSince: null });
    return id;
  }

  /** @param {number} receiver @param {Seen} seen */
  saw(receiver, seen) {
    const one = this.#receivers.get(receiver);
    if (!one) return;
    Object.assign(one, { seen, at: this.#clock.now() });
    this.#look();
  }

  /** @param {string} id @returns {boolean | null} */
  of(id) {
    return this.#people.get(id) ?? null;
  }

  /** @param {Set<string>} here */
  keep(here) {
    for (const id of this.#people.keys()) if (!here.has(id)) this.#people.delete(id);
  }

  close() {
    this.#clock.clearTimeout(this.#timer);
    this.#receivers.clear();
  }

  #look() {
    const now = this.#clock.now();
    /** @type {Map<string, boolean>} */
    const found = new Map();
    let pending = false;
    for (const one of this.#receivers.values()) {
      if (!one.seen || now - one.at > freshMs) continue;
      const shownAs = one.shownAs();
      const who = shownAs ?? one.seen.sender;
      // A picture under somebody else's name is worse than none.
      const right = one.seen.ok && (shownAs === null || one.seen.sender === shownAs);
      one.wrongSince = right ? null : one.wrongSince ?? now;
      if (who === null) continue;
      if (right) found.set(who, found.get(who) ?? true);
      else if (now - (one.wrongSince ?? now) >= doubtMs) found.set(who, false);
      else pending = true;
    }
    let changed = false;
    for (const [id, decrypts] of found) {
      changed ||= this.#people.get(id) !== decrypts;
      this.#people.set(id, decrypts);
    }
    if (pending) this.#timer ??= this.#clock.setTimeout(() => { this.#timer = null; this.#look(); }, lookMs);
    if (changed) this.#onChange();
  }
}
