// @ts-check
/**
 * The lab of one call: what ICE does on each connection, live, and switches to make it do something else. The call page
 * shows it as a side panel, the page /lab under its loopback call and under a real one.
 *
 * Hooks for tests: lab, lab-peer, lab-diagnosis (data-key), lab-section-* (path, timeline, candidates, ladder, graphs, sdp,
 * switches), and those named in the files of the sections.
 */
import { Series, sample } from "../rtchub/lab/series.js";
import { createCandidates } from "./lab-candidates.js";
import { createGraphs } from "./lab-graphs.js";
import { createLadder } from "./lab-ladder.js";
import { createPath } from "./lab-path.js";
import { createSdp } from "./lab-sdp.js";
import { createSwitches } from "./lab-switches.js";
import { createTimeline } from "./lab-timeline.js";
import { attribute, every, h, show, text } from "./dom.js";
import { t, useMoreWords } from "./i18n.js";

/** @typedef {import("../rtchub/lab.js").LabPeer & { self?: string }} LabPeer  `self`: what our end is called; we, if it is not */
/** @typedef {Pick<import("../rtchub/lab.js").Lab, "settings" | "setIceServers" | "setPolicy" | "setFilter" | "setTrickle" | "restartIce" | "reoffer" | "renew" | "stats"> & { peers(): LabPeer[] }} LabSource */
/** @typedef {EventTarget & { lab: LabSource }} LabCall  a `Call`, or the loopback call */
/** @typedef {import("../rtchub/stats.js").Stats} Stats */

/**
 * What the sections show.
 * @typedef {object} LabView
 * @property {LabPeer} peer
 * @property {LabSource} lab
 * @property {Series} series
 * @property {Stats | null} stats
 * @property {number} now  epoch ms
 */
/** @typedef {{ element: HTMLElement, update(view: LabView): void }} LabPart */

const graphMs = 90_000;
const tickMs = 1000;
const calmMs = 80;

/**
 * @param {HTMLElement} element
 * @param {LabCall} call
 * @param {{ ladder?: boolean }} [options]  without the ladder where the page draws its own
 * @returns {() => void} unmounts it
 */
export function mountLabPanel(element, call, options = {}) {
  let stop = () => {};
  let unmounted = false;
  Promise.all([useMoreWords("lab"), useLabStyle()]).then(
    () => { if (!unmounted) stop = run(element, call, options); },
    error => { if (!unmounted) element.replaceChildren(h("p", { class: "notice bad", role: "alert" }, `${t("lab.failed")} ${error.message}`)); });
  return () => {
    unmounted = true;
    stop();
    element.replaceChildren();
  };
}

/** @param {HTMLElement} element @param {LabCall} call @param {{ ladder?: boolean }} options */
function run(element, call, { ladder = true }) {
  const { lab } = call;
  /** @type {Map<string, { series: Series, stats: Stats | null, pc: RTCPeerConnection | null }>} */
  const measured = new Map();
  /** @type {string | null} */
  let chosen = null;

  const picker = h("select", { class: "select", "data-test": "lab-peer", onchange: () => { chosen = picker.value; update(); } });
  const pick = h("label", { class: "lab-pick field" }, h("span", null, t("lab.connection")), picker);
  const nobody = h("p", { class: "muted empty", "data-test": "lab-nobody" }, t("lab.nobody"));
  const sections = [
    createSection("path", createPath(), true),
    createSection("timeline", createTimeline(), true),
    createSection("graphs", createGraphs(graphMs), true),
    createSection("candidates", createCandidates(), true),
    ...(ladder ? [createSection("ladder", createLadder(), false)] : []),
    createSection("sdp", createSdp(), false),
    createSection("switches", createSwitches(lab), false),
  ];
  const body = h("div", { class: "lab-sections" }, sections.map(section => section.element));
  element.replaceChildren(h("div", { class: "lab", "data-test": "lab" }, pick, nobody, body));

  /** @param {string} id */
  function record(id) {
    let one = measured.get(id);
    if (!one) measured.set(id, one = { series: new Series(graphMs), stats: null, pc: null });
    return one;
  }

  async function measure() {
    await Promise.allSettled(lab.peers().map(async ({ id, pc }) => {
      const one = record(id);
      const stats = await lab.stats(id);
      if (!stats?.pair) return;
      one.series.push(sample(stats, one.pc === pc ? one.stats : null));
      Object.assign(one, { stats, pc });
    }));
    update();
  }

  function update() {
    const peers = lab.peers();
    const peer = peers.find(({ id }) => id === chosen) ?? peers[0];
    show(nobody, !peer);
    show(body, peer !== undefined);
    show(pick, peers.length > 1);
    fill(picker, peers, peer);
    if (!peer) return;
    const { series, stats, pc } = record(peer.id);
    const view = { peer, lab, series, stats: pc === peer.pc ? stats : null, now: Date.now() };
    for (const section of sections) section.update(view);
  }

  /** @type {ReturnType<typeof setTimeout> | null} */
  let soon = null;
  const onEvent = () => {
    soon ??= setTimeout(() => {
      soon = null;
      update();
    }, calmMs);
  };
  call.addEventListener("peer-event", onEvent);
  call.addEventListener("change", onEvent);
  const untick = every(tickMs, measure);
  for (const section of sections) section.element.addEventListener("toggle", update);
  measure();
  update();
  return () => {
    untick();
    if (soon !== null) clearTimeout(soon);
    call.removeEventListener("peer-event", onEvent);
    call.removeEventListener("change", onEvent);
  };
}

/**
 * A chapter that can be folded: title, two or three sentences that teach, and the live part. While it is folded nothing
 * in it is kept up.
 * @param {string} name
 * @param {LabPart} part
 * @param {boolean} open
 */
function createSection(name, part, open) {
  const element = h("details", { class: "lab-section", "data-test": `lab-section-${name}`, open },
    h("summary", null, h("h3", null, t(`lab.${name}.title`))),
    h("div", { class: "lab-body" }, h("p", { class: "lab-guide" }, t(`lab.${name}.guide`)), part.element));
  return {
    element,
    /** @param {LabView} view */
    update(view) {
      if (element.open) part.update(view);
    },
  };
}

/** @param {HTMLSelectElement} picker @param {LabPeer[]} peers @param {LabPeer | undefined} chosen */
function fill(picker, peers, chosen) {
  const wanted = peers.map(({ id, name, self }) => ({ id, words: `${self ?? t("lab.you")} → ${name}` }));
  while (picker.options.length > wanted.length) picker.remove(picker.options.length - 1);
  wanted.forEach(({ id, words }, index) => {
    const option = picker.options[index] ?? picker.appendChild(h("option"));
    attribute(option, "value", id);
    text(option, words);
  });
  if (chosen && picker.value !== chosen.id) picker.value = chosen.id;
}

/** The call page has no need of the lab's style until the lab is opened. @returns {Promise<void>} */
function useLabStyle() {
  const href = new URL("../lab.css", import.meta.url).href;
  if ([...document.styleSheets].some(sheet => sheet.href === href)) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const link = h("link", { rel: "stylesheet", href, onload: () => resolve(), onerror: () => reject(new Error("lab.css")) });
    document.head.append(link);
  });
}
