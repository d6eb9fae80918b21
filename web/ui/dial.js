// @ts-check
/** Direct calls from home: one's own address to give away, and a field to dial another. */
import { h, show, text } from "./dom.js";
import { icon } from "./icons.js";
import { t } from "./i18n.js";
import { copy } from "./share.js";
import { stored } from "./stored.js";
import { addressFrom, errorWords, spoken } from "./words.js";

/** @param {import("./app.js").App} app */
export function createDial(app) {
  const own = h("output", { class: "own-id", "data-test": "own-id" });
  const copyButton = h("button", {
    class: "icon-button", type: "button", "data-test": "copy-id", "aria-label": t("dial.copy"), title: t("dial.copy"),
    onclick: () => copy(spoken(app.call.state.self?.id ?? ""), t("copied.id")),
  }, icon("copy"));
  const name = h("input", {
    class: "input", type: "text", maxlength: 64, autocomplete: "nickname", value: stored.read("name", ""), placeholder: t("name.guest"),
    "data-test": "home-name", onchange: rename,
  });
  const problem = h("p", { class: "small problem", role: "alert", "data-test": "home-problem", hidden: true });
  const target = h("input", {
    class: "input mono", type: "text", name: "address", autocomplete: "off", autocapitalize: "none", spellcheck: "false", enterkeyhint: "go",
    placeholder: "k7mq-4xtd", "aria-label": t("dial.label"), "data-test": "dial-field", oninput: () => show(problem, false),
  });
  const button = h("button", { class: "button", type: "submit", "data-test": "dial" }, icon("phone"), t("dial.call"));

  function rename() {
    stored.write("name", name.value.trim());
    if (app.call.state.self) app.call.rename(name.value.trim() || t("name.guest")).catch(() => {});
  }

  /** @param {{ code?: string, message?: string }} error */
  function complain(error) {
    problem.dataset.code = error.code ?? "error";
    text(problem, error.code === "not_found" ? t("dial.nobody") : errorWords(error));
    show(problem, true);
    target.focus();
  }

  /** @param {Event} event */
  async function dial(event) {
    event.preventDefault();
    const id = addressFrom(target.value);
    if (!id) return complain({ code: "address", message: t("dial.invalid") });
    if (id === app.call.state.self?.id) return complain({ code: "invalid", message: t("dial.self") });
    button.disabled = true;
    try {
      await app.call.dial(id);
      // The prompt for the camera comes while it rings, not when the other has already answered.
      app.call.media.start({ audio: true, video: stored.read("use-video", true) }).catch(() => {});
    } catch (error) {
      complain(/** @type {{ code?: string }} */ (error));
    } finally {
      button.disabled = false;
    }
  }

  const element = h("section", { class: "card stack", "aria-labelledby": "dial-title" },
    h("h2", { id: "dial-title" }, t("dial.title")),
    h("p", { class: "muted small" }, t("dial.lead")),
    h("div", { class: "own-row" }, h("span", { class: "muted small" }, t("dial.own")), own, copyButton),
    h("label", { class: "field" }, h("span", null, t("name.label")), name),
    h("form", { class: "row", onsubmit: dial }, h("div", { class: "grow" }, target), button),
    problem);

  return {
    element,
    /** @param {import("./app.js").CallState} state */
    update(state) {
      text(own, state.self ? spoken(state.self.id) : "····-····");
      copyButton.disabled = !state.self;
    },
  };
}
