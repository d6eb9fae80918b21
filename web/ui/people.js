// @ts-check
/** Who is here, who waits, and the door: link, lock, lobby. */
import { attempt } from "./attempt.js";
import { createAvatar } from "./avatar.js";
import { attribute, h, keyed, show, text } from "./dom.js";
import { icon } from "./icons.js";
import { t } from "./i18n.js";
import { openMenu } from "./menu.js";
import { canShare, copy, linkTo, share } from "./share.js";
import { peerState } from "./tile.js";
import { moderatorItems } from "./tilemenu.js";

/** @typedef {import("./app.js").CallState} CallState */
/** @typedef {CallState["peers"][number]} Peer */
/** @typedef {{ id: string, name: string, role: string, hand: unknown, media: { audio: boolean, video: boolean }, peer: Peer | null }} Person */

/** @param {import("./call.js").CallPage} page */
export function createPeople(page) {
  const { call } = page.app;
  const invite = createInvite(page);
  const lobby = createLobby(page);
  const roster = h("ul", { class: "people-list" });
  const updateRoster = keyed(roster, /** @param {Person} person */ person => person.id, () => createPerson(page));
  const lock = toggle("lock", t("room.lock"), on => attempt(call.lock(on)));
  const waits = toggle("lobby-switch", t("room.lobby"), on => attempt(call.lobby(on)));
  const door = h("section", { class: "door-switches" }, lock.element, waits.element);
  const element = h("div", { class: "panel-page", "data-test": "people-panel", hidden: true },
    h("div", { class: "panel-body scroll" }, lobby.element, roster, invite.element, door));

  return {
    element,
    /** @param {CallState} state */
    update(state) {
      if (page.ui.panel !== "people" || !state.self || !state.room) return;
      const leads = state.self.role === "moderator" && !state.room.call;
      lobby.update(state);
      updateRoster([
        { ...state.self, media: state.media, peer: null },
        ...state.peers.map(peer => ({ ...peer, peer })),
      ]);
      show(invite.element, !state.room.call);
      invite.update(state);
      show(door, leads);
      lock.set(state.room.locked);
      waits.set(state.room.lobby);
    },
    opened() {
      this.update(call.state);
    },
    remove() {},
  };
}

/** @param {import("./call.js").CallPage} page */
function createPerson(page) {
  const avatar = createAvatar();
  const name = h("span", { class: "ellipsis" });
  const about = h("span", { class: "muted small ellipsis" });
  const hand = icon("hand");
  const mic = icon("mic-off");
  const camera = icon("camera-off");
  /** @type {Peer | null} */
  let current = null;
  const menu = h("button", {
    class: "icon-button", type: "button", "aria-haspopup": "menu",
    onclick: () => current && openMenu(menu, [
      { label: t(page.ui.pinned === current.id ? "unpin" : "pin"), icon: "pin", test: "menu-pin", run: () => current && page.pin(current.id) },
      ...moderatorItems(page, current),
    ]),
  }, icon("more"));
  const element = h("li", { class: "person", "data-test": "person" },
    avatar.element, h("div", { class: "grow person-name" }, name, about), hand, mic, camera, menu);
  return {
    element,
    /** @param {Person} person */
    update(person) {
      current = person.peer;
      attribute(element, "data-peer", person.id);
      avatar.update(person);
      text(name, person.peer ? person.name : t("you.named", { name: person.name }));
      const state = person.peer ? peerState(person.peer) : "connected";
      const words = state !== "connected" ? t(`person.${state}`) : person.role === "moderator" ? t("moderator") : "";
      text(about, words);
      show(about, words !== "");
      hand.toggleAttribute("hidden", !person.hand);
      mic.toggleAttribute("hidden", person.media.audio);
      camera.toggleAttribute("hidden", person.media.video);
      show(menu, person.peer !== null);
      attribute(menu, "aria-label", t("tile.menu", { name: person.name }));
    },
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
