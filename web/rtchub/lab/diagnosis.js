// @ts-check
/**
 * What the state of a connection means, and why it does not come about: a name for the sentence that says so.
 * @typedef {"good" | "busy" | "bad" | "idle"} Mood
 *
 * @typedef {object} Facts
 * @property {string} connection  RTCPeerConnectionState
 * @property {string} ice
 * @property {string} gathering
 * @property {string} signaling
 * @property {RTCIceTransportPolicy} policy
 * @property {readonly string[]} servers  URLs of the ICE servers
 * @property {readonly string[]} local  types of own candidates of this generation
 * @property {readonly string[]} remote
 * @property {readonly string[]} dropped  types that the filter keeps from the other side
 */

/** @param {Facts} facts @returns {{ mood: Mood, key: string }} */
export function diagnose(facts) {
  const { connection, ice, gathering, signaling, local, remote, policy, dropped } = facts;
  if (connection === "connected") return { mood: "good", key: "connected" };
  if (connection === "closed") return { mood: "idle", key: "closed" };
  const gathered = gathering === "complete";
  if (policy === "relay" && gathered && !local.includes("relay"))
    return { mood: "bad", key: hasTurn(facts) ? "relay-unreachable" : "relay-without-turn" };
  if (gathered && local.length === 0) return { mood: "bad", key: "no-candidates" };
  if (gathered && local.length > 0 && local.every((type) => dropped.includes(type)) && remote.length === 0) return { mood: "bad", key: "all-dropped" };
  if (connection === "failed" || ice === "failed") return { mood: "bad", key: failure(facts) };
  if (connection === "disconnected" || ice === "disconnected") return { mood: "busy", key: "disconnected" };
  if (signaling === "have-local-offer") return { mood: "busy", key: "waiting-answer" };
  if (signaling === "have-remote-offer") return { mood: "busy", key: "answering" };
  if (ice === "checking" && remote.length === 0) return { mood: "busy", key: "waiting-candidates" };
  if (ice === "checking") return { mood: "busy", key: "checking" };
  if (connection === "connecting") return { mood: "busy", key: "handshake" };
  return { mood: "idle", key: "new" };
}

/** @param {Facts} facts */
function failure(facts) {
  const { remote, dropped } = facts;
  if (remote.length === 0) return "failed-no-remote";
  if (dropped.length > 0) return "failed-dropped";
  return hasTurn(facts) ? "failed" : "failed-no-turn";
}

/** @param {Facts} facts */
function hasTurn({ servers }) {
  return servers.some((url) => /^turns?:/i.test(url));
}
