// @ts-check
/** One key for each thing that is done often, and a dialog that lists them. */
import { openDialog } from "./dialog.js";
import { h } from "./dom.js";
import { t } from "./i18n.js";

/** @type {[key: string, action: "mic" | "camera" | "screen" | "hand" | "chat" | "people" | "view" | "shortcuts"][]} */
const keys = [
  ["m", "mic"], ["v", "camera"], ["s", "screen"], ["h", "hand"], ["c", "chat"], ["p", "people"], ["g", "view"], ["?", "shortcuts"],
];

export function openShortcuts() {
  const rows = [...keys, ["space", "talk"], ["PageUp PageDown", "page"], ["Esc", "close"]].flatMap(([key, action]) => [
    h("dt", null, key.split(" ").map(one => h("kbd", null, one === "space" ? t("key.space") : one.length === 1 ? one.toUpperCase() : one))),
    h("dd", null, t(`shortcut.${action}`)),
  ]);
  openDialog({ title: t("shortcuts.title"), test: "shortcuts-dialog", body: [h("dl", { class: "shortcuts" }, ...rows)] });
}

/**
 * @param {import("./call.js").CallPage} page
 * @returns {() => void} stops watching
 */
export function watchShortcuts(page) {
  const { call } = page.app;

  /** @param {KeyboardEvent} event */
  function down(event) {
    const target = /** @type {HTMLElement} */ (event.target);
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.key === "Escape" && page.ui.panel && !document.querySelector("dialog[open], .menu")) return page.change({ panel: null });
    if (target.closest("input, textarea, select, dialog, [contenteditable], .menu")) return;
    if (event.key === " ") return hold(event, target);
    if (event.key === "PageUp" || event.key === "PageDown") {
      if (target.closest(".panel")) return;
      event.preventDefault();
      return page.turn(event.key === "PageDown" ? 1 : -1);
    }
    if (event.repeat) return;
    const action = keys.find(([key]) => key === event.key.toLowerCase())?.[1];
    if (!action) return;
    event.preventDefault();
    page.actions[action]();
  }

  /** The space bar opens a closed microphone for as long as it is held. @param {KeyboardEvent} event @param {HTMLElement} target */
  function hold(event, target) {
    if (target.closest("button, a, summary")) return;
    event.preventDefault();
    if (event.repeat || page.ui.talking || call.state.media.audio) return;
    page.change({ talking: true });
    call.media.setAudio(true);
  }

  function release() {
    if (!page.ui.talking) return;
    page.change({ talking: false });
    call.media.setAudio(false);
  }

  /** @param {KeyboardEvent} event */
  function up(event) {
    if (event.key === " ") release();
  }

  addEventListener("keydown", down);
  addEventListener("keyup", up);
  addEventListener("blur", release);
  return () => {
    release();
    removeEventListener("keydown", down);
    removeEventListener("keyup", up);
    removeEventListener("blur", release);
  };
}
