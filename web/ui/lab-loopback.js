// @ts-check
/** A call with both ends in this page: its signalling message by message, and its inside below. */
import { Loopback } from "../rtchub/lab/loopback.js";
import { attribute, every, h, play, show, text } from "./dom.js";
import { icon } from "./icons.js";
import { t, tn } from "./i18n.js";
import { chapter } from "./lab-chapter.js";
import { createDiagram } from "./lab-ladder.js";
import { mountLabPanel } from "./lab-panel.js";
import { paintPicture } from "./lab-picture.js";

/**
 * What belongs to a running call and outlives a change of language.
 * @type {WeakMap<Loopback, { stop(): void }[]>}
 */
const pictures = new WeakMap();

/**
 * Hooks: loopback-start, loopback-stop, loopback-step, loopback-next, loopback-ping, loopback-echo, loopback-a, loopback-b.
 * @param {import("./lab.js").LabPage} lab
 * @returns {import("./lab.js").Chapter}
 */
export function createLoopbackChapter(lab) {
  const start = h("button", { class: "button primary", type: "button", "data-test": "loopback-start", onclick: begin }, icon("phone"), t("lab.loopback.start"));
  const stop = h("button", { class: "button", type: "button", "data-test": "loopback-stop", onclick: end }, icon("leave"), t("lab.loopback.stop"));
  const step = h("input", {
    type: "checkbox", "data-test": "loopback-step",
    onchange: () => { lab.loopback?.setStep(step.checked); draw(); },
  });
  step.checked = lab.loopback?.step ?? false;
  const next = h("button", { class: "button primary", type: "button", "data-test": "loopback-next", onclick: () => lab.loopback?.next() });
  const a = picture("A", "a");
  const b = picture("B", "b");
  const echo = h("output", { class: "mono", "data-test": "loopback-echo" });
  const ping = h("button", { class: "button small", type: "button", "data-test": "loopback-ping", onclick: doPing }, t("lab.loopback.ping"));
  const diagram = createDiagram();
  const inside = h("div", { class: "lab-inside" });
  const live = h("div", { class: "lab-loopback" },
    h("div", { class: "stack" }, h("div", { class: "lab-pictures" }, a.element, b.element), h("div", { class: "row wrap" }, ping, echo), h("p", { class: "lab-note" }, t("lab.loopback.media"))),
    h("div", { class: "stack" }, h("h3", null, t("lab.loopback.signalling")), diagram.element));
  const element = chapter("loopback", 2,
    h("div", { class: "row wrap" }, start, stop, h("label", { class: "check" }, step, t("lab.loopback.step")), next), live, inside);

  /** @type {Loopback | null} */
  let watched = null;
  let unmount = () => {};
  let untick = () => {};

  function begin() {
    lab.loopback?.close();
    const iceServers = lab.call.lab.settings.iceServers;
    const loopback = new Loopback({ iceServers, step: step.checked });
    const [left, right] = [paintPicture("A", 220), paintPicture("B", 28)];
    pictures.set(loopback, [left, right]);
    lab.loopback = loopback;
    draw();
    loopback.start(left.stream, right.stream);
  }

  function end() {
    const { loopback } = lab;
    if (!loopback) return;
    loopback.close();
    for (const each of pictures.get(loopback) ?? []) each.stop();
    lab.loopback = null;
    draw();
  }

  async function doPing() {
    try {
      const ms = await lab.loopback?.ping();
      text(echo, ms === undefined ? "" : t("lab.loopback.echo", { ms: ms.toFixed(1) }));
    } catch {
      text(echo, t("lab.loopback.no-echo"));
    }
  }

  function watch() {
    if (watched === lab.loopback) return;
    watched?.removeEventListener("trace", draw);
    unmount();
    untick();
    unmount = untick = () => {};
    watched = lab.loopback;
    text(echo, "");
    if (!watched) return;
    watched.addEventListener("trace", draw);
    unmount = mountLabPanel(inside, watched, { ladder: false });
    untick = every(500, draw);
  }

  function draw() {
    watch();
    const { loopback } = lab;
    const running = loopback !== null;
    show(start, !running);
    show(stop, running);
    show(live, running);
    show(next, running && loopback.step);
    if (!running) return;
    next.disabled = loopback.waiting === 0;
    text(next, loopback.waiting === 0 ? t("lab.loopback.quiet") : tn("lab.loopback.next", loopback.waiting));
    diagram.update(loopback.trace, "A", "B");
    const { connectionState } = loopback.peers()[0].pc;
    ping.disabled = connectionState !== "connected";
    a.update(loopback.streams.a);
    b.update(loopback.streams.b);
  }

  return {
    element,
    update: draw,
    remove() {
      watched?.removeEventListener("trace", draw);
      unmount();
      untick();
    },
  };
}

/** What one end sees of the other. @param {string} name @param {"a" | "b"} hook */
function picture(name, hook) {
  const video = h("video", { autoplay: true, playsinline: true, muted: true, "data-test": `loopback-${hook}`, "aria-label": t("lab.loopback.sees", { name }) });
  video.muted = true;
  return {
    element: h("figure", { class: "lab-picture" }, video, h("figcaption", null, t("lab.loopback.sees", { name }))),
    /** @param {MediaStream} stream */
    update(stream) {
      play(video, stream);
      attribute(video, "data-tracks", stream.getTracks().length);
    },
  };
}
