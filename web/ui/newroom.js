// @ts-check
/** Starting a room: at once, or with a passcode, a waiting room and encryption (made over REST before going there). */
import { canEncrypt, newSecret } from "../rtchub/e2ee.js";
import { attempt } from "./attempt.js";
import { h, show } from "./dom.js";
import { icon } from "./icons.js";
import { t } from "./i18n.js";
import { secretPart } from "./secret.js";
import { newRoomId } from "./words.js";

/** @param {import("./app.js").App} app */
export function createNewRoom(app) {
  const passcode = h("input", { class: "input", type: "text", autocomplete: "off", maxlength: 64, "data-test": "new-passcode" });
  const lobby = h("input", { type: "checkbox", "data-test": "new-lobby" });
  const encrypted = h("input", { type: "checkbox", disabled: !canEncrypt, "data-test": "new-e2ee", onchange: () => show(hint, encrypted.checked) });
  const hint = h("p", { class: "muted small", hidden: true }, t("home.new.e2ee.hint"));
  const options = h("div", { class: "card new-options stack", id: "new-options", hidden: true },
    h("label", { class: "field" }, h("span", null, t("home.new.passcode")), passcode),
    h("label", { class: "check" }, lobby, t("home.new.lobby")),
    h("label", { class: "check" }, encrypted, t("home.new.e2ee")), hint);
  const toggle = h("button", {
    class: "button quiet", type: "button", "aria-expanded": "false", "aria-controls": "new-options", "data-test": "new-options",
    onclick: () => {
      show(options, options.hidden === true);
      toggle.setAttribute("aria-expanded", String(!options.hidden));
    },
  }, icon("settings"), t("home.new.options"));

  async function start() {
    const id = newRoomId();
    const wanted = { id, passcode: passcode.value.trim() || undefined, lobby: lobby.checked, metadata: encrypted.checked ? { e2ee: true } : undefined };
    const special = wanted.passcode !== undefined || wanted.lobby || encrypted.checked;
    if (!options.hidden && special) {
      const made = await attempt(create(wanted));
      if (!made) return;
    }
    app.go(`/r/${id}${secretPart(!options.hidden && encrypted.checked ? newSecret() : null)}`);
  }

  return h("form", { class: "stack", onsubmit: /** @param {Event} event */ event => { event.preventDefault(); start(); } },
    h("div", { class: "row start-row" },
      h("button", { class: "button primary large", type: "submit", "data-test": "start" }, icon("camera"), t("home.start")),
      toggle),
    options);
}

/**
 * @param {{ id: string, passcode?: string, lobby: boolean, metadata?: object }} room
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
