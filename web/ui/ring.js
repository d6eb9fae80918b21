// @ts-check
/** A direct call that rings, out or in: a dialog over whatever is on the page, and what became of it in words. */
import { attempt } from "./attempt.js";
import { createAvatar } from "./avatar.js";
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { t } from "./i18n.js";
import { otherParty } from "./screens.js";
import { clearToasts, toast } from "./toast.js";
import { createRingTone } from "./tones.js";
import { spoken } from "./words.js";

/** @typedef {NonNullable<import("./app.js").CallState["direct"]>} DirectCall */

/** @param {import("./app.js").App} app */
export function createRing(app) {
  /** @type {HTMLDialogElement | null} */
  let dialog = null;
  let shown = "";
  const tone = createRingTone();

  /** @param {import("./app.js").CallState} state */
  function update(state) {
    const { direct, self } = state;
    const now = direct?.state === "ringing" ? direct.id : "";
    if (now === shown) return;
    shown = now;
    close();
    if (now && direct && self) open(direct, direct.from.id === self.id);
  }

  function close() {
    tone.stop();
    dialog?.close();
    dialog?.remove();
    dialog = null;
  }

  /** @param {DirectCall} direct @param {boolean} outgoing */
  function open(direct, outgoing) {
    clearToasts();
    const other = otherParty(direct, app.call.state.self?.id);
    const avatar = createAvatar();
    avatar.update(other);
    dialog = h("dialog", { class: "ring", "data-test": "ring", "data-direction": outgoing ? "out" : "in", "aria-labelledby": "ring-name", tabindex: -1 },
      h("div", { class: "body" },
        avatar.element,
        h("div", null,
          h("h2", { id: "ring-name" }, other.name || spoken(other.id)),
          h("p", { class: "muted mono small" }, spoken(other.id))),
        h("p", { role: "status" }, outgoing ? t("ring.out") : t("ring.in")),
        h("div", { class: "answers" }, ...(outgoing ? [
          answer("leave", t("ring.cancel"), "cancel-call", () => attempt(app.call.cancel()), true),
        ] : [
          answer("leave", t("ring.decline"), "decline", () => attempt(app.call.decline()), true),
          answer("phone", t("ring.accept.audio"), "accept-audio", () => accept(false)),
          answer("camera", t("ring.accept"), "accept", () => accept(true)),
        ]))));
    dialog.addEventListener("cancel", event => {
      event.preventDefault();
      attempt(outgoing ? app.call.cancel() : app.call.decline());
    });
    document.body.append(dialog);
    dialog.showModal();
    // No button has the focus: a key pressed for something else must not answer.
    dialog.focus();
    tone.start(outgoing);
  }

  /** @param {boolean} video */
  async function accept(video) {
    tone.stop();
    dialog?.querySelectorAll("button").forEach(button => { button.disabled = true; });
    await app.call.media.start({ audio: true, video }).catch(() => {});
    await attempt(app.call.accept());
  }

  /** Says what became of it, where the person does not know that already. @param {DirectCall} direct */
  function tell(direct) {
    const { self, room } = app.call.state;
    const outgoing = direct.from.id === self?.id;
    if (!["declined", "busy", "timeout", "cancelled"].includes(direct.state)) return;
    // Nobody came: the camera that was asked for while it rang goes out again.
    if (outgoing && !room) app.call.media.stop();
    if (direct.state === (outgoing ? "cancelled" : "declined")) return;
    const { name } = otherParty(direct, self?.id);
    toast(outgoing ? t(`ring.out.${direct.state}`, { name }) : t("ring.missed", { name }), { ms: 9000, code: direct.state });
  }

  return { update, tell };
}

/** @param {import("./icons.js").IconName} name @param {string} label @param {string} test @param {() => void} run @param {boolean} [no] */
function answer(name, label, test, run, no = false) {
  return h("button", { class: `answer${no ? " no" : ""}`, type: "button", "data-test": test, onclick: run }, h("span", null, icon(name)), label);
}
