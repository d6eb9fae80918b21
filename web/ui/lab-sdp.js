// @ts-check
/** The descriptions that were sent and received, line by line in words, each against the one before. */
import { diffLines } from "../rtchub/lab/diff.js";
import { linesOf, readSdp } from "../rtchub/lab/sdp.js";
import { attribute, h, show, text } from "./dom.js";
import { known, t, timeOfDay } from "./i18n.js";

/** @typedef {import("./lab-panel.js").LabView} LabView */
/** @typedef {{ at: number, side: "local" | "remote", type: string, sdp: string }} Described */
/** @typedef {import("../rtchub/lab/sdp.js").SdpSection} SdpSection */
/** @typedef {import("../rtchub/lab/diff.js").DiffLine["op"]} Op */

/** Hooks: sdp-pick, sdp-changes, sdp-lines, sdp-line (data-op). @returns {import("./lab-panel.js").LabPart} */
export function createSdp() {
  /** The newest until somebody picks another. @type {string | null} */
  let picked = null;
  let drawn = "";
  /** @type {LabView | null} */
  let latest = null;

  const pick = h("select", {
    class: "select", "data-test": "sdp-pick", "aria-label": t("lab.sdp.pick"),
    onchange: () => { picked = pick.value; redraw(); },
  });
  const changes = h("input", { type: "checkbox", "data-test": "sdp-changes", onchange: redraw });
  const summary = h("p", { class: "small muted" });
  const output = h("div", { class: "sdp", "data-test": "sdp-lines" });
  const none = h("p", { class: "muted small" }, t("lab.sdp.none"));
  const tools = h("div", { class: "row wrap" }, pick, h("label", { class: "check" }, changes, t("lab.sdp.changes")));

  function redraw() {
    if (latest) update(latest);
  }

  /** @param {LabView} view */
  function update(view) {
    latest = view;
    const all = described(view);
    show(none, all.length === 0);
    show(tools, all.length > 0);
    const keys = all.map(({ at, side, type }) => `${at} ${side} ${type}`);
    const chosen = Math.max(0, picked && keys.includes(picked) ? keys.indexOf(picked) : keys.length - 1);
    const signature = JSON.stringify([view.peer.id, keys, chosen, changes.checked]);
    if (signature === drawn) return;
    drawn = signature;
    pick.replaceChildren(...all.map(({ at, side, type }, index) =>
      h("option", { value: keys[index] }, `${index + 1}. ${t(`lab.sdp.${side}`)}: ${type}, ${timeOfDay(at)}`)));
    pick.selectedIndex = chosen;
    const current = all[chosen];
    if (!current) return output.replaceChildren();
    const before = all.slice(0, chosen).findLast(({ side }) => side === current.side);
    const diff = diffLines(before ? linesOf(before.sdp) : [], linesOf(current.sdp));
    const changed = diff.filter(({ op }) => op !== "same").length;
    text(summary, before ? t("lab.sdp.changed", { n: changed }) : t("lab.sdp.first"));
    output.replaceChildren(...draw(current.sdp, before ? diff : diff.map(line => ({ ...line, op: "same" })), changes.checked && before !== undefined));
  }
  return { element: h("div", { class: "stack" }, none, tools, summary, output), update };
}

/** @param {LabView} view @returns {Described[]} */
function described({ peer }) {
  return peer.log.filter(({ kind }) => kind === "description").map(({ at, value: { side, type, sdp } }) => ({ at, side, type, sdp }));
}

/**
 * The sections of the newer text, with what the older one had in place.
 * @param {string} sdp
 * @param {import("../rtchub/lab/diff.js").DiffLine[]} diff
 * @param {boolean} onlyChanges
 */
function draw(sdp, diff, onlyChanges) {
  const sections = readSdp(sdp);
  const queue = [...diff];
  return sections.map((section, index) => {
    /** @type {HTMLElement[]} */
    const lines = [];
    let changed = 0;
    const removed = () => {
      while (queue[0]?.op === "removed") {
        lines.push(drawLine(queue[0].text, "", "removed"));
        queue.shift();
        changed++;
      }
    };
    for (const { text: line, explanation } of section.lines) {
      removed();
      const op = queue.shift()?.op ?? "same";
      if (op !== "same") changed++;
      if (op !== "same" || !onlyChanges) lines.push(drawLine(line, wordsOf(explanation), op));
    }
    if (index === sections.length - 1) removed();
    return h("details", { class: "sdp-section", open: onlyChanges ? changed > 0 : index === 0 },
      h("summary", null, h("b", null, titleOf(section)), h("span", { class: "muted" }, detailOf(section)), changed > 0 && h("span", { class: "sdp-count" }, t("lab.sdp.changed", { n: changed }))),
      h("ul", null, lines));
  });
}

/** @param {string} line @param {string} words @param {Op} op */
function drawLine(line, words, op) {
  const element = h("li", { class: "sdp-line", "data-test": "sdp-line" },
    op !== "same" && h("span", { class: "visually-hidden" }, t(`lab.sdp.${op}`)), h("code", null, line), words && h("span", null, words));
  attribute(element, "data-op", op);
  return element;
}

/** @param {import("../rtchub/lab/sdp.js").Explanation} explanation */
function wordsOf({ key, values }) {
  const name = `lab.sdp.line.${key}`;
  return known(name) ? t(name, values) : "";
}

/** @param {SdpSection} section */
function titleOf({ kind, mid }) {
  const name = ["session", "audio", "video", "application"].includes(kind) ? t(`lab.sdp.section.${kind}`) : kind;
  return mid === null ? name : `${name}, mid ${mid}`;
}

/** @param {SdpSection} section */
function detailOf({ direction, codecs, rejected, lines }) {
  const first = codecs.filter(codec => !/^(rtx|red|ulpfec|flexfec.*|cn|telephone-event)$/i.test(codec));
  return [rejected && t("lab.sdp.rejected"), direction, first.join(" "), t("lab.sdp.count", { n: lines.length })].filter(Boolean).join(" · ");
}
