// @ts-check
/** The signalling as a sequence diagram: two life lines, and each message as an arrow between them. */
import { rungs } from "../rtchub/lab/ladder.js";
import { attribute, h, keyed, show, text } from "./dom.js";
import { t } from "./i18n.js";
import { seconds } from "./lab-timeline.js";

/** @typedef {import("../rtchub/lab/ladder.js").Rung} Rung */

/** @returns {import("./lab-panel.js").LabPart} */
export function createLadder() {
  const diagram = createDiagram();
  return {
    element: diagram.element,
    update: ({ peer }) => diagram.update(rungs(peer.log), peer.self ?? t("lab.you"), peer.name),
  };
}

/** Hooks: ladder, rung (data-type, data-state, data-out). */
export function createDiagram() {
  const left = h("strong");
  const right = h("strong");
  const list = h("ol", { class: "ladder-rungs" });
  const none = h("p", { class: "muted small" }, t("lab.ladder.none"));
  const element = h("div", { class: "ladder", "data-test": "ladder" }, h("div", { class: "ladder-ends" }, left, right), list, none);
  let start = 0;
  const update = keyed(list, /** @param {Rung} rung */ rung => rung.key, rung => createRung(rung, () => start));
  return {
    element,
    /** @param {Rung[]} all @param {string} self @param {string} peer */
    update(all, self, peer) {
      text(left, self);
      text(right, peer);
      start = all[0]?.at ?? 0;
      show(none, all.length === 0);
      const before = list.childElementCount;
      update(all);
      if (list.childElementCount > before && list.scrollHeight > list.clientHeight) list.scrollTop = list.scrollHeight;
    },
  };
}

/** @param {Rung} rung @param {() => number} start */
function createRung({ at, out, type, detail, payload }, start) {
  const name = type === "candidate" || type === "end" ? t(`lab.rung.${type}`) : type;
  const state = h("span", { class: "ladder-state" });
  const time = h("span", { class: "ladder-time mono" }, seconds(at - start()));
  const label = h("span", { class: "ladder-label" }, h("b", null, name), detail && ` ${detail}`, state);
  const arrow = h("span", { class: "ladder-arrow", role: "img", "aria-label": out ? "→" : "←" });
  const row = payload
    ? h("details", null, h("summary", null, time, label, arrow), h("pre", { class: "ladder-payload mono" }, payload))
    : h("div", { class: "ladder-plain" }, time, label, arrow);
  const element = h("li", { class: "rung", "data-test": "rung", "data-type": type, "data-out": String(out) }, row);
  return {
    element,
    /** @param {Rung} rung */
    update(rung) {
      attribute(element, "data-state", rung.state);
      text(state, rung.state === "sent" ? "" : t(`lab.rung.${rung.state}`));
    },
  };
}
