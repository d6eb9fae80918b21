// @ts-check
/** One person's picture (or screen): video, or initials when there is none, and what is to be known about them. */
import { createAvatar } from "./avatar.js";
import { canChooseSpeaker } from "./devices.js";
import { attribute, h, play, style, text } from "./dom.js";
import { icon } from "./icons.js";
import { t } from "./i18n.js";
import { createBadges } from "./tilebadges.js";
import { openTileMenu } from "./tilemenu.js";
import { createTrouble, peerState } from "./tiletrouble.js";

/** @typedef {import("./cast.js").Part} Part */
/** @typedef {import("./cast.js").Peer} Peer */
/** @typedef {import("./arrange.js").Rect} Rect */
/** @typedef {import("./call.js").CallPage} CallPage */

/** @param {CallPage} page @param {Part} first */
export function createTile(page, first) {
  const { call } = page.app;
  const self = first.peer === null;
  const screen = first.kind === "screen";
  const video = h("video", { autoplay: true, playsinline: true });
  video.muted = self;
  const avatar = createAvatar();
  const blank = h("div", { class: "tile-blank" }, avatar.element);
  const micOff = h("span", { class: "tile-mic", role: "img" }, icon("mic-off"));
  const name = h("span", { class: "ellipsis" });
  const label = h("div", { class: "tile-name" }, micOff, name);
  const badges = createBadges(page, first);
  const trouble = createTrouble(page, first);
  const menu = h("button", {
    class: "icon-button tile-menu", type: "button", "data-test": "tile-menu", "aria-haspopup": "menu", "aria-expanded": "false",
    onclick: () => openTileMenu(page, current, menu, element),
  }, icon("more"));
  const element = h("div", {
    class: `tile ${first.kind}${self ? " self" : ""}`, role: "group", "data-test": "tile", "data-kind": first.kind, "data-self": self,
    ondblclick: () => page.pin(first.key),
  }, blank, video, badges.element, label, trouble.element, menu);
  let current = first;
  let sink = "";
  let shown = false;

  // A stream whose camera was switched off keeps its last frame; the size says when a real picture has come.
  video.addEventListener("resize", () => element.classList.toggle("pictured", video.videoWidth > 0));

  /** @param {MediaStream | null} stream */
  function feed(stream) {
    if (video.srcObject === stream) return;
    play(video, stream);
    if (stream) listen();
    else element.classList.remove("pictured");
  }

  /** Starts playing; without a touch of the page some browsers refuse sound. */
  async function listen() {
    try {
      await video.play();
    } catch (error) {
      if (/** @type {Error} */ (error).name === "NotAllowedError") page.change({ blocked: true });
    }
  }

  /** @param {Peer} peer @param {string} device */
  function sound(peer, device) {
    if (video.volume !== peer.volume) video.volume = peer.volume;
    if (!canChooseSpeaker || !device || sink === device) return;
    sink = device;
    // The device may have gone in this moment; the library then names another.
    video.setSinkId(device).catch(() => { sink = ""; });
  }

  /** @param {Part} part */
  function update(part) {
    current = part;
    const { state } = call;
    const { peer } = part;
    feed(peer ? (screen ? peer.screen : peer.camera) : state.media.camera);
    if (peer) sound(peer, state.media.selected.audiooutput);
    if (shown) draw();
  }

  /** What is seen of a tile; one that is not seen needs none of it. */
  function draw() {
    const { state } = call;
    const { peer } = current;
    const person = peer ?? { id: state.self?.id ?? "", name: state.self?.name ?? "" };
    const media = peer?.media ?? state.media;
    attribute(element, "data-peer", person.id);
    attribute(element, "data-state", peer ? peerState(peer) : "connected");
    const wrongKey = peer?.decrypts === false;
    element.classList.toggle("has-picture", !wrongKey && (screen || media.video));
    element.classList.toggle("speaking", !screen && (peer ? peer.speaking : state.media.audio && state.media.level > 0.12));
    element.classList.toggle("mirror", self && page.ui.mirror);
    avatar.update(person);
    const title = self ? t("you") : screen ? t("screen.of", { name: person.name }) : person.name;
    text(name, title);
    attribute(element, "aria-label", title);
    attribute(menu, "aria-label", t("tile.menu", { name: title }));
    micOff.toggleAttribute("hidden", screen || media.audio);
    const forced = Boolean(peer?.mutedBy?.audio);
    micOff.classList.toggle("forced", forced);
    attribute(micOff, "aria-label", t(forced ? "mic.is.forced" : "mic.is.off"));
    attribute(micOff, "title", t(forced ? "mic.is.forced" : "mic.is.off"));
    badges.update(current);
    trouble.update(current);
  }

  /** @param {Rect | undefined} rect */
  function place(rect) {
    element.classList.toggle("absent", !rect);
    const appears = rect !== undefined && !shown;
    shown = rect !== undefined;
    if (!rect) return;
    if (appears) draw();
    style(element, "translate", `${rect.x}px ${rect.y}px`);
    style(element, "width", `${rect.width}px`);
    style(element, "height", `${rect.height}px`);
    element.classList.toggle("small", rect.width < 230 || rect.height < 130);
    if (!element.classList.contains("placed")) requestAnimationFrame(() => element.classList.add("placed"));
  }

  return {
    element,
    update,
    place,
    listen,
    remove() {
      video.srcObject = null;
    },
  };
}
