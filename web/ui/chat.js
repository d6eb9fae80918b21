// @ts-check
/** What people write. Text stays text: pieces become text nodes, addresses links that tell the other site nothing. */
import { attempt } from "./attempt.js";
import { attribute, h, keyed, show, text } from "./dom.js";
import { icon } from "./icons.js";
import { t, timeOfDay } from "./i18n.js";
import { pieces } from "./links.js";
import { toast } from "./toast.js";

/** @typedef {import("./app.js").CallState["chat"][number]} Chat */
/** @typedef {{ chat: Chat, follows: boolean }} Line `follows`: the same person went on writing */

const sameBreathMs = 3 * 60_000;

/** @param {import("./call.js").CallPage} page */
export function createChat(page) {
  const { app, ui } = page;
  const { call } = app;
  const list = h("div", { class: "chat-list", role: "log", "aria-live": "polite", "aria-label": t("chat.title"), tabindex: 0 });
  const empty = h("p", { class: "muted empty" }, t("chat.empty"));
  const input = h("textarea", {
    class: "input", rows: 1, maxlength: 4000, placeholder: t("chat.placeholder"), "aria-label": t("chat.placeholder"), enterkeyhint: "send",
    "data-test": "chat-input", oninput: grow, onkeydown: enter,
  });
  const form = h("form", { class: "chat-form", onsubmit: submit }, input,
    h("button", { class: "control small on", type: "submit", "aria-label": t("chat.send"), title: t("chat.send"), "data-test": "chat-send" }, icon("send")));
  const scroller = h("div", { class: "panel-body scroll" }, empty, list);
  const element = h("div", { class: "panel-page", "data-test": "chat-panel", hidden: true }, scroller, form);
  const updateLines = keyed(list, /** @param {Line} line */ line => String(line.chat.message), line => createLine(line.chat, call.state.self?.id));
  /** @type {readonly Chat[] | null} */
  let shown = null;
  /** Takes away the toast that shows the last message. */
  let untoast = () => {};

  call.addEventListener("chat", heard);
  document.addEventListener("visibilitychange", seen);

  function watching() {
    return ui.panel === "chat" && document.visibilityState === "visible";
  }

  function seen() {
    if (!watching() || app.attention.unread === 0) return;
    app.attention.unread = 0;
    app.render();
  }

  /** @param {Event} event */
  function heard(event) {
    const chat = /** @type {CustomEvent<Chat>} */ (event).detail;
    if (chat.from === call.state.self?.id || watching()) return;
    app.attention.unread++;
    app.render();
    if (ui.panel === "chat") return;
    const said = chat.text.length > 90 ? `${chat.text.slice(0, 90)}…` : chat.text;
    untoast();
    untoast = toast(t("chat.toast", { name: chat.name, text: said }), { action: { label: t("chat.show"), run: () => page.change({ panel: "chat" }) } });
  }

  function grow() {
    input.style.setProperty("height", "auto");
    input.style.setProperty("height", `${Math.min(140, input.scrollHeight + 2)}px`);
  }

  /** @param {KeyboardEvent} event */
  function enter(event) {
    // Enter that ends a Chinese word is not the end of the message.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  }

  /** @param {Event} event */
  async function submit(event) {
    event.preventDefault();
    const said = input.value.trim();
    if (!said) return;
    input.value = "";
    grow();
    const sent = await attempt(call.chat(said).then(() => true));
    if (!sent && !input.value) input.value = said;
    grow();
  }

  return {
    element,
    /** @param {import("./app.js").CallState} state */
    update(state) {
      if (state.chat === shown || ui.panel !== "chat") return;
      shown = state.chat;
      const atEnd = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 60;
      show(empty, state.chat.length === 0);
      updateLines(state.chat.map((chat, i) => ({ chat, follows: follows(chat, state.chat[i - 1]) })));
      if (atEnd) scroller.scrollTop = scroller.scrollHeight;
    },
    opened() {
      untoast();
      this.update(call.state);
      scroller.scrollTop = scroller.scrollHeight;
      input.focus();
      seen();
    },
    remove() {
      call.removeEventListener("chat", heard);
      document.removeEventListener("visibilitychange", seen);
    },
  };
}

/** @param {Chat} chat @param {Chat | undefined} before */
function follows(chat, before) {
  return before !== undefined && before.from === chat.from && Date.parse(chat.at) - Date.parse(before.at) < sameBreathMs;
}

/** @param {Chat} chat @param {string | undefined} self */
function createLine(chat, self) {
  const mine = chat.from === self;
  const who = h("div", { class: "chat-who" }, h("strong", null, mine ? t("you") : chat.name), h("time", { class: "muted", datetime: chat.at }, timeOfDay(chat.at)));
  const said = h("p", null, ...pieces(chat.text).map(piece =>
    piece.href ? h("a", { href: piece.href, target: "_blank", rel: "noopener noreferrer" }, piece.text) : piece.text));
  const element = h("div", { class: mine ? "chat-line mine" : "chat-line", "data-test": "chat-message", "data-from": chat.from }, who, said);
  return {
    element,
    /** @param {Line} line */
    update(line) {
      show(who, !line.follows);
      attribute(element, "data-message", line.chat.message);
      if (!mine) text(/** @type {Element} */ (who.firstElementChild), line.chat.name);
    },
  };
}
