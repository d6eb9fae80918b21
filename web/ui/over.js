// @ts-check
/** After a call, whatever ended it: a sentence and the way back. */
import { attempt } from "./attempt.js";
import { createBar } from "./bar.js";
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { t } from "./i18n.js";
import { createTokenForm } from "./network.js";
import { wantedMedia } from "./selfmedia.js";
import { overBecause } from "./screens.js";
import { errorWords } from "./words.js";

/** @param {import("./app.js").App} app @returns {import("./app.js").View} */
export function mountOver(app) {
  const { call, visit } = app;
  const reason = overBecause(call.state, visit) ?? "left";
  const again = () => {
    // The other tab has the session; loading anew takes it back and tells that tab.
    if (reason === "superseded") location.reload();
    else app.join({ media: wantedMedia() });
  };
  const mayReturn = reason === "superseded" || (visit.room !== null && !["closed", "denied", "kicked"].includes(reason));
  // The hub said no with a code of its own (docs/protocol.md section 8) in the place of a reason.
  const refusal = call.state.error ?? (call.state.removed && { code: call.state.removed.reason });
  const needsToken = reason === "refused" && refusal?.code === "unauthorized";
  const useToken = /** @param {string} token */ async token => {
    await attempt(app.authorise(token));
    if (visit.room) await app.join({ token, media: wantedMedia() });
  };
  const element = h("div", { class: "over-page" },
    createBar(app),
    h("main", { class: "over", "data-test": "over", "data-reason": reason },
      h("div", { class: "over-mark" }, icon(reason === "left" || reason === "ended" ? "check" : reason === "superseded" ? "copy" : "warning")),
      h("h1", null, t(`over.${reason}.title`)),
      h("p", { class: "muted" }, reason === "refused" ? errorWords(refusal) : t(`over.${reason}.text`)),
      needsToken && createTokenForm(useToken),
      h("div", { class: "row over-actions" },
        mayReturn && h("button", { class: "button primary large", type: "button", "data-test": "rejoin", onclick: again },
          icon("refresh"), t(reason === "superseded" ? "over.here" : "over.rejoin")),
        h("button", { class: `button large${mayReturn ? "" : " primary"}`, type: "button", "data-test": "home", onclick: () => app.go("/") }, t("over.home"))),
      reason === "refused" && h("p", { class: "small" }, h("a", { href: "/diag" }, t("link.diag.why")))));
  return { element, update() {} };
}
