// @ts-check
/** @import { LogEntry } from "../journal.js" */
import { parseCandidate } from "./candidates.js";

/**
 * @typedef {object} Rung  one message of the signalling
 * @property {string} key
 * @property {number} at  epoch ms
 * @property {boolean} out  from us (in a loopback call: from A) to the other side
 * @property {"offer" | "answer" | "candidate" | "end"} type
 * @property {string} detail  what is in it, in a few words of the field
 * @property {string} payload  what is in it, in full
 * @property {"sent" | "waiting" | "dropped"} state  sent; held for a click; dropped by the filter
 */

/**
 * The signalling of one connection as it went over the wire.
 * @param {readonly LogEntry[]} log
 * @returns {Rung[]}
 */
export function rungs(log) {
  /** @type {Rung[]} */
  const all = [];
  log.forEach(({ at, kind, value }, index) => {
    const message = kind === "description" ? { type: value.type, d: value }
      : kind === "sent-candidate" || kind === "remote-candidate" ? { type: "candidate", d: { candidate: value } } : null;
    if (message) all.push({ key: `${at}-${index}`, at, out: kind === "sent-candidate" || value?.side === "local", state: "sent", ...describe(message) });
  });
  return all;
}

/**
 * @param {{ type: string, d: any }} message
 * @returns {Pick<Rung, "type" | "detail" | "payload">}
 */
export function describe({ type, d }) {
  if (type === "candidate") {
    const text = d.candidate?.candidate ?? "";
    const candidate = parseCandidate(text);
    if (!candidate) return { type: "end", detail: "", payload: "" };
    return { type: "candidate", detail: `${candidate.type} ${candidate.protocol} ${endpoint(candidate)}`, payload: text };
  }
  const sdp = String(d.sdp ?? "");
  const sections = [...sdp.matchAll(/^m=(\w+)/gm)].map(([, kind]) => kind);
  const inside = sdp.match(/^a=candidate:/gm)?.length ?? 0;
  return {
    type: type === "offer" ? "offer" : "answer",
    detail: [sections.join(" + "), inside > 0 && `${inside} × candidate`].filter(Boolean).join(", "),
    payload: sdp,
  };
}

/** @param {{ address: string, port: number }} candidate */
export function endpoint({ address, port }) {
  // A name for mDNS is 36 hexadecimal digits that nobody reads.
  const short = /^[0-9a-f-]{36}\.local$/i.test(address) ? `${address.slice(0, 8)}….local` : address;
  return `${short.includes(":") ? `[${short}]` : short}:${port}`;
}
