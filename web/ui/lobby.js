// @ts-check
/** Waiting to be let in: the own picture stays, the page says that somebody knows. */
import { createBar } from "./bar.js";
import { h, text } from "./dom.js";
import { icon } from "./icons.js";
import { t } from "./i18n.js";
import { createLevel, createMediaProblem } from "./devices.js";
import { createNetworkNotice } from "./network.js";
import { createPreview } from "./selfmedia.js";

/** @param {import("./app.js").App} app @returns {import("./app.js").View} */
export function mountLobby(app) {
  const preview = createPreview(app);
  const level = createLevel();
  const problem = createMediaProblem(app);
  const network = createNetworkNotice(app);
  const room = h("h1", { class: "room-title" });
  const element = h("div", { class: "prejoin" },
    createBar(app),
    h("main", { class: "prejoin-main" },
      h("section", { class: "prejoin-look" }, preview.element, level.element, problem.element),
      h("section", { class: "card prejoin-form lobby", "data-test": "lobby", role: "status" },
        h("div", { class: "lobby-dots", "aria-hidden": "true" }, h("i"), h("i"), h("i")),
        room,
        h("p", null, t("lobby.waiting")),
        h("p", { class: "muted small" }, t("lobby.hint")),
        network.element,
        h("button", { class: "button", type: "button", "data-test": "leave", onclick: app.leave }, icon("close"), t("lobby.leave")))));
  return {
    element,
    update(state) {
      text(room, state.room?.name || state.room?.id || "");
      preview.update(state);
      level.update(state);
      problem.update(state);
      network.update(state);
    },
  };
}
