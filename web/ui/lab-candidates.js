// @ts-check
/** Own and peer candidates, each taken apart. */
import { addressKind, candidateRows, decodePriority, ufragOf } from "../rtchub/lab/candidates.js";
import { h, show, text } from "./dom.js";
import { t } from "./i18n.js";
import { seconds } from "./lab-timeline.js";

/** @typedef {import("./lab-panel.js").LabView} LabView */
/** @typedef {import("../rtchub/lab/candidates.js").CandidateRow} CandidateRow */

const columns = ["type", "protocol", "address", "port", "priority", "foundation", "related", "ufrag", "came"];

/** @returns {import("./lab-panel.js").LabPart} */
export function createCandidates() {
  const own = createTable("local");
  const theirs = createTable("remote");
  const mdns = h("p", { class: "lab-note", "data-test": "lab-mdns" }, t("lab.candidates.mdns"));
  let drawn = "";
  return {
    element: h("div", { class: "stack" }, own.element, theirs.element, mdns, h("p", { class: "lab-note" }, t("lab.candidates.priority"))),
    update({ peer, stats }) {
      const used = { local: keyOf(stats?.local), remote: keyOf(stats?.remote) };
      const signature = JSON.stringify([peer.id, peer.log.length, peer.log.at(-1)?.at, peer.pc.signalingState, used]);
      if (signature === drawn) return;
      drawn = signature;
      const rows = { local: candidateRows(peer.log, "local"), remote: candidateRows(peer.log, "remote") };
      const start = peer.log[0]?.at ?? 0;
      own.update(rows.local, used.local, start, ufragOf(peer.pc.localDescription?.sdp ?? ""));
      theirs.update(rows.remote, used.remote, start, ufragOf(peer.pc.remoteDescription?.sdp ?? ""));
      show(mdns, [...rows.local, ...rows.remote].some(({ candidate }) => candidate && addressKind(candidate.address) === "mdns"));
    },
  };
}

/** @param {"local" | "remote"} side */
function createTable(side) {
  const count = h("span", { class: "muted" });
  const body = h("tbody");
  const title = h("h4", { id: `lab-candidates-${side}` }, t(`lab.candidates.${side}`), " ", count);
  const head = columns.map(column => h("th", { scope: "col" }, t(`lab.column.${column}`)));
  const table = h("table", { class: "lab-table", "aria-labelledby": title.id, "data-test": `lab-candidates-${side}` },
    h("thead", null, h("tr", null, head)), body);
  const none = h("p", { class: "muted small" }, t("lab.candidates.none"));
  const wide = h("div", { class: "lab-wide", tabindex: 0, role: "region", "aria-labelledby": title.id }, table);
  return {
    element: h("div", null, title, none, wide),
    /** @param {CandidateRow[]} rows @param {string} used @param {number} start @param {string | null} generation the present one */
    update(rows, used, start, generation) {
      text(count, rows.filter(({ candidate, ufrag }) => candidate && ufrag === generation).length);
      show(none, rows.length === 0);
      show(wide, rows.length > 0);
      body.replaceChildren(...rows.map(row => drawRow(row, side, used, start, generation)));
    },
  };
}

/**
 * @param {CandidateRow} row
 * @param {"local" | "remote"} side
 * @param {string} used
 * @param {number} start
 * @param {string | null} generation
 */
function drawRow({ at, candidate, ufrag, toldAt }, side, used, start, generation) {
  const came = [seconds(at - start), side === "local" && toldWords(toldAt, at)].filter(Boolean).join(", ");
  const past = ufrag !== generation && "past";
  if (!candidate) {
    return h("tr", { class: ["end", past].filter(Boolean).join(" ") },
      h("td", { colspan: columns.length - 2 }, t("lab.candidates.end")), h("td", { class: "mono" }, ufrag ?? ""), h("td", { class: "mono" }, came));
  }
  const { type, protocol, tcpType, address, port, priority, component, foundation, relatedAddress, relatedPort } = candidate;
  const parts = decodePriority(priority);
  const isUsed = keyOf({ candidateType: type, address, port, protocol }) === used && !past;
  return h("tr", { class: [isUsed && "used", past].filter(Boolean).join(" ") || null, "data-type": type },
    h("td", null, h("span", { class: "lab-type", "data-type": type, title: t(`lab.type.${type}`) }, type), isUsed && h("span", { class: "lab-used" }, t("lab.candidates.used"))),
    h("td", null, protocol, tcpType && ` ${tcpType}`),
    h("td", { class: "mono", title: t(`lab.address.${addressKind(address)}`) }, address),
    h("td", { class: "mono" }, port),
    h("td", { class: "mono", title: t("lab.priority.parts", { type: parts.type, local: parts.local, component: parts.component }) },
      priority, h("span", { class: "lab-parts" }, `${parts.type} · ${parts.local} · ${parts.component}`)),
    h("td", { class: "mono" }, foundation),
    h("td", { class: "mono" }, relatedAddress ? `${relatedAddress}:${relatedPort}` : "–"),
    h("td", { class: "mono", title: component === 1 ? null : t("lab.component", { component }) }, ufrag ?? "–"),
    h("td", { class: "mono" }, came));
}

/** @param {number | null} toldAt @param {number} at */
function toldWords(toldAt, at) {
  if (toldAt === null) return t("lab.candidates.untold");
  return toldAt - at > 50 ? t("lab.candidates.told", { after: seconds(toldAt - at) }) : "";
}

/** @param {{ candidateType?: string, address?: string, ip?: string, port?: number, protocol?: string } | null | undefined} candidate */
function keyOf(candidate) {
  return candidate ? `${candidate.candidateType} ${candidate.protocol} ${candidate.address ?? candidate.ip}:${candidate.port}` : "";
}
