// @ts-check
/** The attributes of SDP that browsers write: which explanation each gets. One table, in the order of their families. */
import { decodePriority, parseCandidate } from "./candidates.js";
/** @import { Explanation } from "./sdp.js" */

/** Header extensions by their URI, as far as browsers offer them. */
const extensions = new Map([
  ["urn:ietf:params:rtp-hdrext:ssrc-audio-level", "audio-level"],
  ["urn:ietf:params:rtp-hdrext:csrc-audio-level", "csrc-audio-level"],
  ["urn:ietf:params:rtp-hdrext:toffset", "toffset"],
  ["http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time", "abs-send-time"],
  ["http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time", "abs-capture-time"],
  ["urn:3gpp:video-orientation", "orientation"],
  ["http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01", "transport-cc"],
  ["http://www.webrtc.org/experiments/rtp-hdrext/playout-delay", "playout-delay"],
  ["http://www.webrtc.org/experiments/rtp-hdrext/video-content-type", "content-type"],
  ["http://www.webrtc.org/experiments/rtp-hdrext/video-timing", "timing"],
  ["http://www.webrtc.org/experiments/rtp-hdrext/color-space", "color-space"],
  ["http://www.webrtc.org/experiments/rtp-hdrext/video-layers-allocation00", "layers"],
  ["https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension", "dependency"],
  ["urn:ietf:params:rtp-hdrext:sdes:mid", "mid"],
  ["urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id", "rid"],
  ["urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id", "repaired-rid"],
]);

/** Attributes whose whole text, or whose part before the colon, is all there is to know. */
const plain = new Set([
  "group", "msid-semantic", "extmap-allow-mixed", "rtcp", "rtcp-mux", "rtcp-mux-only", "rtcp-rsize", "rtcp-xr", "bundle-only", "ice-ufrag", "ice-pwd",
  "ice-lite", "ice-options", "setup", "mid", "sendrecv", "sendonly", "recvonly", "inactive", "rid", "simulcast", "sctp-port", "sctpmap",
  "max-message-size", "end-of-candidates", "ptime", "maxptime", "rtcp-fb", "fmtp", "ssrc", "identity", "tls-id",
]);

/** Codec names that need words of their own. */
const specialCodecs = new Set(["rtx", "red", "ulpfec", "flexfec-03", "telephone-event", "cn"]);

/**
 * @param {string} value  what stands behind `a=`
 * @param {Map<string, string>} codecs  payload type -> name
 * @returns {Explanation}
 */
export function explainAttribute(value, codecs) {
  const colon = value.indexOf(":");
  const name = colon < 0 ? value : value.slice(0, colon);
  const rest = colon < 0 ? "" : value.slice(colon + 1);
  return special[name]?.(rest, codecs) ?? { key: plain.has(name) ? name : "attribute", values: { name, value: rest } };
}

/** @type {Record<string, (rest: string, codecs: Map<string, string>) => Explanation>} */
const special = {
  "ice-pwd": () => ({ key: "ice-pwd", values: {} }),
  "ice-options": (rest) => ({ key: rest.split(" ").includes("trickle") ? "ice-options.trickle" : "ice-options", values: { value: rest } }),
  group: (rest) => ({ key: "group", values: { mids: rest.split(" ").slice(1).join(", ") } }),
  fingerprint: (rest) => ({ key: "fingerprint", values: { hash: rest.split(" ")[0] } }),
  setup: (rest) => ({ key: ["actpass", "active", "passive", "holdconn"].includes(rest) ? `setup.${rest}` : "setup", values: { value: rest } }),
  extmap: explainExtension,
  msid: (rest) => {
    const [stream = "", track = ""] = rest.split(" ");
    return { key: stream === "-" ? "msid.none" : "msid", values: { stream, track } };
  },
  rtpmap: (rest) => {
    const [payload, format = ""] = rest.split(" ");
    const [codec, clock = "", channels = "1"] = format.split("/");
    return { key: specialCodecs.has(codec.toLowerCase()) ? `rtpmap.${codec.toLowerCase()}` : "rtpmap", values: { payload, codec, clock, channels } };
  },
  fmtp: explainFormat,
  "rtcp-fb": (rest, codecs) => {
    const [payload, ...words] = rest.split(" ");
    const feedback = words.join(" ");
    const known = { nack: "nack", "nack pli": "pli", "ccm fir": "fir", "transport-cc": "transport-cc", "goog-remb": "remb", "ccm tmmbr": "tmmbr" };
    const key = feedback in known ? `rtcp-fb.${known[/** @type {keyof typeof known} */ (feedback)]}` : "rtcp-fb";
    return { key, values: { feedback, codec: nameOf(payload, codecs) } };
  },
  ssrc: (rest) => {
    const [ssrc, attribute = ""] = rest.split(" ");
    const key = attribute.startsWith("cname:") ? "ssrc.cname" : attribute.startsWith("msid:") ? "ssrc.msid" : "ssrc";
    return { key, values: { ssrc } };
  },
  "ssrc-group": (rest) => {
    const [semantics, first = "", second = ""] = rest.split(" ");
    return { key: semantics === "FID" ? "ssrc-group.fid" : semantics === "SIM" ? "ssrc-group.sim" : "ssrc-group", values: { semantics, first, second } };
  },
  rid: (rest) => {
    const [id, direction = ""] = rest.split(" ");
    return { key: direction === "recv" ? "rid.recv" : "rid", values: { id } };
  },
  candidate: explainCandidate,
};

/** @param {string} rest @returns {Explanation} */
function explainExtension(rest) {
  const [id, uri = ""] = rest.split(" ");
  const name = extensions.get(uri);
  return { key: name ? `extmap.${name}` : "extmap", values: { id: id.split("/")[0], uri } };
}

/** @param {string} rest @param {Map<string, string>} codecs @returns {Explanation} */
function explainFormat(rest, codecs) {
  const [payload, ...words] = rest.split(" ");
  const parameters = words.join(" ");
  const codec = nameOf(payload, codecs);
  const associated = /^apt=(\d+)/.exec(parameters)?.[1];
  if (associated) return { key: "fmtp.apt", values: { payload, codec: nameOf(associated, codecs) } };
  const family = { opus: "opus", h264: "h264", vp9: "vp9", av1: "av1" }[codec.toLowerCase()];
  return { key: family ? `fmtp.${family}` : "fmtp", values: { codec, parameters } };
}

/** @param {string} payload @param {Map<string, string>} codecs */
function nameOf(payload, codecs) {
  return codecs.get(payload) ?? payload;
}

/** @param {string} rest @returns {Explanation} */
function explainCandidate(rest) {
  const candidate = parseCandidate(rest);
  if (!candidate) return { key: "attribute", values: { name: "candidate", value: rest } };
  const { type, protocol, address, port, component, priority } = candidate;
  const { type: preference, local } = decodePriority(priority);
  return { key: "candidate", values: { type, protocol, address, port, component, preference, local } };
}
