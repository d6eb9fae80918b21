// @ts-check
/** Starting a room: at once, or with a passcode, a waiting room and a limit (made over REST before going there). */
import { attempt } from "./attempt.js";
import { h, show } from "./dom.js";
import { icon } from "./icons.js";
import { t } from "./i18n.js";
import { newRoomId } from "./words.js";

/** @param {import("./app.js").App} app */
export function createNewRoom(app) {
  const passcode = h("input", { class: "input", type: "text", autocomplete: "off", maxlength: 64, "data-test": "new-passcode" });
  const lobby = h("input", { type: "checkbox", "data-test": "new-lobby" });
  const options = h("div", { class: "card new-options stack", id: "new-options", hidden: true },
    h("label", { class: "field" }, h("span", null, t("home.new.passcode")), passcode),
    h("label", { class: "check" }, lobby, t("home.new.lobby")));
  const toggle = h("button", {
    class: "button quiet", type: "button", "aria-expanded": "false", "aria-controls": "new-options", "data-test": "new-options",
    onclick: () => {
      show(options, options.hidden === true);
      toggle.setAttribute("aria-expanded", String(!options.hidden));
    },
  }, icon("settings"), t("home.new.options"));

  async function start() {
    const id = newRoomId();
    const wanted = { id, passcode: passcode.value.trim() || undefined, lobby: lobby.checked };
    const special = wanted.passcode !== undefined || wanted.lobby;
    if (!options.hidden && special) {
      const made = await attempt(create(wanted));
      if (!made) return;
    }
    app.go(`/r/${id}`);
  }

  return h("form", { class: "stack", onsubmit: /** @param {Event} event */ event => { event.preventDefault(); start(); } },
    h("div", { class: "row start-row" },
      h("button", { class: "button primary large", type: "submit", "data-test": "start" }, icon("camera"), t("home.start")),
      toggle),
    options);
}

/**
 * @param {{ id: string, passcode?: string, lobby: boolean }} room
 * @returns {Promise<true>} rejects with the code and sentence of the problem details
 */
async function create(room) {
  const response = await fetch("/api/v1/rooms", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(room),
  });
  if (response.ok) return true;
  const problem = await response.json().catch(() => ({}));
  throw { code: String(problem.type ?? "").split("/").pop(), message: problem.detail };
}
