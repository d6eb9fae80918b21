// @ts-check
/** Who plays which part on the stage: large, in the strip, in the corner. Pure. */

/** @typedef {import("../rtchub/call.js").CallState} CallState */
/** @typedef {CallState["peers"][number]} Peer */
/** @typedef {"auto" | "tile" | "corner" | "hidden"} SelfView */

/**
 * One tile. `peer` is null for the own picture.
 * @typedef {{ key: string, kind: "camera" | "screen", peer: Peer | null }} Part
 */

/** @param {CallState} state @returns {Part[]} in the order of coming; the own picture last */
export function parts(state) {
  const list = state.peers.flatMap(peer => /** @type {Part[]} */ ([
    { key: peer.id, kind: "camera", peer },
    ...(peer.screen ? [{ key: `${peer.id}:screen`, kind: "screen", peer }] : []),
  ]));
  return [...list, { key: "self", kind: "camera", peer: null }];
}

/**
 * @param {object} scene
 * @param {Part[]} scene.parts
 * @param {"grid" | "speaker"} scene.view
 * @param {string | null} scene.pinned a key
 * @param {string | null} scene.speaker the peer who speaks or spoke last
 * @param {SelfView} scene.selfView
 * @returns {{ main: string[], strip: string[], corner: string | null }}
 */
export function cast({ parts, view, pinned, speaker, selfView }) {
  const keys = parts.map(part => part.key);
  const others = keys.filter(key => key !== "self");
  if (others.length === 0) return { main: ["self"], strip: [], corner: null };

  const screens = parts.filter(part => part.kind === "screen").map(part => part.key);
  let main = others;
  if (pinned && keys.includes(pinned)) main = [pinned];
  else if (screens.length > 0) main = screens;
  else if (view === "speaker") main = [speaker && others.includes(speaker) ? speaker : others[0]];

  const strip = others.filter(key => !main.includes(key));
  if (selfView === "hidden" || main.includes("self")) return { main, strip, corner: null };
  const floats = selfView === "corner" || (selfView === "auto" && strip.length === 0 && main.length === 1);
  if (floats) return { main, strip, corner: "self" };
  if (strip.length > 0 || main !== others) return { main, strip: [...strip, "self"], corner: null };
  return { main: [...main, "self"], strip, corner: null };
}

/** How long somebody must have had the stage before another takes it: a cough does not switch the picture. */
const dwellMs = 1500;

/** Follows who speaks. Time is handed in. */
export function createSpeakerFollower() {
  /** @type {string | null} */
  let current = null;
  let since = 0;
  /** @param {readonly Peer[]} peers @param {number} now ms @returns {string | null} */
  return (peers, now) => {
    const holder = peers.find(peer => peer.id === current);
    if (!holder) current = null;
    if (holder?.speaking) return current;
    const loudest = peers.filter(peer => peer.speaking).sort((a, b) => b.level - a.level)[0];
    if (loudest && (current === null || now - since >= dwellMs)) {
      current = loudest.id;
      since = now;
    }
    return current;
  };
}
