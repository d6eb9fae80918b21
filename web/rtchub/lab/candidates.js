// @ts-check
/** ICE candidates read, not only shown: the line taken apart (RFC 8839 5.1), the priority decoded (RFC 8445 5.1.2.1). */

/**
 * @typedef {object} Candidate
 * @property {string} foundation
 * @property {number} component  1 RTP (and everything, with rtcp-mux), 2 RTCP
 * @property {string} protocol  `udp` or `tcp`
 * @property {number} priority
 * @property {string} address
 * @property {number} port
 * @property {string} type  `host`, `srflx`, `prflx` or `relay`
 * @property {string | null} relatedAddress
 * @property {number | null} relatedPort
 * @property {string | null} tcpType  `active`, `passive` or `so`
 * @property {string | null} ufrag
 *
 * @typedef {object} CandidateRow
 * @property {number} at  epoch ms, when it was gathered or came in
 * @property {Candidate | null} candidate  null: the end of candidates
 * @property {string | null} ufrag  the ICE generation that it belongs to
 * @property {number | null} toldAt  of an own one: when the other side was told, by itself or in a description; null: not so far
 *
 * @typedef {"mdns" | "loopback" | "link-local" | "private" | "shared" | "public" | "hidden"} AddressKind
 */

/** What RFC 8445 5.1.2.2 recommends as type preferences; the browsers use the same for UDP. */
export const typePreferences = Object.freeze({ host: 126, prflx: 110, srflx: 100, relay: 0 });

/**
 * @param {string} line  `candidate:...`, with or without `a=` before it
 * @returns {Candidate | null}  null when it is no candidate
 */
export function parseCandidate(line) {
  const words = line.trim().replace(/^a=/, "").replace(/^candidate:/, "").split(/\s+/);
  const [foundation, component, protocol, priority, address, port, typ, type, ...rest] = words;
  if (typ !== "typ" || !type || !isNumber(component) || !isNumber(priority) || !isNumber(port)) return null;
  /** @type {Map<string, string>} */
  const extras = new Map();
  for (let i = 0; i + 1 < rest.length; i += 2) extras.set(rest[i], rest[i + 1]);
  const relatedPort = extras.get("rport");
  return {
    foundation, address, type,
    component: Number(component),
    protocol: protocol.toLowerCase(),
    priority: Number(priority),
    port: Number(port),
    relatedAddress: extras.get("raddr") ?? null,
    relatedPort: relatedPort === undefined ? null : Number(relatedPort),
    tcpType: extras.get("tcptype") ?? null,
    ufrag: extras.get("ufrag") ?? null,
  };
}

/**
 * The three parts of `2^24 * type preference + 2^8 * local preference + (256 - component)`.
 * @param {number} priority
 */
export function decodePriority(priority) {
  return {
    type: Math.floor(priority / 2 ** 24),
    local: Math.floor(priority / 2 ** 8) % 2 ** 16,
    component: 256 - (priority % 2 ** 8),
  };
}

/** What kind of address it is, which says who can reach it. @param {string} address @returns {AddressKind} */
export function addressKind(address) {
  if (/\.local$/i.test(address)) return "mdns";
  if (/^(0\.0\.0\.0|::|)$/.test(address)) return "hidden";
  if (address.includes(":")) return kindOfIpv6(address.toLowerCase());
  const [a, b] = address.split(".").map(Number);
  if (a === 127 || address === "localhost") return "loopback";
  if (a === 169 && b === 254) return "link-local";
  if (a === 10 || (a === 172 && b >= 16 && b < 32) || (a === 192 && b === 168)) return "private";
  if (a === 100 && b >= 64 && b < 128) return "shared"; // RFC 6598: between a provider's NAT and its customers
  return "public";
}

/**
 * The candidates of one side, in the order in which they came.
 * @param {readonly import("../journal.js").LogEntry[]} log
 * @param {"local" | "remote"} side
 * @returns {CandidateRow[]}
 */
export function candidateRows(log, side) {
  const kind = side === "local" ? "candidate" : "remote-candidate";
  /** @type {CandidateRow[]} */
  const rows = [];
  /** Candidates inside a description do not say their generation; the description does. @type {string | null} */
  let described = null;
  for (const { at, kind: what, value } of log) {
    if (what === "description" && value.side === side) described = ufragOf(value.sdp) ?? described;
    if (what !== kind) continue;
    const candidate = value?.candidate ? parseCandidate(value.candidate) : null;
    if (value?.candidate && !candidate) continue;
    const ufrag = value?.usernameFragment || candidate?.ufrag || (candidate ? described : rows.at(-1)?.ufrag ?? described);
    rows.push({ at, candidate, ufrag, toldAt: side === "remote" ? at : told(log, candidate, at) });
  }
  return rows;
}

/**
 * @param {readonly import("../journal.js").LogEntry[]} log
 * @param {Candidate | null} candidate
 * @param {number} since
 */
function told(log, candidate, since) {
  return log.find(({ at, kind, value }) => {
    if (at < since) return false;
    if (kind === "sent-candidate") return same(value?.candidate ? parseCandidate(value.candidate) : null, candidate);
    if (kind !== "description" || value.side !== "local") return false;
    if (!candidate) return value.sdp.includes("a=end-of-candidates");
    return candidatesIn(value.sdp).some((inside) => same(inside, candidate));
  })?.at ?? null;
}

/** @param {string} sdp */
function candidatesIn(sdp) {
  return [...sdp.matchAll(/^a=candidate:.*$/gm)].map(([line]) => parseCandidate(line));
}

/** The same transport address; browsers write more behind it in an event than in a description. @param {Candidate | null} a @param {Candidate | null} b */
function same(a, b) {
  return a === b || (a !== null && b !== null && a.type === b.type && a.protocol === b.protocol && a.component === b.component
    && a.address === b.address && a.port === b.port);
}

/** @param {string} sdp @returns {string | null} */
export function ufragOf(sdp) {
  return /^a=ice-ufrag:(\S+)/m.exec(sdp)?.[1] ?? null;
}

/** @param {string} address @returns {AddressKind} */
function kindOfIpv6(address) {
  if (address === "::1") return "loopback";
  if (/^fe[89ab]/.test(address)) return "link-local";
  return /^f[cd]/.test(address) ? "private" : "public";
}

/** @param {string | undefined} word */
function isNumber(word) {
  return word !== undefined && /^\d+$/.test(word);
}
