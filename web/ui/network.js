// @ts-check
/** Before a call: the hub cannot be reached, or wants a token. Says so and offers the next step. */
import { attempt } from "./attempt.js";
import { every, h, show, text } from "./dom.js";
import { icon, setIcon } from "./icons.js";
import { t } from "./i18n.js";
import { errorWords } from "./words.js";

/** @param {number | null} retryAt epoch ms */
export function secondsUntil(retryAt) {
  return Math.max(0, Math.ceil(((retryAt ?? 0) - Date.now()) / 1000));
}

/**
 * @param {import("./app.js").App} app
 * @param {{ refusals?: boolean }} [options] refusals: false where the screen tells of them itself
 */
export function createNetworkNotice(app, { refusals = true } = {}) {
  const sentence = h("p");
  const retry = h("button", { class: "button small", type: "button", "data-test": "retry", onclick: () => app.call.retry() },
    icon("refresh"), t("retry.now"));
  const token = refusals ? createTokenForm(use) : null;
  let tried = false;
  const picture = icon("offline");
  const body = h("div", { class: "grow" }, sentence, h("div", { class: "actions" }, retry), token);
  const element = h("div", { class: "notice warn", role: "status", hidden: true }, picture, body);
  let stop = () => {};

  /** @param {string} value */
  async function use(value) {
    await attempt(app.authorise(value), { quiet: true });
    tried = true;
    update(app.call.state);
  }

  /** @param {import("./app.js").CallState} state */
  function update(state) {
    const away = state.connection === "reconnecting";
    const refused = refusals && state.connection === "refused";
    show(element, away || refused);
    show(retry, away);
    if (token) show(token, refused && state.error?.code === "unauthorized");
    setIcon(picture, refused ? "lock" : "offline");
    stop();
    if (refused) text(sentence, tried && state.error?.code === "unauthorized" ? t("token.refused") : errorWords(state.error));
    if (!away) return;
    const count = () => {
      const seconds = secondsUntil(app.call.state.retryAt);
      text(sentence, seconds ? t("network.away", { seconds }) : t("network.trying"));
    };
    count();
    stop = every(500, () => element.isConnected ? count() : stop());
  }
  return { element, update };
}

/** @param {(token: string) => void} use */
export function createTokenForm(use) {
  const input = h("input", { class: "input", type: "password", autocomplete: "off", spellcheck: "false", "data-test": "token", "aria-label": t("token.label"), placeholder: t("token.label") });
  /** @param {Event} event */
  const submit = event => {
    event.preventDefault();
    if (input.value.trim()) use(input.value);
  };
  return h("form", { class: "row token-form", onsubmit: submit }, h("div", { class: "grow" }, input),
    h("button", { class: "button", type: "submit" }, t("token.use")));
}
