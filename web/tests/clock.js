// @ts-check
/** Time and chance for tests: nothing happens unless it is told to, and the same seed gives the same run. */

export class FakeClock {
  #now = 1_000_000;
  #next = 1;
  /** @type {Map<number, { at: number, run: () => void }>} */ #timers = new Map();

  now = () => this.#now;

  /** @param {() => void} run @param {number} ms */
  setTimeout = (run, ms) => {
    this.#timers.set(this.#next, { at: this.#now + ms, run });
    return this.#next++;
  };

  /** @param {number} handle */
  clearTimeout = (handle) => void this.#timers.delete(handle);

  get pending() {
    return this.#timers.size;
  }

  /** Runs what falls due within `ms`, in order, and lets promises settle between. @param {number} ms */
  async advance(ms) {
    const end = this.#now + ms;
    await settle();
    for (;;) {
      const due = [...this.#timers].filter(([, { at }]) => at <= end).sort(([a, x], [b, y]) => x.at - y.at || a - b)[0];
      if (!due) break;
      const [handle, { at, run }] = due;
      this.#timers.delete(handle);
      this.#now = Math.max(this.#now, at);
      run();
      await settle();
    }
    this.#now = end;
    await settle();
  }
}

/** All promise callbacks that are ready, and those that they make ready. */
export async function settle() {
  for (let i = 0; i < 30; i++) await Promise.resolve();
}

/** mulberry32: small, fast, seeded. @param {number} seed @returns {() => number} */
export function seeded(seed) {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
