// @ts-check
/** Who plays which part on the stage: large, in the strip, in the corner. Pure. */

/** @typedef {import("../rtchub/call.js").CallState} CallState */
/** @typedef {CallState["peers"][number]} Peer */
/** @typedef {"auto" | "tile" | "corner" | "hidden"} SelfView */

/**
 * One tile. `peer` is null for the own picture.
 * @typedef {{ key: string, kind: "camera" | "screen", peer: Peer | null }} Part
 */

/**
 * @param {CallState} state
 * @param {readonly string[]} [order] of the peers' ids, see seats.js
 * @returns {Part[]} a screen behind its owner; the own picture last
 */
export function parts({ peers }, order = peers.map(peer => peer.id)) {
  const byId = new Map(peers.map(peer => [peer.id, peer]));
  const list = order.flatMap(id => {
    const peer = byId.get(id);
    return /** @type {Part[]} */ (peer ? [
      { key: id, kind: "camera", peer },
      ...(peer.screen || peer.media.screen ? [{ key: `${id}:screen`, kind: "screen", peer }] : []),
    ] : []);
  });
  return [...list, { key: "self", kind: "camera", peer: null }];
}

/**
 * @param {"auto" | "grid" | "speaker"} chosen
 * @param {number} people with oneself
 * @param {number} most tiles on a page
 * @returns {"grid" | "speaker"} automatic: a grid while everybody fits
 */
export function viewOf(chosen, people, most) {
  return chosen === "auto" ? (people > most ? "speaker" : "grid") : chosen;
}

/**
 * @param {object} scene
 * @param {Part[]} scene.parts
 * @param {"grid" | "speaker"} scene.view
 * @param {string | null} scene.pinned a key: chosen by this person, and stronger than the spotlight
 * @param {string | null} [scene.spotlight] a key: chosen by a moderator for all
 * @param {string | null} scene.speaker the peer who speaks or spoke last
 * @param {SelfView} scene.selfView
 * @param {number} [scene.page] of what does not fit at once
 * @param {{ grid: number, strip: number }} [scene.most] tiles at once
 * @returns {{ main: string[], strip: string[], corner: string | null, page: number, pages: number }}
 */
export function cast({ parts, view, pinned, spotlight = null, speaker, selfView, page = 0, most = { grid: Infinity, strip: Infinity } }) {
  const keys = parts.map(part => part.key);
  const others = keys.filter(key => key !== "self");
  if (others.length === 0) return { main: ["self"], strip: [], corner: null, page: 0, pages: 1 };

  const main = onStage(parts, others, { view, pinned, spotlight, speaker });
  const rest = main ? others.filter(key => !main.includes(key)) : others;
  const floats = selfView === "corner" || (selfView === "auto" && others.length === 1);
  const besides = selfView !== "hidden" && !floats && !main?.includes("self");
  const seats = Math.max(1, (main ? most.strip : most.grid) - (besides ? 1 : 0));
  const pages = Math.max(1, Math.ceil(rest.length / seats));
  const at = Math.min(Math.max(0, page), pages - 1);
  const shown = pages === 1 ? [...rest] : rest.slice(at * seats, (at + 1) * seats);
  if (besides) shown.push("self");
  const corner = floats && !main?.includes("self") ? "self" : null;
  return { main: main ?? shown, strip: main ? shown : [], corner, page: at, pages };
}

/**
 * Who is large before all others; null in a grid, where nobody is.
 * @param {Part[]} parts
 * @param {string[]} others
 * @param {{ view: "grid" | "speaker", pinned: string | null, spotlight: string | null, speaker: string | null }} wish
 */
function onStage(parts, others, { view, pinned, spotlight, speaker }) {
  const chosen = [pinned, spotlight].find(key => parts.some(part => part.key === key));
  if (chosen) return [chosen];
  const screens = parts.filter(part => part.kind === "screen").map(part => part.key);
  if (screens.length > 0) return screens;
  if (view === "grid") return null;
  return [speaker && others.includes(speaker) ? speaker : others[0]];
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
