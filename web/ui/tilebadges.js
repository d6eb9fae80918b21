// @ts-check
/** The small signs at the top of a tile: hand, pin, spotlight, encryption, and how good the connection is. */
import { attribute, h, show } from "./dom.js";
import { icon, setIcon } from "./icons.js";
import { t } from "./i18n.js";

/** @typedef {import("./cast.js").Part} Part */
/** @typedef {NonNullable<import("./cast.js").Peer["quality"]>} Quality */

/** @param {import("./call.js").CallPage} page @param {Part} first */
export function createBadges(page, first) {
  const screen = first.kind === "screen";
  const hand = badge("hand", t("hand.raised"));
  const pin = badge("pin", t("pinned"));
  const spotlight = badge("star", t("spotlight.on"));
  const keyPicture = icon("lock");
  const key = h("span", { class: "tile-badge key", role: "img", "data-test": "tile-key" }, keyPicture);
  const bars = createBars();
  const element = h("div", { class: "tile-top" }, hand, spotlight, pin, bars.element, key);

  /** @param {boolean | null} decrypts */
  function secrecy(decrypts) {
    const { e2ee } = page.app.call.state;
    show(key, e2ee !== null && first.peer !== null);
    if (key.hidden) return;
    const said = t(decrypts === null ? "key.unknown" : decrypts ? "key.good" : "key.wrong");
    attribute(key, "data-decrypts", String(decrypts));
    attribute(key, "aria-label", said);
    attribute(key, "title", said);
    setIcon(keyPicture, decrypts === false ? "lock-off" : "lock");
  }

  return {
    element,
    /** @param {Part} part */
    update({ peer, key: own }) {
      const { self, room } = page.app.call.state;
      show(hand, !screen && Boolean(peer ? peer.hand : self?.hand));
      show(pin, page.ui.pinned === own);
      show(spotlight, !screen && Boolean(room?.spotlight) && room?.spotlight === (peer ?? self)?.id);
      bars.update(screen ? null : (peer ?? self)?.quality ?? null);
      secrecy(peer?.decrypts ?? null);
    },
  };
}

/** @param {import("./icons.js").IconName} name @param {string} said */
function badge(name, said) {
  return h("span", { class: `tile-badge ${name}`, role: "img", "aria-label": said, title: said }, icon(name));
}

/** Four bars, and the numbers behind them in words. */
export function createBars() {
  const element = h("span", { class: "tile-badge quality", role: "img", hidden: true }, h("i"), h("i"), h("i"), h("i"));
  return {
    element,
    /** @param {Quality | null} measured */
    update(measured) {
      show(element, measured !== null);
      if (!measured) return;
      attribute(element, "data-score", measured.score);
      const said = qualityWords(measured);
      attribute(element, "aria-label", said);
      attribute(element, "title", said);
    },
  };
}

/** @param {Quality} measured */
export function qualityWords({ score, rttMs, lossPercent, freezePercent, relayed }) {
  return [
    t(`quality.${score}`),
    t("quality.figures", { rtt: Math.round(rttMs), loss: lossPercent.toFixed(1) }),
    freezePercent ? t("quality.frozen", { percent: Math.round(freezePercent) }) : "",
    relayed ? t("quality.relayed") : "",
  ].filter(Boolean).join(" · ");
}
