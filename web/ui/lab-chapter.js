// @ts-check
import { h } from "./dom.js";
import { t } from "./i18n.js";

/**
 * A chapter of the page: number, title, what it teaches, and the live part.
 * @param {"nat" | "loopback" | "room"} name
 * @param {number} number
 * @param {...HTMLElement} children
 */
export function chapter(name, number, ...children) {
  return h("section", { class: "lab-chapter card", id: name, "aria-labelledby": `${name}-title`, "data-test": `chapter-${name}` },
    h("h2", { id: `${name}-title` }, h("span", { class: "lab-number", "aria-hidden": "true" }, number), t(`lab.chapter.${name}`)),
    h("p", { class: "lab-guide" }, t(`lab.chapter.${name}.guide`)),
    ...children);
}
