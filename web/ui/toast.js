// @ts-check
/** Short sentences that come and go at the edge of the page; read out by screen readers. */
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { t } from "./i18n.js";

/** @typedef {{ kind?: "info" | "bad", code?: string, ms?: number, action?: { label: string, run: () => void } }} ToastOptions */

const most = 4;
/** @type {HTMLElement | null} */
let region = null;

/** What was said about a call is of no interest after it. */
export function clearToasts() {
  region?.replaceChildren();
}

/**
 * @param {string} sentence
 * @param {ToastOptions} [options]
 * @returns {() => void} takes it away
 */
export function toast(sentence, { kind = "info", code, ms = kind === "bad" ? 9000 : 4500, action } = {}) {
  if (!region) {
    region = h("div", { class: "toasts", role: "status", "aria-live": "polite" });
    document.body.append(region);
  }
  const element = h("div", { class: `toast ${kind}`, "data-test": "toast", "data-code": code },
    kind === "bad" && icon("warning"),
    h("span", { class: "grow" }, sentence),
    action && h("button", { class: "button small quiet", type: "button", onclick: () => { close(); action.run(); } }, action.label),
    h("button", { class: "icon-button", type: "button", "aria-label": t("close"), onclick: close }, icon("close")));
  region.append(element);
  while (region.childElementCount > most) region.firstElementChild?.remove();
  let timer = setTimeout(close, ms);
  element.addEventListener("pointerenter", () => clearTimeout(timer));
  element.addEventListener("pointerleave", () => { timer = setTimeout(close, 1500); });

  function close() {
    clearTimeout(timer);
    element.remove();
  }
  return close;
}
