// @ts-check
/** @import { Clock } from "../types.js" */
/** @import { Gathering, Observation } from "./nat.js" */
import { systemClock } from "../signal.js";
import { parseCandidate } from "./candidates.js";

// Browsers ask again after 250, 500, 1000 and 2000 ms or so; four lost in a row are no accident.
const patienceMs = 4000;

/**
 * Asks two STUN ports: each from a connection of its own, which shows that it answers, and both from one connection,
 * that is from one local port, which shows the mapping.
 * @param {[string, string]} urls
 * @param {{ RTCPeerConnection?: typeof RTCPeerConnection, clock?: Clock }} [options]
 * @returns {Promise<Observation>}
 */
export async function probeNat([one, two], options = {}) {
  const [first, second, both] = await Promise.all([gather([one], options), gather([two], options), gather([one, two], options)]);
  return { first, second, both };
}

/**
 * @param {string[]} urls
 * @param {{ RTCPeerConnection?: typeof RTCPeerConnection, clock?: Clock }} options
 * @returns {Promise<Gathering>}
 */
export async function gather(urls, { RTCPeerConnection = globalThis.RTCPeerConnection, clock = systemClock }) {
  const pc = new RTCPeerConnection({ iceServers: [{ urls }] });
  const start = clock.now();
  /** @type {Gathering} */
  const result = { urls, complete: false, ms: 0, host: [], srflx: [], errors: [] };
  pc.onicecandidate = ({ candidate }) => {
    const parsed = candidate && parseCandidate(candidate.candidate);
    if (!parsed || parsed.protocol !== "udp") return;
    const { type, address, port, relatedAddress, relatedPort } = parsed;
    if (type === "host") result.host.push({ address, port });
    // `url` is too young for the type library.
    const { url } = /** @type {{ url?: string }} */ (/** @type {unknown} */ (candidate));
    if (type === "srflx") result.srflx.push({ address, port, relatedAddress, relatedPort, url: url || null });
  };
  pc.onicecandidateerror = ({ url, errorCode }) => void result.errors.push({ url, code: errorCode });
  try {
    pc.createDataChannel("nat");
    await pc.setLocalDescription();
    result.complete = await new Promise((resolve) => {
      const timer = clock.setTimeout(() => resolve(false), patienceMs);
      const look = () => {
        if (pc.iceGatheringState !== "complete") return;
        clock.clearTimeout(timer);
        resolve(true);
      };
      pc.onicegatheringstatechange = look;
      look();
    });
    result.ms = clock.now() - start;
    return result;
  } finally {
    pc.close();
  }
}
