// @ts-check
/**
 * The way of the selected pair, station by station.
 * @typedef {{ kind: "self" | "nat" | "turn" | "peer", side: "local" | "remote", address: string | null, port: number | null, type: string | null }} Station
 *
 * @typedef {{ candidateType?: string, address?: string | null, ip?: string | null, port?: number, protocol?: string, relayProtocol?: string,
 *   relatedAddress?: string | null, relatedPort?: number | null, url?: string }} CandidateStats
 *   RTCIceCandidateStats, as far as it is used
 */

/**
 * Us, then what stands before us (a NAT that was seen through, a TURN server), then the same of the other side.
 * @param {CandidateStats} local
 * @param {CandidateStats} remote
 * @returns {Station[]}
 */
export function route(local, remote) {
  return [...half(local, "local"), ...half(remote, "remote").reverse()];
}

/** @param {CandidateStats} candidate @param {"local" | "remote"} side @returns {Station[]} */
function half(candidate, side) {
  const end = side === "local" ? "self" : "peer";
  const type = candidate.candidateType ?? null;
  const address = candidate.address ?? candidate.ip ?? null;
  const port = candidate.port ?? null;
  const related = { address: candidate.relatedAddress ?? null, port: candidate.relatedPort ?? null };
  if (type === "relay") return [{ kind: end, side, type: null, address: null, port: null }, { kind: "turn", side, type, address, port }];
  if (type === "srflx" || type === "prflx") return [{ kind: end, side, type: null, ...related }, { kind: "nat", side, type, address, port }];
  return [{ kind: end, side, type, address, port }];
}
