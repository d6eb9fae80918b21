// @ts-check
/** The four state machines of a connection over time, and what happened on the way. */
import { marks, range, spans, tickMs, tracks } from "../rtchub/lab/timeline.js";
import { h, style } from "./dom.js";
import { t } from "./i18n.js";

/** @typedef {import("./lab-panel.js").LabView} LabView */
/** @typedef {import("../rtchub/lab/timeline.js").TrackName} TrackName */

const mostMs = 60_000;
const names = /** @type {TrackName[]} */ (Object.keys(tracks));

/** @returns {import("./lab-panel.js").LabPart} */
export function createTimeline() {
  const chart = h("div", { class: "lab-timeline", "data-test": "lab-timeline" });

  /** @param {LabView} view */
  function update({ peer, now }) {
    const { log } = peer;
    // Once all has been calm for a while the axis stops, or the beginning would be squeezed into nothing.
    const last = log.at(-1)?.at ?? now;
    const { from, to } = range(log, Math.min(now, last + Math.max(1000, (last - (log[0]?.at ?? last)) * 0.25)), mostMs);
    const start = log[0]?.at ?? now;
    chart.replaceChildren(
      ...names.map(name => drawTrack(name, spans(log, name, now), from, to, start)),
      drawMarks(log, from, to, start),
      drawAxis(from, to, start));
  }
  return { element: chart, update };
}

/**
 * @param {TrackName} name
 * @param {import("../rtchub/lab/timeline.js").Span[]} all
 * @param {number} from
 * @param {number} to
 * @param {number} start
 */
function drawTrack(name, all, from, to, start) {
  const seen = all.filter(span => span.to >= from && span.from <= to);
  const bars = seen.map(span => {
    const [left, right] = [Math.max(span.from, from), Math.min(span.to, to)];
    const legible = (right - left) / (to - from) > 0.012 * span.state.length;
    const bar = h("span", { class: "lab-bar", "data-state": span.state, title: `${span.state} ${seconds(span.from - start)}` }, legible && span.state);
    place(bar, left, right, from, to);
    return bar;
  });
  const told = all.slice(-6).map(span => h("li", null, h("span", { class: "mono" }, seconds(span.from - start)), ` ${span.state}`));
  return h("div", { class: "lab-track" },
    h("strong", null, t(`lab.timeline.${name}`)),
    h("div", { class: "lab-lane", "aria-hidden": "true" }, bars),
    h("ol", { class: "lab-moments" }, told));
}

/**
 * @param {LabView["peer"]["log"]} log
 * @param {number} from
 * @param {number} to
 * @param {number} start
 */
function drawMarks(log, from, to, start) {
  const flags = marks(log).filter(({ at }) => at >= from).map(({ at, mark, side }) => {
    const words = `${t(`lab.mark.${mark}`)}${mark === "pair" || mark === "rejoin" ? "" : ` (${t(side === "local" ? "lab.own" : "lab.theirs")})`} ${seconds(at - start)}`;
    const flag = h("span", { class: "lab-flag", "data-mark": mark, "data-side": side, title: words });
    place(flag, at, at, from, to);
    return flag;
  });
  return h("div", { class: "lab-track" },
    h("strong", null, t("lab.timeline.events")),
    h("div", { class: "lab-lane lab-flags", "aria-hidden": "true" }, flags),
    h("p", { class: "lab-legend" }, ["offer", "answer", "candidate", "pair", "rejoin"].map(mark =>
      h("span", null, h("i", { class: "lab-flag", "data-mark": mark }), t(`lab.mark.${mark}`)))));
}

/** @param {number} from @param {number} to @param {number} start */
function drawAxis(from, to, start) {
  const step = tickMs(to - from, 6);
  const axis = h("div", { class: "lab-axis", "aria-hidden": "true" });
  for (let at = start + Math.ceil((from - start) / step) * step; at <= to; at += step) {
    const tick = h("span", null, seconds(at - start));
    place(tick, at, at, from, to);
    axis.append(tick);
  }
  return axis;
}

/** @param {HTMLElement} element @param {number} at @param {number} until @param {number} from @param {number} to */
function place(element, at, until, from, to) {
  style(element, "left", `${((at - from) / (to - from)) * 100}%`);
  if (until > at) style(element, "width", `${((until - at) / (to - from)) * 100}%`);
}

/** @param {number} ms */
export function seconds(ms) {
  return `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;
}
