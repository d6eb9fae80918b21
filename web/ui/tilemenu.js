// @ts-check
/** What can be done with one person's tile: for everybody, and what only a moderator may. */
import { attempt } from "./attempt.js";
import { confirmed } from "./dialog.js";
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { t } from "./i18n.js";
import { openMenu } from "./menu.js";

/** @typedef {import("./cast.js").Part} Part */
/** @typedef {import("./cast.js").Peer} Peer */
/** @typedef {import("./call.js").CallPage} CallPage */
/** @typedef {import("./menu.js").MenuItem} MenuItem */

/** @param {CallPage} page @param {Part} part @param {HTMLElement} button @param {HTMLElement} tile */
export function openTileMenu(page, part, button, tile) {
  const pinned = page.ui.pinned === part.key;
  /** @type {(MenuItem | HTMLElement)[]} */
  const items = [
    { label: t(pinned ? "unpin" : "pin"), icon: "pin", test: "menu-pin", run: () => page.pin(part.key) },
    ...(part.peer ? peerItems(page, part.peer) : selfItems(page)),
  ];
  if (tile.requestFullscreen && part.peer)
    items.push({ label: t("fullscreen"), icon: "screen", test: "menu-fullscreen", run: () => { tile.requestFullscreen().catch(() => {}); } });
  openMenu(button, items);
}

/** @param {CallPage} page @returns {MenuItem[]} */
function selfItems(page) {
  const { ui } = page;
  const { self, room } = page.app.call.state;
  const lit = room?.spotlight === self?.id;
  return [
    ...(self?.role === "moderator" && !room?.call ? [
      { label: t(lit ? "spotlight.end" : "spotlight.start"), icon: /** @type {const} */ ("focus"), test: "menu-spotlight", run: () => attempt(page.app.call.spotlight(lit ? null : self.id)) },
    ] : []),
    { label: t(ui.selfView === "corner" ? "self.intile" : "self.incorner"), icon: "self", test: "menu-self-corner", run: () => page.change({ selfView: ui.selfView === "corner" ? "tile" : "corner" }) },
    { label: t("self.hide"), icon: "camera-off", test: "menu-self-hide", run: () => page.change({ selfView: "hidden" }) },
    { label: t("self.mirror"), icon: "refresh", test: "menu-self-mirror", checked: ui.mirror, run: () => page.change({ mirror: !ui.mirror }) },
  ];
}

/** @param {CallPage} page @param {Peer} peer @returns {(MenuItem | HTMLElement)[]} */
function peerItems(page, peer) {
  return [volume(page, peer), ...moderatorItems(page, peer)];
}

/** @param {CallPage} page @param {Peer} peer */
function volume(page, peer) {
  const slider = h("input", {
    type: "range", min: 0, max: 100, value: Math.round(peer.volume * 100), "aria-label": t("volume.of", { name: peer.name }), "data-test": "menu-volume",
    oninput: () => page.app.call.setVolume(peer.id, Number(slider.value) / 100),
  });
  return h("label", { class: "menu-slider" }, icon("volume"), slider);
}

/**
 * @param {CallPage} page
 * @param {Peer} peer
 * @returns {MenuItem[]} none for who is not a moderator, or in a direct call
 */
export function moderatorItems(page, peer) {
  const { call } = page.app;
  const { self, room } = call.state;
  if (self?.role !== "moderator" || room?.call) return [];
  const params = { name: peer.name };
  const leads = peer.role === "moderator";
  const lit = room?.spotlight === peer.id;
  /** @type {MenuItem[]} */
  const items = [
    { label: t(lit ? "spotlight.end" : "spotlight.start"), icon: "focus", test: "menu-spotlight", run: () => attempt(call.spotlight(lit ? null : peer.id)) },
  ];
  if (peer.media.audio)
    items.push({ label: t("mod.mute"), icon: "mic-off", test: "menu-mute", run: () => attempt(call.mute(peer.id, "audio")) });
  if (peer.media.video)
    items.push({ label: t("mod.video"), icon: "camera-off", test: "menu-stop-video", run: () => attempt(call.mute(peer.id, "video")) });
  if (peer.kind !== "program") items.push({
    label: t(leads ? "mod.demote" : "mod.promote"), icon: "star", test: "menu-moderator", run: () => attempt(call.moderator(peer.id, !leads)),
  });
  items.push({
    label: t("mod.kick"), icon: "remove", test: "menu-kick", bad: true,
    run: async () => {
      const sure = await confirmed({ title: t("mod.kick.title", params), question: t("mod.kick.question", params), yes: t("mod.kick.yes"), danger: true });
      if (sure) await attempt(call.kick(peer.id));
    },
  });
  return items;
}
