// @ts-check
/** What floats over the stage: the hub is away, the screen is shared, sound waits for a touch, nobody else is here. */
import { attempt } from "./attempt.js";
import { createMediaProblem } from "./devices.js";
import { every, h, show, text } from "./dom.js";
import { icon } from "./icons.js";
import { t } from "./i18n.js";
import { secondsUntil } from "./network.js";
import { createSecretNotice, lacksSecret } from "./secret.js";
import { canShare, copy, linkTo, share } from "./share.js";

/** @typedef {import("./app.js").CallState} CallState */

/** @param {import("./call.js").CallPage} page */
export function createBanners(page) {
  const { app, ui } = page;
  const reconnecting = createReconnecting(app);
  const alone = createAlone(app);
  const sharing = h("div", { class: "banner", "data-test": "sharing", hidden: true }, icon("screen"), h("span", { class: "grow" }, t("screen.sharing")),
    h("button", { class: "button small danger", type: "button", "data-test": "stop-sharing", onclick: () => app.call.media.stopScreen() }, t("screen.stop")));
  const hear = h("button", { class: "button primary large banner-button", type: "button", "data-test": "tap-to-hear", hidden: true, onclick: page.listen },
    icon("volume"), t("tap.to.hear"));
  const talking = h("div", { class: "banner", role: "status", hidden: true }, icon("mic"), t("talking"));
  const secret = createSecretNotice(app);
  const problem = createMediaProblem(app);
  /** @type {unknown} */
  let dismissed = app.visit.prepared ? app.call.state.media.problem : null;
  problem.element.append(h("button", {
    class: "icon-button", type: "button", "aria-label": t("close"),
    onclick: () => {
      dismissed = app.call.state.media.problem;
      show(problem.element, false);
    },
  }, icon("close")));
  const element = h("div", { class: "over-stage" },
    h("div", { class: "banners" }, reconnecting.element, secret.element, problem.element, sharing, talking, hear), alone.element);

  return {
    element,
    /** @param {CallState} state */
    update(state) {
      reconnecting.update(state);
      alone.update(state);
      secret.update();
      show(sharing, state.media.screen);
      show(hear, ui.blocked);
      show(talking, ui.talking);
      if (dismissed === null || state.media.problem !== dismissed) problem.update(state);
    },
    remove() {
      reconnecting.remove();
      secret.remove();
    },
  };
}

/** @param {import("./app.js").App} app */
function createReconnecting(app) {
  const sentence = h("span");
  const still = h("span", null, t("hub.away.media"), " ");
  const element = h("div", { class: "banner warn", role: "status", "data-test": "reconnecting", hidden: true },
    icon("offline"),
    h("div", { class: "grow" }, h("strong", null, t("hub.away")), " ", still, sentence),
    h("button", { class: "button small", type: "button", "data-test": "retry", onclick: () => app.call.retry() }, t("retry.now")));
  const stop = every(500, count);

  function count() {
    if (element.hidden) return;
    const seconds = secondsUntil(app.call.state.retryAt);
    text(sentence, seconds ? t("hub.away.retry", { seconds }) : t("network.trying"));
  }

  return {
    element,
    /** @param {CallState} state */
    update(state) {
      show(element, state.connection === "reconnecting" || state.connection === "connecting");
      show(still, state.peers.some(peer => peer.connection === "connected"));
      count();
    },
    remove: stop,
  };
}

/** @param {import("./app.js").App} app */
function createAlone(app) {
  const link = h("input", { class: "input", readonly: true, "aria-label": t("room.link"), onfocus: () => link.select() });
  const room = () => app.call.state.room;
  const element = h("section", { class: "card alone stack", "data-test": "alone", hidden: true },
    h("h2", null, t("alone.title")),
    h("p", { class: "muted" }, t("alone.text")),
    link,
    h("div", { class: "row" },
      h("button", {
        class: "button primary grow", type: "button", "data-test": "copy-link", onclick: () => copy(link.value, t("copied.link")),
      }, icon("copy"), t("copy.link")),
      canShare && h("button", {
        class: "button", type: "button", "data-test": "share-link",
        onclick: () => attempt(share(room()?.id ?? "", room()?.name ?? "")),
      }, icon("share"), t("share"))));
  return {
    element,
    /** @param {CallState} state */
    update(state) {
      const { room, peers } = state;
      show(element, peers.length === 0 && room !== null && !room.call && !lacksSecret(state));
      if (room && link.value !== linkTo(room.id)) link.value = linkTo(room.id);
    },
  };
}
