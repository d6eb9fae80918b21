// @ts-check
/** The side panel: chat, people, files, and the ICE lab, one at a time. On a phone it covers the stage. */
import { createChat } from "./chat.js";
import { attribute, h, show, text } from "./dom.js";
import { createFiles } from "./files.js";
import { icon } from "./icons.js";
import { t } from "./i18n.js";
import { createPeople } from "./people.js";
import { toast } from "./toast.js";

/** @typedef {import("./call.js").PanelName} PanelName */

/** @param {import("./call.js").CallPage} page */
export function createPanel(page) {
  const { ui } = page;
  const chat = createChat(page);
  const people = createPeople(page);
  const files = createFiles(page);
  const lab = createLab(page);
  const pages = { chat, people, files, lab };
  const title = h("h2", { id: "panel-title" });
  const close = h("button", {
    class: "icon-button", type: "button", "aria-label": t("close"), "data-test": "close-panel", onclick: () => page.change({ panel: null }),
  }, icon("close"));
  const element = h("aside", { class: "panel", "aria-labelledby": "panel-title", hidden: true },
    h("div", { class: "panel-head" }, title, close),
    ...Object.values(pages).map(each => each.element));
  /** @type {PanelName | null} */
  let opened = null;
  /** @type {Element | null} */
  let cameFrom = null;

  return {
    element,
    /** @param {import("./app.js").CallState} state */
    update(state) {
      for (const each of Object.values(pages)) each.update(state);
      if (ui.panel === opened) return;
      if (opened === null) cameFrom = document.activeElement;
      opened = ui.panel;
      show(element, opened !== null);
      for (const [name, each] of Object.entries(pages)) show(each.element, name === opened);
      attribute(element, "data-panel", opened);
      if (opened === null) {
        if (cameFrom instanceof HTMLElement && cameFrom.isConnected) cameFrom.focus();
        return;
      }
      text(title, t(`${opened}.title`));
      pages[opened].opened();
    },
    /** @param {File[]} list files to send */
    offer: files.offer,
    remove() {
      for (const each of Object.values(pages)) each.remove();
    },
  };
}

/** The lab is a page of its own size: it is fetched when it is asked for. @param {import("./call.js").CallPage} page */
function createLab(page) {
  const element = h("div", { class: "panel-body lab-panel", hidden: true });
  /** @type {(() => void) | null} */
  let unmount = null;
  let loading = false;

  function close() {
    unmount?.();
    unmount = null;
    element.replaceChildren();
  }

  async function open() {
    loading = true;
    try {
      const { mountLabPanel } = await import("./lab-panel.js");
      if (page.ui.panel === "lab") unmount = mountLabPanel(element, page.app.call);
    } catch {
      toast(t("lab.failed"), { kind: "bad" });
      page.change({ panel: null });
    } finally {
      loading = false;
    }
  }

  return {
    element,
    update() {
      if (page.ui.panel !== "lab" && unmount) close();
    },
    opened() {
      if (!unmount && !loading) open();
    },
    remove: close,
  };
}
