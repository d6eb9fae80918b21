// @ts-check
/** Modal dialogs: <dialog> keeps the focus inside and Esc closes it. */
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { t } from "./i18n.js";

/**
 * Opens a dialog that removes itself when closed.
 * @param {{ title: string, test: string, body: (Node | string)[], onclose?: () => void }} options
 * @returns {HTMLDialogElement}
 */
export function openDialog({ title, test, body, onclose }) {
  const heading = h("h2", { id: `title-${test}` }, title);
  const dialog = h("dialog", { "data-test": test, "aria-labelledby": heading.id },
    h("div", { class: "head" }, heading,
      h("button", { class: "icon-button", type: "button", "aria-label": t("close"), "data-test": "close-dialog", onclick: () => dialog.close() },
        icon("close"))),
    h("div", { class: "body" }, ...body));
  dialog.addEventListener("close", () => {
    dialog.remove();
    onclose?.();
  });
  dialog.addEventListener("click", event => {
    if (event.target === dialog) dialog.close();
  });
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

/**
 * @param {{ title: string, question: string, yes: string, danger?: boolean }} options
 * @returns {Promise<boolean>}
 */
export function confirmed({ title, question, yes, danger = false }) {
  return new Promise(resolve => {
    let answer = false;
    const decide = /** @param {boolean} value */ value => { answer = value; dialog.close(); };
    const dialog = openDialog({
      title,
      test: "confirm",
      body: [
        h("p", null, question),
        h("div", { class: "foot" },
          h("button", { class: "button", type: "button", "data-test": "confirm-no", onclick: () => decide(false) }, t("cancel")),
          h("button", { class: `button ${danger ? "danger" : "primary"}`, type: "button", "data-test": "confirm-yes", onclick: () => decide(true) }, yes)),
      ],
      onclose: () => resolve(answer),
    });
  });
}
