// @ts-check
/** Which screen a person is on: a pure function of what the library says and of what was chosen on this page. */

import { t } from "./i18n.js";

/** @typedef {import("../rtchub/call.js").CallState} CallState */
/** @typedef {"home" | "prejoin" | "lobby" | "call" | "over"} ScreenName */

/**
 * What this page was opened for and how far it came.
 * @typedef {object} Visit
 * @property {string | null} room the room in the address, null at home
 * @property {boolean} entered was inside (or in the lobby) since the page was opened or since the last "join again"
 * @property {number} since epoch ms, when it was entered
 * @property {boolean} left the person hung up
 * @property {boolean} prepared went through the pre-join page and saw there what is wrong with the devices
 * @property {boolean} joining a join is under way
 * @property {{ code?: string, message?: string, retryAfterMs?: number } | null} refused why the last join failed
 */

/**
 * Why there is no call any more, in the terms of docs/protocol.md, or null while nothing is over.
 * @param {CallState} state
 * @param {Visit} visit
 * @returns {string | null} left, kicked, denied, closed, ended, superseded, refused, lost
 */
export function overBecause(state, visit) {
  if (state.connection === "superseded") return "superseded";
  if (visit.left) return "left";
  if (visit.joining || state.room) return state.connection === "refused" && visit.entered ? "refused" : null;
  if (!visit.entered) return null;
  const reason = state.removed?.reason ?? (state.connection === "refused" ? state.error?.code : "lost") ?? "refused";
  return reasons.includes(reason) ? reason : "refused";
}

const reasons = ["kicked", "denied", "closed", "ended", "lost"];

/**
 * @param {CallState} state
 * @param {Visit} visit
 * @returns {ScreenName}
 */
export function screenOf(state, visit) {
  if (overBecause(state, visit)) return "over";
  if (state.room?.status === "waiting") return "lobby";
  if (state.room) return "call";
  return visit.room ? "prejoin" : "home";
}

/**
 * @param {CallState} state
 * @param {number} unread chat messages not seen yet
 * @param {string} product
 */
export function titleOf(state, unread, product) {
  const { room, direct } = state;
  if (direct?.state === "ringing" && direct.from.id !== state.self?.id) return t("ring.title", { name: direct.from.name });
  const name = room?.call ? otherParty(room.call, state.self?.id).name : room?.name || room?.id;
  return `${unread ? `(${unread}) ` : ""}${name ? `${name} · ` : ""}${product}`;
}

/**
 * @template {{ id: string, name: string }} P
 * @param {{ from: P, to: P }} call a direct call
 * @param {string | undefined} self
 * @returns {P}
 */
export function otherParty(call, self) {
  return call.from.id === self ? call.to : call.from;
}
