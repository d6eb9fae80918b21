// @ts-check
/** Turns the pages of a stage that does not show everybody at once: buttons, keys, and a finger that swipes. */
import { attribute, h, show, style, text } from "./dom.js";
import { icon } from "./icons.js";
import { t } from "./i18n.js";

const swipePx = 60;

/** @param {(step: number) => void} turn */
export function createPager(turn) {
  const before = h("button", { class: "icon-button", type: "button", "data-test": "page-before", "aria-label": t("page.before"), title: t("page.before"), onclick: () => turn(-1) }, icon("back"));
  const after = h("button", { class: "icon-button", type: "button", "data-test": "page-after", "aria-label": t("page.after"), title: t("page.after"), onclick: () => turn(1) }, icon("forward"));
  const where = h("span", { class: "pager-where", "data-test": "page", role: "status" });
  const element = h("div", { class: "pager", role: "group", "aria-label": t("pages"), hidden: true }, before, where, after);

  return {
    element,
    /** @param {import("./arrange.js").Rect | undefined} rect @param {number} page @param {number} pages */
    update(rect, page, pages) {
      show(element, pages > 1 && rect !== undefined);
      if (!rect) return;
      style(element, "translate", `${rect.x}px ${rect.y}px`);
      style(element, "width", `${rect.width}px`);
      style(element, "height", `${rect.height}px`);
      text(where, `${page + 1} / ${pages}`);
      attribute(where, "aria-label", t("page.of", { page: page + 1, pages }));
      before.disabled = page === 0;
      after.disabled = page === pages - 1;
    },
  };
}

/**
 * A finger that moves sideways over the stage turns the page.
 * @param {HTMLElement} element
 * @param {(step: number) => void} turn
 */
export function turnBySwipe(element, turn) {
  /** @type {{ id: number, x: number, y: number } | null} */
  let from = null;
  element.addEventListener("pointerdown", event => {
    const pressed = /** @type {HTMLElement} */ (event.target);
    const free = event.pointerType === "touch" && event.isPrimary && !pressed.closest("button, .floating");
    from = free ? { id: event.pointerId, x: event.clientX, y: event.clientY } : null;
  });
  element.addEventListener("pointerup", event => {
    if (from?.id !== event.pointerId) return;
    const [dx, dy] = [event.clientX - from.x, event.clientY - from.y];
    from = null;
    if (Math.abs(dx) > swipePx && Math.abs(dx) > 2 * Math.abs(dy)) turn(dx < 0 ? 1 : -1);
  });
  element.addEventListener("pointercancel", () => { from = null; });
}
