// @ts-check
/** The settings during a call: devices, the own picture, notices, language and looks. */
import { attempt } from "./attempt.js";
import { languageButton, themeButton } from "./bar.js";
import { createLevel, createMediaProblem, createPickers } from "./devices.js";
import { openDialog } from "./dialog.js";
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { t } from "./i18n.js";
import { stored } from "./stored.js";

/** @typedef {import("./cast.js").SelfView} SelfView */

/** @param {import("./call.js").CallPage} page */
export function openSettings(page) {
  const { call } = page.app;
  const pickers = createPickers(page.app);
  const level = createLevel();
  const problem = createMediaProblem(page.app);
  const update = () => {
    pickers.update(call.state);
    level.update(call.state);
    problem.update(call.state);
    if (call.state.room === null) dialog.close();
  };

  const selfView = h("select", {
    class: "select", "data-test": "self-view",
    onchange: () => page.change({ selfView: /** @type {SelfView} */ (selfView.value) }),
  }, ...["auto", "tile", "corner", "hidden"].map(value => h("option", { value, selected: page.ui.selfView === value }, t(`self.view.${value}`))));
  const view = h("select", {
    class: "select", "data-test": "view-choice",
    onchange: () => page.change({ view: /** @type {import("./call.js").CallUi["view"]} */ (view.value), pinned: null, page: 0 }),
  }, ...["auto", "grid", "speaker"].map(value => h("option", { value, selected: page.ui.view === value }, t(`view.${value}`))));
  const mirror = toggle(t("self.mirror"), page.ui.mirror, on => page.change({ mirror: on }));
  const name = h("input", {
    class: "input", type: "text", maxlength: 64, autocomplete: "nickname", value: call.state.self?.name, "data-test": "rename",
    onchange: () => {
      const typed = name.value.trim();
      stored.write("name", typed);
      attempt(call.rename(typed || t("name.guest")));
    },
  });
  const notices = toggle(t("settings.notices"), stored.read("notices", true), on => stored.write("notices", on));

  const language = languageButton(page.app);
  // The page is drawn anew in the other language, and this dialog was said in the old one.
  language.addEventListener("click", () => dialog.close());

  const dialog = openDialog({
    title: t("settings.title"),
    test: "settings-dialog",
    body: [
      problem.element, pickers.element, level.element,
      h("label", { class: "field" }, h("span", null, t("name.label")), name),
      h("label", { class: "field" }, h("span", null, t("view.title")), h("span", { class: "select-box" }, view, icon("down"))),
      h("label", { class: "field" }, h("span", null, t("self.view")), h("span", { class: "select-box" }, selfView, icon("down"))),
      h("div", null, mirror, notices),
      h("div", { class: "row wrap" },
        h("button", { class: "button small quiet", type: "button", onclick: () => { dialog.close(); page.actions.shortcuts(); } },
          icon("keyboard"), t("shortcuts.title")),
        h("span", { class: "grow" }), language, themeButton()),
    ],
    onclose: () => call.removeEventListener("change", update),
  });
  call.addEventListener("change", update);
  update();
}

/** @param {string} label @param {boolean} on @param {(on: boolean) => void} set */
function toggle(label, on, set) {
  const input = h("input", { type: "checkbox", checked: on, onchange: () => set(input.checked) });
  return h("label", { class: "check" }, input, label);
}
