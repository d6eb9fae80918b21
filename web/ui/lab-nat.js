// @ts-check
/** What NAT is between this browser and the hub, how that is known, and whom one meets without TURN. */
import { addressKind } from "../rtchub/lab/candidates.js";
import { endpoint } from "../rtchub/lab/ladder.js";
import { judge, meeting } from "../rtchub/lab/nat.js";
import { probeNat } from "../rtchub/lab/natprobe.js";
import { h, show, text } from "./dom.js";
import { t } from "./i18n.js";
import { chapter } from "./lab-chapter.js";

/**
 * @typedef {object} NatState
 * @property {import("../rtchub/lab/nat.js").Observation | null} observation
 * @property {boolean} running
 * @property {string | null} problem
 * @property {[string, string] | null} urls  chosen here; null: the hub's
 */
/** @typedef {import("../rtchub/lab/nat.js").Gathering} Gathering */
/** @typedef {import("../rtchub/lab/nat.js").Verdict} Verdict */

const natTypes = /** @type {const} */ (["open", "cone", "symmetric", "blocked"]);

/**
 * Hooks: nat-run, nat-verdict (data-type, data-reason), nat-runs, nat-meetings, nat-urls (first, second).
 * @param {import("./lab.js").LabPage} lab
 * @returns {import("./lab.js").Chapter}
 */
export function createNatChapter(lab) {
  const { nat } = lab;
  const first = urlField("first");
  const second = urlField("second");
  const run = h("button", { class: "button primary", type: "button", "data-test": "nat-run", onclick: () => test() }, t("lab.nat.run"));
  const note = h("p", { class: "small muted", role: "status" });
  const result = h("div", { class: "stack" });
  const form = h("form", {
    class: "lab-pair",
    onsubmit: /** @param {Event} event */ event => {
      event.preventDefault();
      nat.urls = [first.value.trim(), second.value.trim()];
      test();
    },
  }, label("first", first), label("second", second), h("button", { class: "button", type: "submit" }, t("lab.nat.ask")));
  const others = h("details", { class: "lab-more" }, h("summary", null, t("lab.nat.others")), h("p", { class: "lab-note" }, t("lab.nat.others.guide")), form);
  const element = chapter("nat", 1, h("div", { class: "row wrap" }, run, note), result, others);
  let removed = false;

  async function test() {
    const urls = wanted();
    if (nat.running || !urls) return;
    Object.assign(nat, { running: true, problem: null, observation: null });
    update();
    try {
      nat.observation = await probeNat(urls);
    } catch (error) {
      nat.problem = /** @type {Error} */ (error).message;
    }
    nat.running = false;
    if (!removed) update();
  }

  /** @returns {[string, string] | null} */
  function wanted() {
    const [one, two] = nat.urls ?? lab.call.lab.stun;
    return one && two ? [one, two] : null;
  }

  /** @type {unknown} */
  let drawn = null;
  let asked = false;

  function update() {
    const urls = wanted();
    if (urls && document.activeElement !== first && document.activeElement !== second && !nat.urls) [first.value, second.value] = urls;
    // As soon as the hub has said where its STUN ports are; nobody else is asked.
    if (urls && !asked) {
      asked = true;
      if (!nat.observation) return void test();
    }
    run.disabled = nat.running || !urls;
    text(note, nat.running ? t("lab.nat.running") : nat.problem ?? (urls ? "" : t(lab.call.state.connection === "connected" ? "lab.nat.no-stun" : "lab.nat.no-hub")));
    show(result, nat.observation !== null);
    if (!nat.observation || drawn === nat.observation) return;
    drawn = nat.observation;
    const verdict = judge(nat.observation);
    result.replaceChildren(drawVerdict(verdict), drawRuns(nat.observation), drawMeetings(verdict.type), h("p", { class: "lab-note" }, t("lab.nat.unseen")));
  }
  return { element, update, remove: () => { removed = true; } };
}

/** @param {Verdict} verdict */
function drawVerdict({ type, reason, values, preserves, near }) {
  return h("div", { class: "lab-verdict", "data-test": "nat-verdict", "data-type": type, "data-reason": reason },
    h("h3", null, t(`lab.nat.type.${type}`)),
    h("p", null, t(`lab.nat.meaning.${type}`)),
    h("dl", { class: "lab-how" },
      h("dt", null, t("lab.nat.how")), h("dd", null, t(`lab.nat.reason.${reason}`, values)),
      preserves !== null && [h("dt", null, t("lab.nat.ports")), h("dd", null, t(preserves ? "lab.nat.preserves" : "lab.nat.changes"))],
      near && type !== "blocked" && [h("dt", null, t("lab.nat.near")), h("dd", null, t("lab.nat.near.guide"))]));
}

/** What was asked and what was answered. @param {import("../rtchub/lab/nat.js").Observation} observation */
function drawRuns({ first, second, both }) {
  const rows = [first, second, both].flatMap(run => {
    const mapped = run.srflx.length > 0 ? run.srflx : [null];
    return mapped.map((one, index) => h("tr", null,
      index === 0 && h("th", { scope: "row", rowspan: mapped.length, class: "mono" }, run.urls.map(url => h("div", null, url))),
      index === 0 && h("td", { rowspan: mapped.length, class: "mono" }, hosts(run)),
      h("td", { class: "mono" }, one ? endpoint(one) : t(run.complete && run.errors.length === 0 ? "lab.nat.nothing-new" : "lab.nat.no-answer")),
      h("td", { class: "mono" }, one?.url ?? "–"),
      index === 0 && h("td", { rowspan: mapped.length, class: "mono" }, run.complete ? `${run.ms} ms` : `> ${run.ms} ms`)));
  });
  return h("div", { class: "lab-wide", tabindex: 0, role: "region", "aria-label": t("lab.nat.runs") },
    h("table", { class: "lab-table", "data-test": "nat-runs" },
      h("caption", null, t("lab.nat.runs")),
      h("thead", null, h("tr", null, ["asked", "own", "seen", "by", "took"].map(column => h("th", { scope: "col" }, t(`lab.nat.column.${column}`))))),
      h("tbody", null, rows)));
}

/** @param {Gathering} run */
function hosts({ host }) {
  if (host.length === 0) return "–";
  return host.map(one => h("div", { title: t(`lab.address.${addressKind(one.address)}`) }, endpoint(one)));
}

/** @param {import("../rtchub/lab/nat.js").NatType} own */
function drawMeetings(own) {
  return h("div", { class: "lab-wide", tabindex: 0, role: "region", "aria-label": t("lab.nat.meetings") },
    h("table", { class: "lab-table lab-meetings", "data-test": "nat-meetings" },
      h("caption", null, t("lab.nat.meetings")),
      h("thead", null, h("tr", null, h("td"), natTypes.map(type => h("th", { scope: "col" }, t(`lab.nat.short.${type}`))))),
      h("tbody", null, natTypes.map(mine => h("tr", { class: mine === own ? "used" : null },
        h("th", { scope: "row" }, t(`lab.nat.short.${mine}`), mine === own && h("span", { class: "lab-used" }, t("lab.you"))),
        natTypes.map(theirs => {
          const how = meeting(mine, theirs);
          return h("td", { "data-meeting": how }, t(`lab.nat.meeting.${how}`));
        }))))));
}

/** @param {string} name */
function urlField(name) {
  return h("input", { class: "input", name, type: "text", required: true, pattern: "stuns?:.+", autocomplete: "off", spellcheck: "false", placeholder: "stun:stun.example.org:3478", "data-test": `nat-url-${name}` });
}

/** @param {string} name @param {HTMLInputElement} input */
function label(name, input) {
  return h("label", { class: "field" }, h("span", null, t(`lab.nat.url.${name}`)), input);
}
