// @ts-check
/** The sentence on a tile that says why there is no picture, the worst reason only. */
import { attempt } from "./attempt.js";
import { attribute, h, show, text } from "./dom.js";
import { icon, setIcon } from "./icons.js";
import { t } from "./i18n.js";

/** @typedef {import("./cast.js").Part} Part */

/** @param {import("./call.js").CallPage} page @param {Part} first */
export function createTrouble(page, first) {
  const { call } = page.app;
  const spinner = h("span", { class: "spinner", "aria-hidden": "true" });
  const picture = icon("offline");
  const words = h("span");
  const again = h("button", {
    class: "button small", type: "button",
    onclick: () => { if (first.peer) attempt(Promise.resolve(call.lab.restartIce(first.peer.id))); },
  }, t("retry"));
  const why = h("a", { class: "button small quiet", href: "/diag", target: "_blank", rel: "noopener", "data-test": "tile-diag" }, t("link.diag.why"));
  const element = h("div", { class: "tile-trouble", role: "status", "data-test": "tile-trouble", hidden: true }, spinner, picture, words, again, why);

  return {
    element,
    /** @param {Part} part */
    update({ peer, kind }) {
      const reason = peer ? troubleOf(peer, kind) : null;
      show(element, reason !== null);
      attribute(element, "data-reason", reason);
      if (!peer || !reason) return;
      const waits = reason === "connecting" || reason === "recovering" || reason === "reconnecting";
      show(spinner, waits);
      picture.toggleAttribute("hidden", waits || reason === "failed");
      setIcon(picture, reason === "key" ? "lock-off" : "offline");
      text(words, t(`peer.${reason}`, { name: peer.name }));
      show(why, reason === "failed");
      show(again, reason === "failed" && call.state.room?.topology !== "sfu");
    },
  };
}

/**
 * What is the matter with a peer, the worst first.
 * @param {import("./cast.js").Peer} peer
 * @returns {"failed" | "recovering" | "connecting" | "reconnecting" | "connected"}
 */
export function peerState(peer) {
  if (peer.connection === "failed" || peer.connection === "recovering") return peer.connection;
  if (peer.signalling === "reconnecting") return "reconnecting";
  return peer.connection === "connected" ? "connected" : "connecting";
}

/**
 * @param {import("./cast.js").Peer} peer
 * @param {"camera" | "screen"} kind
 * @returns {"failed" | "recovering" | "connecting" | "reconnecting" | "key" | "paused" | null}
 */
export function troubleOf(peer, kind) {
  const state = peerState(peer);
  if (state !== "connected" && kind === "camera") return state;
  if (peer.decrypts === false) return "key";
  const [on, video] = kind === "screen" ? [peer.media.screen !== null, peer.screenVideo] : [peer.media.video, peer.video];
  return on && video?.paused ? "paused" : null;
}
