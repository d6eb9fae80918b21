// @ts-check
/** The first page: start a room, join one, call somebody directly, go back to where one was. */
import { createBar } from "./bar.js";
import { createDial } from "./dial.js";
import { h, keyed, show } from "./dom.js";
import { icon } from "./icons.js";
import { t } from "./i18n.js";
import { createNetworkNotice } from "./network.js";
import { createNewRoom } from "./newroom.js";
import { secretPart } from "./secret.js";
import { forgetRoom, recentRooms } from "./stored.js";
import { roomFrom, secretFrom } from "./words.js";

/** @typedef {import("./stored.js").RecentRoom} RecentRoom */

/** @param {import("./app.js").App} app @returns {import("./app.js").View} */
export function mountHome(app) {
  const dial = createDial(app);
  const network = createNetworkNotice(app);
  const recent = createRecent(app);
  const element = h("div", { class: "home" },
    createBar(app),
    h("main", { class: "home-main" },
      h("section", { class: "hero" },
        h("h1", null, t("home.title")),
        h("p", { class: "lead muted" }, t("home.lead")),
        createNewRoom(app),
        h("div", { class: "or muted small", "aria-hidden": "true" }, t("home.or")),
        joinForm(app)),
      h("div", { class: "home-side" }, network.element, dial.element, recent)),
    links());
  return {
    element,
    update(state) {
      network.update(state);
      dial.update(state);
    },
  };
}

/** @param {import("./app.js").App} app */
function joinForm(app) {
  const problem = h("p", { class: "small problem", role: "alert", "data-test": "home-problem", "data-code": "room-invalid", hidden: true },
    t("home.join.invalid"));
  const input = h("input", {
    class: "input", name: "room", type: "text", autocomplete: "off", autocapitalize: "none", spellcheck: "false", enterkeyhint: "go",
    placeholder: t("home.join.placeholder"), "aria-label": t("home.join.label"), "data-test": "join-field",
    oninput: () => show(problem, false),
  });
  /** @param {Event} event */
  const submit = event => {
    event.preventDefault();
    const room = roomFrom(input.value, location.origin);
    show(problem, !room);
    if (room) app.go(`/r/${room}${secretPart(secretFrom(input.value))}`);
    else input.focus();
  };
  return h("form", { class: "stack", onsubmit: submit },
    h("div", { class: "row" },
      h("div", { class: "grow" }, input),
      h("button", { class: "button", type: "submit", "data-test": "join-link" }, t("home.join"))),
    problem);
}

/** @param {import("./app.js").App} app */
function createRecent(app) {
  const list = h("ul", { class: "recent-list" });
  const element = h("section", { class: "card", "aria-labelledby": "recent-title" },
    h("h2", { id: "recent-title" }, t("home.recent")), list);
  const update = keyed(list, /** @param {RecentRoom} room */ room => room.id, recentRow);
  refresh();
  return element;

  function refresh() {
    const rooms = recentRooms();
    update(rooms);
    show(element, rooms.length > 0);
  }

  /** @param {RecentRoom} room */
  function recentRow(room) {
    /** @param {MouseEvent} event */
    const open = event => {
      if (event.metaKey || event.ctrlKey || event.shiftKey) return;
      event.preventDefault();
      app.go(`/r/${room.id}`);
    };
    const forget = () => { forgetRoom(room.id); refresh(); };
    return {
      element: h("li", { class: "row" },
        h("a", { class: "recent grow", href: `/r/${room.id}`, "data-test": "recent", "data-room": room.id, onclick: open },
          icon("clock"),
          h("span", { class: "ellipsis grow" }, room.name || room.id),
          h("span", { class: "muted small" }, when(room.at))),
        h("button", {
          class: "icon-button", type: "button", "data-test": "forget", "aria-label": t("home.forget", { room: room.id }),
          title: t("home.forget", { room: room.id }), onclick: forget,
        }, icon("close"))),
      update() {},
    };
  }
}

/** @param {number} at epoch ms */
function when(at) {
  const days = Math.round((at - Date.now()) / 86_400_000);
  return new Intl.RelativeTimeFormat(document.documentElement.lang, { numeric: "auto" }).format(Math.min(0, days), "day");
}

function links() {
  return h("footer", { class: "home-links small muted" },
    h("span", { class: "grow" }, t("home.footer")),
    h("a", { href: "/publish" }, t("link.publish")),
    h("a", { href: "/play" }, t("link.play")),
    h("a", { href: "/lab" }, t("link.lab")),
    h("a", { href: "/diag" }, t("link.diag")),
    h("a", { href: "/swagger" }, t("link.api")),
    h("a", { href: "/docs/protocol.md" }, t("link.protocol")));
}
