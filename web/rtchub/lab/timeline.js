// @ts-check
/** @import { LogEntry } from "../journal.js" */

/** @typedef {{ state: string, from: number, to: number }} Span  times in epoch ms */

/** The states of an RTCPeerConnection, each with what it is before anything has happened. */
export const tracks = Object.freeze(/** @type {const} */ ({ signaling: "stable", gathering: "new", ice: "new", connection: "new" }));
/** @typedef {keyof typeof tracks} TrackName */

/**
 * One state as spans without gaps from the first entry of the log until now.
 * @param {readonly LogEntry[]} log
 * @param {TrackName} name
 * @param {number} now
 * @returns {Span[]}
 */
export function spans(log, name, now) {
  if (log.length === 0) return [];
  /** @type {Span[]} */
  const all = [{ state: tracks[name], from: log[0].at, to: now }];
  for (const { at, kind, value } of log) {
    const last = all[all.length - 1];
    // A rejoin starts over with a new connection, whose states begin anew.
    const state = kind === name ? String(value) : kind === "rejoin" ? tracks[name] : last.state;
    if (state === last.state) continue;
    last.to = at;
    if (last.to === last.from) all.pop();
    all.push({ state, from: at, to: now });
  }
  return all;
}

/**
 * What deserves a mark on the time axis.
 * @param {readonly LogEntry[]} log
 * @returns {{ at: number, mark: "offer" | "answer" | "candidate" | "pair" | "rejoin", side: "local" | "remote" }[]}
 */
export function marks(log) {
  return log.flatMap(({ at, kind, value }) => {
    if (kind === "description") return [{ at, mark: value.type, side: value.side }];
    if (kind === "candidate" && value) return [{ at, mark: /** @type {const} */ ("candidate"), side: /** @type {const} */ ("local") }];
    if (kind === "remote-candidate" && value) return [{ at, mark: /** @type {const} */ ("candidate"), side: /** @type {const} */ ("remote") }];
    if (kind === "selected-pair") return [{ at, mark: /** @type {const} */ ("pair"), side: /** @type {const} */ ("local") }];
    return kind === "rejoin" ? [{ at, mark: /** @type {const} */ ("rejoin"), side: /** @type {const} */ ("local") }] : [];
  });
}

/**
 * The time axis: everything while it fits, then the newest part, in which the states of an ICE restart can be told apart.
 * @param {readonly LogEntry[]} log
 * @param {number} now
 * @param {number} mostMs
 */
export function range(log, now, mostMs) {
  const start = log[0]?.at ?? now;
  const from = Math.max(start, now - mostMs);
  return { from, to: Math.max(now, from + 1) };
}

/** Round distances for the ticks of an axis, about `count` of them. @param {number} ms @param {number} count */
export function tickMs(ms, count) {
  const steps = [10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000];
  return steps.find((step) => ms / step <= count) ?? 1_800_000;
}
