// @ts-check
/** A menu at a button: a popover (top layer, closes by itself) with the keys of the ARIA menu pattern. */
import { h, style } from "./dom.js";
import { icon } from "./icons.js";

/**
 * @typedef {object} MenuItem
 * @property {string} label
 * @property {import("./icons.js").IconName} icon
 * @property {string} test
 * @property {() => void} run
 * @property {boolean} [checked] for a switch
 * @property {boolean} [bad] for what cannot be taken back
 */

/**
 * @param {HTMLElement} button where it belongs; gets the focus back
 * @param {(MenuItem | HTMLElement)[]} items
 */
export function openMenu(button, items) {
  const menu = h("div", { class: "menu", role: "menu", popover: "auto" },
    ...items.map(item => item instanceof HTMLElement ? item : menuItem(item, close)));
  document.body.append(menu);
  menu.addEventListener("toggle", event => {
    if (/** @type {ToggleEvent} */ (event).newState === "open") return;
    button.setAttribute("aria-expanded", "false");
    menu.remove();
  });
  menu.addEventListener("keydown", event => step(menu, event));
  menu.showPopover();
  button.setAttribute("aria-expanded", "true");
  place(menu, button.getBoundingClientRect());
  /** @type {HTMLElement | null} */ (menu.querySelector("button, input"))?.focus();

  function close() {
    menu.hidePopover();
    button.focus();
  }
}

/** @param {MenuItem} item @param {() => void} close */
function menuItem(item, close) {
  const choose = () => { close(); item.run(); };
  return h("button", {
    class: `menu-item${item.bad ? " bad" : ""}`,
    type: "button",
    role: item.checked === undefined ? "menuitem" : "menuitemcheckbox",
    "aria-checked": item.checked === undefined ? null : String(item.checked),
    "data-test": item.test,
    onclick: choose,
  }, icon(item.icon), h("span", { class: "grow" }, item.label), item.checked && icon("check"));
}

/** Above the button where there is room, else below; always inside the window. @param {HTMLElement} menu @param {DOMRect} at */
function place(menu, at) {
  const { width, height } = menu.getBoundingClientRect();
  const above = at.top - height - 8;
  const top = above >= 8 ? above : Math.min(at.bottom + 8, innerHeight - height - 8);
  style(menu, "top", `${Math.max(8, top)}px`);
  style(menu, "left", `${Math.min(Math.max(8, at.right - width), innerWidth - width - 8)}px`);
}

/** @param {HTMLElement} menu @param {KeyboardEvent} event */
function step(menu, event) {
  const items = /** @type {HTMLElement[]} */ ([...menu.querySelectorAll("button")]);
  const at = items.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
  if (next === undefined) return;
  event.preventDefault();
  items[(next + items.length) % items.length].focus();
}
