// @ts-check
/** @import { Clock } from "./types.js" */
/** @import { Stats } from "./stats.js" */

const lookMs = 1000;
const mostLooks = 10;    // in a row
const thinBps = 250_000; // an uplink on which a picture is no pleasure

/** Notices when sending to everybody in turn is too much for this machine or its uplink. */
export class Suffering {
  #clock; #look; #onSuffer;
  #looks = 0;
  /** @type {any} */ #timer = null;

  /**
   * @param {object} options
   * @param {Clock} options.clock
   * @param {() => Promise<(Stats | null)[]>} options.look  at every connection on which that matters now
   * @param {() => void} options.onSuffer  once, after it has been so for a while
   */
  constructor({ clock, look, onSuffer }) {
    this.#clock = clock;
    this.#look = look;
    this.#onSuffer = onSuffer;
    this.#watch();
  }

  close() {
    this.#clock.clearTimeout(this.#timer);
    this.#timer = null;
  }

  #watch() {
    this.#timer = this.#clock.setTimeout(async () => {
      const all = await this.#look();
      this.#looks = all.some((stats) => stats && suffers(stats)) ? this.#looks + 1 : 0;
      if (this.#looks === mostLooks) this.#onSuffer();
      if (this.#timer !== null) this.#watch();
    }, lookMs);
  }
}

/**
 * The encoder is held back by the processor, or by an uplink that is thin, not merely thinner than the encoder would like.
 * @param {Stats} stats
 */
function suffers({ outbound, pair }) {
  return outbound.some(({ kind, qualityLimitationReason: reason }) =>
    kind === "video" && (reason === "cpu" || (reason === "bandwidth" && (pair?.availableOutgoingBitrate ?? thinBps) < thinBps)));
}
