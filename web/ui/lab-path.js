// @ts-check
/** What state the connection is in, why, and the way that its packets go. */
import { candidateRows, ufragOf } from "../rtchub/lab/candidates.js";
import { diagnose } from "../rtchub/lab/diagnosis.js";
import { endpoint } from "../rtchub/lab/ladder.js";
import { route } from "../rtchub/lab/route.js";
import { attribute, h, show, text } from "./dom.js";
import { bytes, t } from "./i18n.js";

/** @typedef {import("./lab-panel.js").LabView} LabView */
/** @typedef {import("../rtchub/lab/route.js").Station} Station */

/** @returns {import("./lab-panel.js").LabPart} */
export function createPath() {
  const diagnosis = h("p", { class: "lab-diagnosis", role: "status", "data-test": "lab-diagnosis" });
  const stations = h("ol", { class: "lab-route", "data-test": "lab-route" });
  const facts = h("dl", { class: "lab-facts", "data-test": "lab-pair" });
  let drawn = "";

  /** @param {LabView} view */
  function update(view) {
    const { mood, key } = diagnose(factsOf(view));
    attribute(diagnosis, "data-mood", mood);
    attribute(diagnosis, "data-key", key);
    text(diagnosis, t(`lab.diagnosis.${key}`));
    const { stats, peer } = view;
    const known = stats?.local && stats.remote ? stats : null;
    show(stations, known !== null);
    show(facts, known !== null);
    if (!known) return;
    const way = route(known.local, known.remote);
    const signature = JSON.stringify([way, peer.name]);
    if (signature !== drawn) {
      drawn = signature;
      attribute(stations, "aria-label", t("lab.path.way"));
      stations.replaceChildren(...way.map((station, index) => drawStation(station, peer, index, known)));
    }
    facts.replaceChildren(...pairFacts(known).flatMap(([name, value]) => [h("dt", null, t(`lab.pair.${name}`)), h("dd", null, value)]));
  }
  return { element: h("div", { class: "stack" }, diagnosis, stations, facts), update };
}

/** @param {LabView} view @returns {import("../rtchub/lab/diagnosis.js").Facts} */
export function factsOf({ peer, lab }) {
  const { pc, log } = peer;
  const { iceServers = [], iceTransportPolicy = "all" } = pc.getConfiguration();
  /** @param {"local" | "remote"} side @param {RTCSessionDescription | null} description */
  const types = (side, description) => {
    const ufrag = ufragOf(description?.sdp ?? "");
    const rows = candidateRows(log, side).filter(row => !row.ufrag || row.ufrag === ufrag);
    return rows.flatMap(({ candidate }) => (candidate ? [candidate.type] : []));
  };
  return {
    connection: pc.connectionState, ice: pc.iceConnectionState, gathering: pc.iceGatheringState, signaling: pc.signalingState,
    policy: iceTransportPolicy,
    servers: iceServers.flatMap(({ urls }) => urls),
    local: types("local", pc.localDescription),
    remote: types("remote", pc.remoteDescription),
    dropped: lab.settings.filter.drop ?? [],
  };
}

/**
 * @param {Station} station
 * @param {import("./lab-panel.js").LabPeer} peer
 * @param {number} index
 * @param {import("./lab-panel.js").Stats} stats
 */
function drawStation({ kind, side, address, port, type }, peer, index, { local, pair }) {
  const title = kind === "self" ? peer.self ?? t("lab.you") : kind === "peer" ? peer.name : t(`lab.station.${kind}`);
  const where = address && port ? endpoint({ address, port }) : t(side === "local" ? "lab.station.hidden" : "lab.station.unknown");
  const protocol = kind === "turn" && side === "local" ? local.relayProtocol ?? local.protocol : pair?.protocol ?? local.protocol;
  return h("li", { class: "lab-station", "data-kind": kind },
    index > 0 && h("span", { class: "lab-link", "aria-hidden": "true" }, protocol && h("span", null, String(protocol).toUpperCase())),
    h("div", { class: "lab-node" },
      h("strong", null, title),
      h("span", { class: "mono" }, where),
      type && h("span", { class: "lab-type", "data-type": type }, type)));
}

/** @param {import("./lab-panel.js").Stats} stats @returns {[string, string][]} */
function pairFacts({ pair, local, remote }) {
  /** @type {[string, string | null][]} */
  const facts = [
    ["kinds", `${local.candidateType} ↔ ${remote.candidateType}`],
    ["state", [pair.state, pair.nominated && t("lab.pair.nominated")].filter(Boolean).join(", ")],
    ["rtt", pair.currentRoundTripTime === undefined ? null : `${(pair.currentRoundTripTime * 1000).toFixed(1)} ms`],
    ["bytes", `${bytes(pair.bytesSent ?? 0)} / ${bytes(pair.bytesReceived ?? 0)}`],
    ["estimate", pair.availableOutgoingBitrate ? `${Math.round(pair.availableOutgoingBitrate / 1000)} kbit/s` : null],
    ["checks", pair.requestsSent === undefined ? null : `${pair.requestsSent} / ${pair.responsesReceived}`],
    ["server", local.url || null],
  ];
  return facts.flatMap(([name, value]) => (value === null ? [] : [/** @type {[string, string]} */ ([name, value])]));
}
