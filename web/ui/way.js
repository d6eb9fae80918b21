// @ts-check
/** Which way the media of the room goes: from browser to browser, through the server, or on the move between them. */
import { attribute, h, show, text } from "./dom.js";
import { icon, setIcon } from "./icons.js";
import { t } from "./i18n.js";

export function createWay() {
  const picture = icon("link");
  const word = h("span", { class: "way-word" });
  const element = h("span", { class: "way", "data-test": "way" }, picture, word);
  const secret = h("span", { class: "way", "data-test": "e2ee" }, icon("lock"), h("span", { class: "way-word" }, t("e2ee.badge")));
  return {
    element: h("span", { class: "row ways" }, element, secret),
    /** @param {import("./app.js").CallState} state */
    update({ room, moving, e2ee, peers, self }) {
      const way = moving ? "moving" : room?.topology === "sfu" ? "sfu" : "mesh";
      attribute(element, "data-way", way);
      const held = moving ? null : [self, ...peers].find(person => person && person.id === room?.route?.heldBackBy);
      attribute(element, "data-held", held ? "true" : null);
      attribute(element, "title", held ? t("way.held", { name: held.name }) : t(`way.${way}.title`));
      text(word, t(`way.${way}`));
      setIcon(picture, moving ? "refresh" : held ? "warning" : way === "sfu" ? "server" : "link");
      show(secret, Boolean(e2ee));
      attribute(secret, "title", t(e2ee?.status === "waiting" ? "e2ee.waiting" : "e2ee.on"));
      attribute(secret, "data-epoch", e2ee?.epoch);
      attribute(secret, "data-status", e2ee?.status);
    },
  };
}
