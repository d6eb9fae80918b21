// @ts-check
/**
 * SDP taken apart for a reader (RFC 8866, JSEP RFC 9429): sections, and for each line the name of its explanation with
 * what the explanation needs to know. The words are the page's matter.
 */
import { explainAttribute } from "./sdp-attributes.js";

/**
 * @typedef {{ key: string, values: Record<string, string | number> }} Explanation
 *
 * @typedef {object} SdpLine
 * @property {string} text
 * @property {Explanation} explanation
 *
 * @typedef {object} SdpSection
 * @property {"session" | string} kind  `session`, or the media of the m-line: audio, video, application
 * @property {string | null} mid
 * @property {string} direction  sendrecv, sendonly, recvonly, inactive; empty for the session and for data
 * @property {boolean} rejected  port 0 and not bundled away
 * @property {string[]} codecs  in the order of preference
 * @property {SdpLine[]} lines
 */

/** @param {string} sdp @returns {SdpSection[]} */
export function readSdp(sdp) {
  const lines = linesOf(sdp);
  /** @type {string[][]} */
  const sections = [[]];
  for (const line of lines) {
    if (line.startsWith("m=")) sections.push([]);
    sections[sections.length - 1].push(line);
  }
  return sections.filter((section) => section.length > 0).map(readSection);
}

/** @param {string} sdp */
export function linesOf(sdp) {
  return sdp.split(/\r?\n/).filter((line) => line !== "");
}

/** @param {string[]} lines @returns {SdpSection} */
function readSection(lines) {
  const kind = /^m=(\w+)/.exec(lines[0])?.[1] ?? "session";
  const codecs = codecsOf(lines);
  /** @param {string} name */
  const value = (name) => lines.find((line) => line.startsWith(`a=${name}:`))?.slice(name.length + 3) ?? null;
  return {
    kind,
    mid: value("mid"),
    direction: kind === "session" ? "" : /^a=(sendrecv|sendonly|recvonly|inactive)$/m.exec(lines.join("\n"))?.[1] ?? "",
    rejected: /^m=\w+ 0 /.test(lines[0]) && !lines.includes("a=bundle-only"),
    codecs: [...new Set(offered(lines[0]).map((payload) => codecs.get(payload)).filter((name) => name !== undefined))],
    lines: lines.map((text) => ({ text, explanation: explain(text, codecs) })),
  };
}

/**
 * @param {string} text  one line
 * @param {Map<string, string>} [codecs]  payload type -> name, of the section that the line is in
 * @returns {Explanation}
 */
export function explain(text, codecs = new Map()) {
  const [, type, value] = /^(\w)=(.*)$/.exec(text) ?? [];
  switch (type) {
    case "v": return { key: "v", values: {} };
    case "o": {
      const [, session = "", version = ""] = value.split(" ");
      return { key: "o", values: { session, version } };
    }
    case "s": return { key: "s", values: {} };
    case "t": return { key: "t", values: {} };
    case "b": {
      const [kind = "", amount = ""] = value.split(":");
      return { key: "b", values: { kind, amount } };
    }
    case "c": {
      const address = value.split(" ")[2] ?? "";
      return /^(0\.0\.0\.0|::)$/.test(address) ? { key: "c.none", values: { address } } : { key: "c", values: { address } };
    }
    case "m": return explainMedia(value);
    case "a": return explainAttribute(value, codecs);
    default: return { key: "unknown", values: {} };
  }
}

/** @param {string} value @returns {Explanation} */
function explainMedia(value) {
  const [kind, port, protocol, ...payloads] = value.split(" ");
  const values = { kind, port, protocol, count: payloads.length };
  if (port === "0") return { key: "m.rejected", values };
  if (kind === "application") return { key: "m.application", values };
  return { key: port === "9" ? "m.discard" : "m", values };
}

/** @param {string[]} lines @returns {Map<string, string>} */
function codecsOf(lines) {
  /** @type {Map<string, string>} */
  const names = new Map();
  for (const line of lines) {
    const [, payload, name] = /^a=rtpmap:(\d+) ([^/]+)/.exec(line) ?? [];
    if (payload) names.set(payload, name);
  }
  return names;
}

/** The payload types of an m-line. @param {string} line */
function offered(line) {
  return /^m=(audio|video) /.test(line) ? line.split(" ").slice(3) : [];
}
