// @ts-check
/** Who is here, who waits, and the door: link, lock, lobby. */
import { attempt } from "./attempt.js";
import { createAvatar } from "./avatar.js";
import { h, keyed, show, text } from "./dom.js";
import { icon } from "./icons.js";
import { t } from "./i18n.js";
import { createRoster } from "./roster.js";
import { canShare, copy, linkTo, share } from "./share.js";

/** @typedef {import("./app.js").CallState} CallState */

/** @param {import("./call.js").CallPage} page */
export function createPeople(page) {
  const { call } = page.app;
  const invite = createInvite(page);
  const lobby = createLobby(page);
  const body = h("div", { class: "panel-body scroll" });
  const roster = createRoster(page, body);
  const lock = toggle("lock", t("room.lock"), on => attempt(call.lock(on)));
  const waits = toggle("lobby-switch", t("room.lobby"), on => attempt(call.lobby(on)));
  const door = h("section", { class: "door-switches" }, lock.element, waits.element);
  const element = h("div", { class: "panel-page", "data-test": "people-panel", hidden: true }, body);
  body.append(lobby.element, invite.element, door, roster.element);

  return {
    element,
    /** @param {CallState} state */
    update(state) {
      if (page.ui.panel !== "people" || !state.self || !state.room) return;
      const leads = state.self.role === "moderator" && !state.room.call;
      lobby.update(state);
      show(invite.element, !state.room.call);
      invite.update(state);
      show(door, leads);
      lock.set(state.room.locked);
      waits.set(state.room.lobby);
      roster.update(state);
    },
    opened() {
      this.update(call.state);
    },
    remove() {},
  };
}

/** @param {import("./call.js").CallPage} page */
function createLobby(page) {
  const { call } = page.app;
  const list = h("ul", { class: "people-list" });
  const all = h("button", { class: "button small", type: "button", "data-test": "admit-all", onclick: admitAll }, t("lobby.admit.all"));
  const element = h("section", { class: "lobby-list stack", "aria-live": "polite", hidden: true },
    h("div", { class: "row" }, h("h3", { class: "grow" }, t("lobby.title")), all), list);
  const update = keyed(list, /** @param {{ id: string, name: string }} waiting */ waiting => waiting.id, waiting => {
    const avatar = createAvatar();
    const name = h("span", { class: "grow ellipsis" });
    return {
      element: h("li", { class: "person" }, avatar.element, name,
        h("button", {
          class: "button small", type: "button", "data-test": "deny", "data-peer": waiting.id, onclick: () => attempt(call.deny(waiting.id)),
        }, t("lobby.deny")),
        h("button", {
          class: "button small primary", type: "button", "data-test": "admit", "data-peer": waiting.id, onclick: () => attempt(call.admit(waiting.id)),
        }, t("lobby.admit"))),
      /** @param {{ id: string, name: string }} now */
      update(now) {
        avatar.update(now);
        text(name, now.name);
      },
    };
  });

  function admitAll() {
    for (const { id } of call.state.waiting) attempt(call.admit(id));
  }

  return {
    element,
    /** @param {CallState} state */
    update({ waiting }) {
      show(element, waiting.length > 0);
      show(all, waiting.length > 1);
      update(waiting);
    },
  };
}

/** @param {import("./call.js").CallPage} page */
function createInvite(page) {
  const room = () => page.app.call.state.room;
  const link = h("span", { class: "ellipsis grow small mono" });
  const element = h("section", { class: "invite stack" },
    h("h3", null, t("people.invite")),
    h("div", { class: "own-row" }, link,
      h("button", {
        class: "icon-button", type: "button", "data-test": "copy-link", "aria-label": t("copy.link"), title: t("copy.link"),
        onclick: () => copy(linkTo(room()?.id ?? ""), t("copied.link")),
      }, icon("copy")),
      canShare && h("button", {
        class: "icon-button", type: "button", "data-test": "share-link", "aria-label": t("share"), title: t("share"),
        onclick: () => share(room()?.id ?? "", room()?.name ?? ""),
      }, icon("share"))));
  return {
    element,
    /** @param {CallState} state */
    update(state) {
      text(link, linkTo(state.room?.id ?? "").replace(/^https?:\/\//, ""));
    },
  };
}

/** A switch that shows the room's state, not the click: it turns when the hub says so. @param {string} test @param {string} label @param {(on: boolean) => void} ask */
function toggle(test, label, ask) {
  let actual = false;
  const input = h("input", {
    type: "checkbox", role: "switch", "data-test": test,
    onchange: () => {
      const wanted = input.checked;
      input.checked = actual;
      ask(wanted);
    },
  });
  return {
    element: h("label", { class: "check" }, input, label),
    /** @param {boolean} on */
    set(on) {
      actual = on;
      if (input.checked !== on) input.checked = on;
    },
  };
}
