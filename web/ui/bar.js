// @ts-check
/** The bar at the top of every page outside a call: the mark, language and theme. */
import { h } from "./dom.js";
import { icon, setIcon } from "./icons.js";
import { language, languages, t } from "./i18n.js";
import { theme, toggleTheme } from "./theme.js";

/** @param {Pick<import("./app.js").App, "go" | "speak">} app */
export function createBar(app) {
  return h("header", { class: "bar" },
    h("a", { class: "brand", href: "/", onclick: /** @param {MouseEvent} event */ event => home(app, event) },
      h("img", { src: "/ui/icon.svg", alt: "" }), "RtcHub"),
    h("span", { class: "grow" }),
    languageButton(app),
    themeButton());
}

/** @param {Pick<import("./app.js").App, "go">} app @param {MouseEvent} event */
function home(app, event) {
  if (event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  app.go("/");
}

/** @param {Pick<import("./app.js").App, "speak">} app */
export function languageButton(app) {
  const other = language() === "en" ? "zh" : "en";
  return h("button", {
    class: "button quiet small", type: "button", lang: other, "data-test": "language", onclick: () => app.speak(other),
  }, icon("globe"), languages[other]);
}

export function themeButton() {
  const picture = icon(theme() === "dark" ? "sun" : "moon");
  return h("button", {
    class: "icon-button", type: "button", "data-test": "theme", "aria-label": t("theme.toggle"), title: t("theme.toggle"),
    onclick: () => {
      toggleTheme();
      setIcon(picture, theme() === "dark" ? "sun" : "moon");
    },
  }, picture);
}
