// @ts-check
/** @import { Stats } from "../stats.js" */
import { measure } from "../stats.js";

/**
 * @typedef {object} Sample  one second of a connection; null where nothing was measured
 * @property {number} at  epoch ms
 * @property {number | null} inKbps
 * @property {number | null} outKbps
 * @property {number | null} rttMs
 * @property {number | null} jitterMs
 * @property {number | null} lossIn  per cent of what came in
 * @property {number | null} lossOut  per cent of what we sent, as the other side reports
 * @property {number | null} fpsIn
 * @property {number | null} fpsOut
 */
/** @typedef {Exclude<keyof Sample, "at">} SampleField */

/**
 * @param {Stats} now
 * @param {Stats | null} before  the look before; null, or one at another connection, gives no rates
 * @returns {Sample}
 */
export function sample(now, before) {
  const earlier = before && before.pair?.id === now.pair?.id ? before : null;
  const { quality } = measure(now, earlier);
  /** @param {any[]} list */
  const frames = (list) => {
    const rates = list.filter((stat) => stat.kind === "video").map((stat) => stat.framesPerSecond).filter((rate) => rate !== undefined);
    return rates.length > 0 ? Math.max(...rates) : null;
  };
  const reported = now.remoteInbound.map((stat) => stat.fractionLost).filter((loss) => loss !== undefined);
  return {
    at: now.at,
    inKbps: earlier && quality ? quality.inKbps : null,
    outKbps: earlier && quality ? quality.outKbps : null,
    rttMs: quality?.rttMs ?? null,
    jitterMs: now.inbound.length > 0 ? quality?.jitterMs ?? null : null,
    lossIn: earlier && now.inbound.length > 0 ? quality?.lossPercent ?? null : null,
    lossOut: reported.length > 0 ? Math.round(1000 * Math.max(...reported)) / 10 : null,
    fpsIn: frames(now.inbound),
    fpsOut: frames(now.outbound),
  };
}

/** The last `windowMs` of samples. */
export class Series {
  /** @type {Sample[]} */ samples = [];
  #windowMs;

  /** @param {number} windowMs */
  constructor(windowMs) {
    this.#windowMs = windowMs;
  }

  get windowMs() {
    return this.#windowMs;
  }

  /** @param {Sample} next */
  push(next) {
    this.samples.push(next);
    // One older than the window stays, so that the line begins at the edge.
    while (this.samples.length > 1 && this.samples[1].at < next.at - this.#windowMs) this.samples.shift();
  }

  /** @param {readonly SampleField[]} fields @returns {number} */
  max(fields) {
    return Math.max(0, ...this.samples.flatMap((each) => fields.map((field) => each[field] ?? 0)));
  }
}

/**
 * The path of a line through the samples; where nothing was measured it breaks.
 * @param {readonly Sample[]} samples
 * @param {SampleField} field
 * @param {{ from: number, to: number, top: number, width: number, height: number }} frame  times and greatest value, and the box
 */
export function path(samples, field, { from, to, top, width, height }) {
  let drawing = false;
  const steps = [];
  for (const each of samples) {
    const value = each[field];
    if (value === null) {
      drawing = false;
      continue;
    }
    const x = ((each.at - from) / (to - from)) * width;
    const y = height - (Math.min(value, top) / top) * height;
    steps.push(`${drawing ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`);
    drawing = true;
  }
  return steps.join("");
}

/** The next of 1, 2, 5, 10, 20, 50, ... that is not less than `value` nor than `least`. @param {number} value @param {number} least */
export function niceTop(value, least) {
  const wanted = Math.max(value, least);
  const power = 10 ** Math.floor(Math.log10(wanted));
  return [1, 2, 5, 10].map((step) => step * power).find((top) => top >= wanted * 0.999) ?? wanted;
}
