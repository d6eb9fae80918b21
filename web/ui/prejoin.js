// @ts-check
/** Before a call: see and hear that the devices work, say one's name, get past the door. */
import { createBar } from "./bar.js";
import { createLevel, createMediaProblem, createPickers } from "./devices.js";
import { attribute, h, show, text } from "./dom.js";
import { icon } from "./icons.js";
import { t } from "./i18n.js";
import { createNetworkNotice } from "./network.js";
import { secretHere } from "./secret.js";
import { createPreview, wantedMedia } from "./selfmedia.js";
import { stored } from "./stored.js";
import { errorWords, newRoomId } from "./words.js";

/** @param {import("./app.js").App} app @returns {import("./app.js").View} */
export function mountPrejoin(app) {
  const { call, visit } = app;
  const preview = createPreview(app);
  const level = createLevel();
  const pickers = createPickers(app);
  const problem = createMediaProblem(app);
  const network = createNetworkNotice(app, { refusals: false });
  const door = createDoor(app, () => { devices.open = false; });
  const devices = h("details", { class: "devices", open: matchMedia("(min-width: 821px) and (min-height: 700px)").matches },
    h("summary", { class: "row" }, icon("settings"), t("devices.title")), pickers.element);

  const name = h("input", {
    class: "input", type: "text", name: "name", maxlength: 64, autocomplete: "nickname", enterkeyhint: "go", "data-test": "name",
    placeholder: t("name.guest"), value: startName(), oninput: () => preview.update(call.state, name.value),
  });
  const spinner = h("span", { class: "spinner", "aria-hidden": "true", hidden: true });
  const label = h("span");
  const button = h("button", { class: "button primary large wide", type: "submit", "data-test": "join" }, spinner, label);

  /** @param {Event} event */
  const submit = event => {
    event.preventDefault();
    if (visit.joining) return;
    const typed = name.value.trim();
    stored.write("name", typed);
    visit.prepared = true;
    app.join({ name: typed || t("name.guest"), ...door.answers() });
  };

  const element = h("div", { class: "prejoin" },
    createBar(app),
    h("main", { class: "prejoin-main" },
      h("section", { class: "prejoin-look" }, preview.element, level.element, problem.element),
      h("form", { class: "card prejoin-form", onsubmit: submit },
        h("div", null, h("p", { class: "muted small" }, t("prejoin.lead")), h("h1", { class: "room-title" }, visit.room),
          secretHere() && h("p", { class: "small secret-note", "data-test": "e2ee" }, icon("lock"), t("e2ee.on"))),
        network.element,
        h("label", { class: "field" }, h("span", null, t("name.label")), name),
        door.element,
        button,
        devices)));

  if (call.state.media.status === "off" && !visit.joining) {
    const wanted = wantedMedia();
    if (wanted.audio || wanted.video) call.media.start(wanted).catch(() => {});
  }

  return {
    element,
    update(state) {
      preview.update(state, name.value);
      level.update(state);
      pickers.update(state);
      problem.update(state);
      network.update(state);
      if (state.connection === "refused" && !visit.joining) visit.refused ??= state.error;
      door.update();
      show(spinner, visit.joining);
      text(label, visit.joining ? t("prejoin.joining") : joinWords(state));
      attribute(button, "aria-disabled", visit.joining ? "true" : null);
    },
  };
}

function startName() {
  return new URLSearchParams(location.search).get("name") ?? stored.read("name", "");
}

/** Without camera or microphone one can come in all the same, and the button says so. @param {import("./app.js").CallState} state */
function joinWords({ media }) {
  const broken = media.problem !== null || media.status === "refused" || media.status === "missing" || media.status === "insecure";
  if (!broken || (media.audio && media.video)) return t("prejoin.join");
  return t(media.audio ? "prejoin.join.nocamera" : media.video ? "prejoin.join.nomic" : "prejoin.join.neither");
}

/**
 * What the room asks of somebody who wants to come in: passcode, token, or patience.
 * @param {import("./app.js").App} app
 * @param {() => void} makeRoom for what the door has to say
 */
function createDoor(app, makeRoom) {
  const passcode = h("input", { class: "input", type: "password", autocomplete: "off", maxlength: 128, "data-test": "passcode" });
  const token = h("input", { class: "input", type: "password", autocomplete: "off", spellcheck: "false", "data-test": "token" });
  const passcodeField = h("label", { class: "field", hidden: true }, h("span", null, t("passcode.label")), passcode);
  const tokenField = h("label", { class: "field", hidden: true }, h("span", null, t("token.label")), token);
  const sentence = h("p");
  const other = h("button", { class: "button small", type: "button", onclick: () => app.go(`/r/${newRoomId()}`) }, t("door.other"));
  const actions = h("div", { class: "actions" }, other);
  const notice = h("div", { class: "notice bad", role: "alert", "data-test": "join-error", hidden: true },
    icon("lock"), h("div", { class: "grow" }, sentence, actions));
  /** @type {unknown} */
  let shown = null;

  return {
    element: h("div", { class: "stack door" }, notice, passcodeField, tokenField),
    answers() {
      return {
        passcode: passcodeField.hidden ? undefined : passcode.value || undefined,
        token: tokenField.hidden ? undefined : token.value || undefined,
      };
    },
    update() {
      const refused = app.visit.refused;
      if (refused === shown) return;
      shown = refused;
      show(notice, refused !== null);
      if (!refused) return;
      makeRoom();
      const code = refused.code ?? "internal";
      notice.dataset.code = code;
      text(sentence, code === "unauthorized" && token.value ? t("token.refused") : errorWords(refused));
      if (code.startsWith("passcode")) show(passcodeField, true);
      if (code === "unauthorized") show(tokenField, true);
      attribute(passcode, "aria-invalid", code === "passcode_wrong" ? "true" : null);
      show(actions, ["room_full", "room_locked", "room_closed", "not_found", "forbidden"].includes(code));
      if (code.startsWith("passcode")) passcode.select();
      if (code === "unauthorized") token.select();
    },
  };
}
