// @ts-check
/**
 * The key of an end-to-end encrypted room, which is the end of its link (`#k=`): browsers send that part of an address to no
 * server. The link decides, not the hub: a page that was opened with a key never goes without.
 */
import { canEncrypt } from "../rtchub/e2ee.js";
import { every, h, show, text } from "./dom.js";
import { icon } from "./icons.js";
import { t } from "./i18n.js";
import { secretFrom } from "./words.js";

/** @returns {string | null} */
export function secretHere() {
  return secretFrom(location.href);
}

/** What is added to a room's path. @param {string | null} secret */
export function secretPart(secret) {
  return secret ? `#k=${secret}` : "";
}

/** An encrypted room whose link came without its end. @param {import("./app.js").CallState} state */
export function lacksSecret({ room }) {
  return room?.metadata?.e2ee === true && secretHere() === null;
}

/** Nobody has answered for so long: then it is hardly the network. */
const patienceMs = 6000;

/** Why nobody is seen or heard here although they are. @param {import("./app.js").App} app */
export function createSecretNotice(app) {
  const sentence = h("p");
  const link = h("input", { class: "input", type: "text", autocomplete: "off", spellcheck: "false", autocapitalize: "none", placeholder: t("e2ee.paste"), "aria-label": t("e2ee.paste"), "data-test": "key-link" });
  const form = h("form", { class: "row", onsubmit: submit },
    h("div", { class: "grow" }, link),
    h("button", { class: "button small primary", type: "submit", "data-test": "key-use" }, t("e2ee.use")));
  const element = h("div", { class: "notice warn", role: "alert", "data-test": "key-problem", hidden: true },
    icon("lock-off"), h("div", { class: "grow stack" }, sentence, form));
  let waitingSince = 0;
  const stop = every(1000, update);

  /** @param {Event} event */
  function submit(event) {
    event.preventDefault();
    const secret = secretFrom(link.value);
    if (!secret) return link.focus();
    // Everything begins anew with the key, as if the whole link had been opened.
    history.replaceState(null, "", location.pathname + location.search + secretPart(secret));
    location.reload();
  }

  /** @returns {"browser" | "missing" | "waiting" | null} */
  function problem() {
    const { state } = app.call;
    const { room, e2ee } = state;
    const lacks = lacksSecret(state);
    if (!room || !(lacks || secretHere())) return null;
    if (!canEncrypt) return "browser";
    if (lacks) return "missing";
    waitingSince = e2ee?.status === "waiting" ? waitingSince || Date.now() : 0;
    return waitingSince && Date.now() - waitingSince > patienceMs ? "waiting" : null;
  }

  function update() {
    const why = problem();
    show(element, why !== null);
    if (!why) return;
    element.dataset.reason = why;
    text(sentence, t(`e2ee.problem.${why}`));
    show(form, why !== "browser");
  }
  return { element, update, remove: stop };
}
