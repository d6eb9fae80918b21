// @ts-check
/** Bit rate, round trip, jitter, loss and frames per second over the last minute and a half. */
import { niceTop, path } from "../rtchub/lab/series.js";
import { attribute, h, text } from "./dom.js";
import { t } from "./i18n.js";

/** @typedef {import("../rtchub/lab/series.js").SampleField} SampleField */
/** @typedef {import("./lab-panel.js").LabView} LabView */

const box = { width: 320, height: 84 };
const svg = "http://www.w3.org/2000/svg";

/**
 * `least`: the top of the scale when nothing is higher, so that noise does not look like a mountain.
 * @type {{ name: string, unit: string, least: number, lines: [SampleField, string][] }[]}
 */
const graphs = [
  { name: "bitrate", unit: "kbit/s", least: 100, lines: [["inKbps", "in"], ["outKbps", "out"]] },
  { name: "rtt", unit: "ms", least: 20, lines: [["rttMs", "rtt"]] },
  { name: "jitter", unit: "ms", least: 20, lines: [["jitterMs", "in"]] },
  { name: "loss", unit: "%", least: 5, lines: [["lossIn", "in"], ["lossOut", "out"]] },
  { name: "frames", unit: "fps", least: 30, lines: [["fpsIn", "in"], ["fpsOut", "out"]] },
];

/** @param {number} windowMs @returns {import("./lab-panel.js").LabPart} */
export function createGraphs(windowMs) {
  const views = graphs.map(graph => createGraph(graph, windowMs));
  return {
    element: h("div", { class: "lab-graphs", "data-test": "lab-graphs" }, views.map(view => view.element)),
    update(view) {
      for (const each of views) each.update(view);
    },
  };
}

/** @param {typeof graphs[number]} graph @param {number} windowMs */
function createGraph({ name, unit, least, lines }, windowMs) {
  const picture = document.createElementNS(svg, "svg");
  for (const [key, value] of Object.entries({ viewBox: `0 0 ${box.width} ${box.height}`, preserveAspectRatio: "none", "aria-hidden": "true" }))
    picture.setAttribute(key, value);
  for (const part of [0.5, 1]) picture.append(draw("grid", `M0 ${box.height * (1 - part)}H${box.width}`));
  const paths = lines.map(([, line]) => draw(`line ${line}`, ""));
  picture.append(...paths);
  const top = h("span", { class: "lab-top" });
  const values = lines.map(() => h("b"));
  const legend = lines.map(([, line], index) => h("span", { class: `lab-value ${line}` }, lines.length > 1 && `${t(`lab.graph.${line}`)} `, values[index]));
  const element = h("figure", { class: "lab-graph", "data-test": `lab-graph-${name}` },
    h("figcaption", null, h("span", null, t(`lab.graph.${name}`)), legend),
    h("div", { class: "lab-plot" }, picture, top),
    h("div", { class: "lab-window", "aria-hidden": "true" }, h("span", null, `−${windowMs / 1000} s`), h("span", null, t("lab.graph.now"))));

  /** @param {LabView} view */
  function update({ series }) {
    const last = series.samples.at(-1);
    const to = last?.at ?? 0;
    const scale = niceTop(series.max(lines.map(([field]) => field)), least);
    text(top, `${scale} ${unit}`);
    lines.forEach(([field], index) => {
      const value = last?.[field] ?? null;
      text(values[index], value === null ? "–" : `${value} ${unit}`);
      attribute(paths[index], "d", path(series.samples, field, { from: to - windowMs, to, top: scale, ...box }));
    });
  }
  return { element, update };
}

/** @param {string} name @param {string} d */
function draw(name, d) {
  const line = document.createElementNS(svg, "path");
  line.setAttribute("class", name);
  line.setAttribute("d", d);
  return line;
}
