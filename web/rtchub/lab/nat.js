// @ts-check
/**
 * What NAT is on the way, from what STUN answered (mapping behaviour by RFC 4787 4.1, measured as in RFC 5780 4.3): one
 * local port asks two ports of the same server, and the two answers are compared.
 */
import { addressKind } from "./candidates.js";

/**
 * @typedef {object} Reflexive  a server-reflexive candidate: our address as the STUN server saw it
 * @property {string} address
 * @property {number} port
 * @property {string | null} relatedAddress  the base; browsers may hide it as 0.0.0.0
 * @property {number | null} relatedPort
 * @property {string | null} url  the STUN server that told, where the browser says so
 *
 * @typedef {object} Gathering  one RTCPeerConnection that gathered with these servers
 * @property {string[]} urls
 * @property {boolean} complete  it ended within the patience; a server that does not answer keeps it going for long
 * @property {number} ms  how long it took
 * @property {{ address: string, port: number }[]} host  UDP only
 * @property {Reflexive[]} srflx
 * @property {{ url: string, code: number }[]} errors
 *
 * @typedef {{ first: Gathering, second: Gathering, both: Gathering }} Observation
 *
 * @typedef {"open" | "cone" | "symmetric" | "blocked" | "unknown"} NatType
 *   open: no translation; cone: endpoint-independent mapping; symmetric: address- or port-dependent mapping
 *
 * @typedef {object} Verdict
 * @property {NatType} type
 * @property {string} reason  a key: how it is known
 * @property {Record<string, string | number>} values  for the sentence of the reason
 * @property {boolean | null} preserves  whether the NAT keeps the port number; null: not to be seen
 * @property {boolean} near  the STUN server is on this machine or this network, so a NAT beyond was not asked
 */

/** @param {Observation} observation @returns {Verdict} */
export function judge({ first, second, both }) {
  const runs = [first, second, both];
  const srflx = runs.flatMap((run) => run.srflx);
  const near = runs.flatMap((run) => run.urls).some((url) => isNear(hostOf(url)))
    || srflx.some(({ address }) => isNear(address));
  /** @param {NatType} type @param {string} reason @param {Record<string, string | number>} [values] @returns {Verdict} */
  const verdict = (type, reason, values = {}) => ({ type, reason, values, preserves: preserved(srflx, runs), near });

  if (runs.every((run) => run.host.length === 0 && run.srflx.length === 0)) return verdict("unknown", "nothing-gathered");
  const answers = [first, second].filter(answered);
  if (answers.length === 0) return verdict("blocked", "no-answer");
  if (answers.length === 1) return verdict("unknown", "one-answer", { url: answers[0].urls[0] });

  const bases = groupByBase(both.srflx);
  for (const mapped of bases.values()) {
    const [one, other] = mapped;
    if (other) return verdict("symmetric", one.port === other.port ? "two-addresses" : "two-ports", {
      one: `${one.address}:${one.port}`, other: `${other.address}:${other.port}`,
    });
  }
  if (!answered(both) || !both.complete) return verdict("unknown", "incomplete");
  if (both.srflx.length === 0) return verdict("open", "same-as-host");
  const [{ address, port, relatedAddress }] = both.srflx;
  const mapped = `${address}:${port}`;
  if (both.host.some((host) => host.address === address && host.port === port)) return verdict("open", "same-as-host");
  if (relatedAddress && addressKind(relatedAddress) !== "hidden") return verdict("cone", "one-port", { mapped });
  // The own address is hidden. The port alone does not tell "no NAT" from "a NAT that keeps port numbers".
  if (isNear(address) && both.host.some((host) => host.port === port)) return verdict("open", "same-port-hidden", { mapped });
  return verdict("cone", "one-port-hidden", { mapped });
}

/** @typedef {"direct" | "depends" | "relay" | "relay-tcp"} Meeting */

/**
 * Whether two peers meet without TURN. `depends` on the filtering of the side whose port is predictable: does it let in
 * a sender whose port it did not expect? A browser cannot see that.
 * @param {NatType} a
 * @param {NatType} b
 * @returns {Meeting}
 */
export function meeting(a, b) {
  if (a === "blocked" || b === "blocked") return "relay-tcp";
  if (a === "symmetric" && b === "symmetric") return "relay";
  return a === "symmetric" || b === "symmetric" ? "depends" : "direct";
}

/** A gathering that ends without an error and without a new address has heard the server say what it knew already. @param {Gathering} run */
export function answered(run) {
  return run.srflx.length > 0 || (run.complete && run.errors.length === 0);
}

/**
 * @param {Reflexive[]} srflx
 * @returns {Map<string, Reflexive[]>}  the different mappings of each base
 */
function groupByBase(srflx) {
  /** @type {Map<string, Reflexive[]>} */
  const groups = new Map();
  for (const one of srflx) {
    // Where the base is hidden the browser has one socket for each address family.
    const base = one.relatedPort ? `${one.relatedAddress}:${one.relatedPort}` : one.address.includes(":") ? "IPv6" : "IPv4";
    const group = groups.get(base) ?? [];
    if (!group.some(({ address, port }) => address === one.address && port === one.port)) group.push(one);
    groups.set(base, group);
  }
  return groups;
}

/** @param {Reflexive[]} srflx @param {Gathering[]} runs */
function preserved(srflx, runs) {
  if (srflx.length === 0) return null;
  return runs.every((run) => run.srflx.every(({ port, relatedPort }) => (relatedPort ? port === relatedPort : run.host.some((host) => host.port === port))));
}

/** @param {string} url `stun:host:port` */
function hostOf(url) {
  return /^stuns?:(\[[^\]]+\]|[^:?]+)/i.exec(url)?.[1].replace(/[[\]]/g, "") ?? "";
}

/** @param {string} address an address, or the name of a host */
function isNear(address) {
  const isAddress = /^[\d.]+$/.test(address) || address.includes(":");
  return address === "localhost" || address.endsWith(".local") || (isAddress && ["loopback", "link-local", "private"].includes(addressKind(address)));
}
