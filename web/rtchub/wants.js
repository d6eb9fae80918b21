// @ts-check
/** @import { Clock } from "./types.js" */

/**
 * What a viewer asks of the hub: how large each video is shown, and which go first when not everything fits.
 *
 * @typedef {"camera" | "screen"} Source
 * @typedef {{ participant: string, source: Source, maxHeight: number, priority: number }} Want
 *
 * @typedef {object} Shown  a video that is on the page
 * @property {string} participant
 * @property {Source} source
 * @property {number} width  CSS px
 * @property {number} height
 * @property {boolean} visible  false: scrolled away, covered, or on a page in the background
 * @property {"chosen" | "large" | "grid" | "strip"} part  `chosen`: pinned or in the spotlight
 */

/** Heights that cameras and encoders have. In between nothing is gained, and a window that is dragged would ask all the time. */
const steps = [90, 180, 270, 360, 540, 720, 1080, 1440, 2160];
/** So much smaller than the tile a picture may be: nobody sees it, and the next layer costs four times as much. */
const enough = 1.1;
const proportion = 16 / 9;

/**
 * @param {readonly Shown[]} shown
 * @param {number} pixelRatio  device pixels for one CSS px
 * @returns {Want[]}  the highest priority first; what is not in it is not wanted
 */
export function wantsOf(shown, pixelRatio) {
  return shown
    .filter(({ visible, width, height }) => visible && width > 0 && height > 0)
    .map((one) => ({ participant: one.participant, source: one.source, maxHeight: heightOf(one, pixelRatio), priority: priorityOf(one) }))
    .sort((a, b) => b.priority - a.priority || order(a.participant, b.participant) || order(a.source, b.source));
}

/** A camera fills its tile and is cut; a screen is shown whole. @param {Shown} shown @param {number} pixelRatio */
function heightOf({ source, width, height }, pixelRatio) {
  const [across, up] = [width / proportion, height];
  const picture = pixelRatio * (source === "screen" ? Math.min(across, up) : Math.max(across, up));
  return steps.find((step) => step * enough >= picture) ?? steps[steps.length - 1];
}

/** Not by who speaks: the hub knows that itself, and every word would be a message. @param {Shown} shown */
function priorityOf({ part, source }) {
  if (part === "chosen") return 40;
  if (source === "screen") return part === "strip" ? 5 : 30;
  if (part === "large") return 20;
  return part === "strip" ? -10 : 0;
}

/** @param {string} a @param {string} b */
function order(a, b) {
  return a < b ? -1 : Number(a > b);
}

const leastMs = 200;

/** Passes wishes on: only when they differ from the last, and one change in 200 ms at most. */
export class Wants {
  #send; #clock;
  #sent = "";
  #sentAt = -Infinity;
  /** @type {Want[]} */ #wanted = [];
  /** @type {any} */ #timer = null;

  /**
   * @param {(wants: Want[]) => void} send
   * @param {Clock} clock
   */
  constructor(send, clock) {
    this.#send = send;
    this.#clock = clock;
  }

  /** @param {Want[]} wants */
  set(wants) {
    this.#wanted = wants;
    const wait = this.#sentAt + leastMs - this.#clock.now();
    if (this.#timer !== null || JSON.stringify(wants) === this.#sent) return;
    if (wait <= 0) this.#flush();
    else this.#timer = this.#clock.setTimeout(() => this.#flush(), wait);
  }

  close() {
    this.#clock.clearTimeout(this.#timer);
    this.#timer = null;
  }

  #flush() {
    this.close();
    const text = JSON.stringify(this.#wanted);
    // What was wished for in between may have been taken back.
    if (text === this.#sent) return;
    this.#sent = text;
    this.#sentAt = this.#clock.now();
    this.#send(this.#wanted);
  }
}
