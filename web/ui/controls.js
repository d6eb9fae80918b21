// @ts-check
/** The bar under the stage: where one is, what one does, and what else there is to see. */
import { attribute, every, h, show, text } from "./dom.js";
import { icon, setIcon } from "./icons.js";
import { t, tn } from "./i18n.js";
import { openMenu } from "./menu.js";
import { otherParty } from "./screens.js";
import { createCameraButton, createMicButton } from "./selfmedia.js";
import { canShareScreen } from "./sharing.js";
import { createWay } from "./way.js";

/** @typedef {import("./icons.js").IconName} IconName */
/** @typedef {import("./app.js").CallState} CallState */

/** @param {import("./call.js").CallPage} page */
export function createControls(page) {
  const { app, ui, actions } = page;
  const mic = createMicButton(app);
  const camera = createCameraButton(app);
  const screen = button("screen", "screen", actions.screen, "wide-only");
  const hand = button("hand", "hand", actions.hand);
  const chat = button("chat", "chat", actions.chat);
  const people = button("people", "people", actions.people, "wide-only");
  const files = button("files", "files", actions.files, "wide-only");
  const view = button("view", "grid", actions.view, "wide-only");
  const lab = button("lab", "lab", actions.lab, "wide-only");
  const settings = button("settings", "settings", actions.settings, "wide-only");
  const more = button("more", "more", () => openMore(), "narrow-only");
  const leave = button("leave", "leave", actions.leave, "hang-up");
  attribute(more.element, "aria-haspopup", "menu");
  const unread = h("span", { class: "count", "data-test": "unread", hidden: true });
  const waiting = h("span", { class: "count", hidden: true });
  chat.element.append(unread);
  people.element.append(waiting);
  show(screen.element, canShareScreen);

  const name = h("h1", { class: "ellipsis room-name" });
  const lock = h("span", { role: "img", "aria-label": t("room.locked"), title: t("room.locked") }, icon("lock"));
  const way = createWay();
  const clock = h("span", { class: "muted clock" });
  const info = h("div", { class: "call-info" }, name, lock, way.element, clock);
  const stop = every(1000, tick);
  tick();

  const element = h("div", { class: "controls", role: "group", "aria-label": t("controls") },
    info,
    h("div", { class: "controls-main" }, mic.element, camera.element, screen.element, hand.element, chat.element, more.element, leave.element),
    h("div", { class: "controls-more" }, people.element, files.element, view.element, lab.element, settings.element));

  function tick() {
    const seconds = Math.floor((Date.now() - (app.visit.since || Date.now())) / 1000);
    const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
    text(clock, (parts[0] ? parts : parts.slice(1)).map((part, i) => i ? String(part).padStart(2, "0") : part).join(":"));
  }

  function openMore() {
    const { state } = app.call;
    openMenu(more.element, [
      ...(canShareScreen ? [item("screen", state.media.screen ? "screen-off" : "screen", t(state.media.screen ? "screen.stop" : "screen.share"))] : []),
      item("people", "people", t("people.title")),
      item("files", "files", t("files.title")),
      item("view", ui.shown === "grid" ? "focus" : "grid", t(ui.shown === "grid" ? "view.speaker" : "view.grid")),
      item("settings", "settings", t("settings.title")),
      item("lab", "lab", t("lab.title")),
    ]);
  }

  /** @param {"screen" | "people" | "files" | "view" | "settings" | "lab"} test @param {IconName} picture @param {string} label */
  function item(test, picture, label) {
    return { label, icon: picture, test: `menu-${test}`, run: () => actions[test]() };
  }

  /** @param {CallState} state */
  function update(state) {
    const { room, media, self } = state;
    if (!room) return;
    mic.update(state);
    camera.update(state);
    screen.set(t(media.screen ? "screen.stop" : "screen.share"), media.screen, media.screen ? "screen-off" : "screen");
    hand.set(t(self?.hand ? "hand.lower" : "hand.raise"), Boolean(self?.hand));
    chat.set(t("chat.title"), ui.panel === "chat");
    people.set(`${t("people.title")} (${tn("people.count", state.peers.length + 1)})`, ui.panel === "people");
    files.set(t("files.title"), ui.panel === "files");
    lab.set(t("lab.title"), ui.panel === "lab");
    view.set(t(ui.shown === "grid" ? "view.speaker" : "view.grid"), null, ui.shown === "grid" ? "focus" : "grid");
    settings.set(t("settings.title"), null);
    more.set(t("more"), null);
    leave.set(t("leave"), null);
    show(unread, app.attention.unread > 0);
    text(unread, Math.min(99, app.attention.unread));
    show(waiting, state.waiting.length > 0);
    text(waiting, state.waiting.length);
    text(name, room.call ? otherParty(room.call, self?.id).name : room.name || room.id);
    show(lock, room.locked && !room.call);
    way.update(state);
  }

  return { element, update, remove: stop };
}

/** @param {string} test @param {IconName} picture @param {() => unknown} press @param {string} [kind] */
function button(test, picture, press, kind = "") {
  const drawing = icon(picture);
  const element = h("button", {
    class: `control ${kind}`, type: "button", "data-test": test,
    onclick: /** @param {MouseEvent} event */ event => {
      press();
      if (event.detail > 0) element.blur();
    },
  }, drawing);
  return {
    element,
    /** @param {string} label @param {boolean | null} on null: not a switch @param {IconName} [now] */
    set(label, on, now) {
      attribute(element, "aria-label", label);
      attribute(element, "title", label);
      attribute(element, "aria-pressed", on === null ? null : String(on));
      element.classList.toggle("on", on === true);
      if (now) setIcon(drawing, now);
    },
  };
}
