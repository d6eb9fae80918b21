// @ts-check
/**
 * Everybody in the room as a list that stays quick with hundreds: only the rows in sight are in the document. Hands come
 * first in the order of raising, then moderators, then the names.
 */
import { createAvatar } from "./avatar.js";
import { attribute, h, keyed, show, style, text } from "./dom.js";
import { icon } from "./icons.js";
import { language, t } from "./i18n.js";
import { openMenu } from "./menu.js";
import { createBars } from "./tilebadges.js";
import { moderatorItems } from "./tilemenu.js";
import { peerState } from "./tiletrouble.js";

/** @typedef {import("./app.js").CallState} CallState */
/** @typedef {CallState["peers"][number]} Peer */
/** @typedef {{ id: string, name: string, role: string, hand: string | null, media: { audio: boolean, video: boolean }, peer: Peer | null }} Person */

const rowPx = 56;
const beyond = 4;
/** From so many people on one looks for a name rather than for a face. */
const searchFrom = 12;

/** @param {import("./call.js").CallPage} page @param {HTMLElement} scroller what the list scrolls in */
export function createRoster(page, scroller) {
  const search = h("input", {
    class: "input", type: "search", placeholder: t("people.search"), "aria-label": t("people.search"), autocomplete: "off", spellcheck: "false", "data-test": "people-search",
    oninput: () => draw(),
  });
  const box = h("label", { class: "roster-search" }, icon("search"), search);
  const nobody = h("p", { class: "muted empty" }, t("people.nobody"));
  const list = h("ul", { class: "people-list roster" });
  const element = h("div", { class: "stack" }, box, nobody, list);
  const rows = keyed(list, /** @param {{ person: Person, at: number, of: number }} row */ row => row.person.id, () => createPerson(page));
  const sort = createSorter();
  /** @type {Person[]} */
  let people = [];
  scroller.addEventListener("scroll", () => draw(), { passive: true });

  function draw() {
    const wanted = search.value.trim().toLocaleLowerCase();
    const found = wanted ? people.filter(({ name }) => name.toLocaleLowerCase().includes(wanted)) : people;
    show(nobody, found.length === 0);
    style(list, "height", `${found.length * rowPx}px`);
    const above = scroller.getBoundingClientRect().top - list.getBoundingClientRect().top;
    const first = Math.max(0, Math.floor(above / rowPx) - beyond);
    const last = Math.ceil((above + scroller.clientHeight) / rowPx) + beyond;
    rows(found.slice(first, Math.max(first, last)).map((person, i) => ({ person, at: first + i, of: found.length })));
  }

  return {
    element,
    /** @param {CallState} state */
    update({ self, media, peers }) {
      if (!self) return;
      people = [{ ...self, media, peer: null }, ...sort(peers).map(peer => ({ ...peer, peer }))];
      show(box, people.length >= searchFrom || search.value !== "");
      draw();
    },
  };
}

/** Sorts again only when something has changed that the order goes by. @returns {(peers: readonly Peer[]) => Peer[]} */
function createSorter() {
  let sorted = "";
  /** @type {string[]} */
  let order = [];
  const names = new Intl.Collator(language(), { numeric: true, sensitivity: "base" });
  return peers => {
    const now = peers.map(({ id, name, role, hand }) => `${id}${name}${role}${hand}`).join("\n");
    if (now !== sorted) {
      sorted = now;
      order = [...peers].sort((a, b) => byHand(a, b) || byRole(a, b) || names.compare(a.name, b.name)).map(({ id }) => id);
    }
    const byId = new Map(peers.map(peer => [peer.id, peer]));
    return order.map(id => /** @type {Peer} */ (byId.get(id)));
  };
}

/** @param {Peer} a @param {Peer} b */
function byHand(a, b) {
  if (!a.hand || !b.hand) return Number(!a.hand) - Number(!b.hand);
  return a.hand < b.hand ? -1 : Number(a.hand > b.hand);
}

/** @param {Peer} a @param {Peer} b */
function byRole(a, b) {
  return Number(b.role === "moderator") - Number(a.role === "moderator");
}

/** @param {import("./call.js").CallPage} page */
function createPerson(page) {
  const avatar = createAvatar();
  const name = h("span", { class: "ellipsis" });
  const about = h("span", { class: "muted small ellipsis" });
  const bars = createBars();
  const hand = icon("hand");
  const mic = icon("mic-off");
  const camera = icon("camera-off");
  hand.classList.add("raised");
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
    avatar.element, h("div", { class: "grow person-name" }, name, about), hand, mic, camera, bars.element, menu);
  return {
    element,
    /** @param {{ person: Person, at: number, of: number }} row */
    update({ person, at, of }) {
      const { peer } = person;
      current = peer;
      attribute(element, "data-peer", person.id);
      attribute(element, "aria-posinset", at + 1);
      attribute(element, "aria-setsize", of);
      style(element, "translate", `0 ${at * rowPx}px`);
      avatar.update(person);
      element.classList.toggle("speaking", peer?.speaking === true);
      text(name, peer ? person.name : t("you.named", { name: person.name }));
      const words = aboutWords(person);
      text(about, words);
      show(about, words !== "");
      hand.toggleAttribute("hidden", !person.hand);
      mic.toggleAttribute("hidden", person.media.audio);
      camera.toggleAttribute("hidden", person.media.video);
      bars.update(peer?.quality && peer.quality.score < 3 ? peer.quality : null);
      show(menu, peer !== null);
      attribute(menu, "aria-label", t("tile.menu", { name: person.name }));
    },
  };
}

/** @param {Person} person */
function aboutWords({ role, peer }) {
  const state = peer ? peerState(peer) : "connected";
  if (state !== "connected") return t(`person.${state}`);
  if (peer?.decrypts === false) return t("key.wrong");
  if (peer?.mutedBy?.audio && !peer.media.audio) return t("mic.is.forced");
  if (peer?.kind === "program") return t("person.program");
  return role === "moderator" ? t("moderator") : "";
}
