// @ts-check
/** What the pages /publish and /play have in common: their frame, the door's fields, and how it goes. */
import { createBar } from "./bar.js";
import { attribute, h, show, text } from "./dom.js";
import { icon } from "./icons.js";
import { preferredLanguage, t, useLanguage, useMoreWords } from "./i18n.js";
import { stored } from "./stored.js";
import { useStoredTheme } from "./theme.js";
import { errorWords, roomFrom } from "./words.js";

/** @typedef {import("../rtchub/whip.js").WhipClient} WhipClient */
/** @typedef {{ element: HTMLElement, update(): void }} WhipView */

const query = new URLSearchParams(location.search);

/** What is typed; it outlives a change of language. The token may stand behind the #, which no server gets to see. */
export const door = {
  room: query.get("room") ?? "",
  participant: query.get("participant") ?? "",
  token: new URLSearchParams(location.hash.slice(1)).get("token") ?? "",
};

/**
 * @param {"publish" | "play"} name
 * @param {() => WhipView} create
 * @returns {Promise<() => void>} draws the page again
 */
export async function openWhipPage(name, create) {
  const root = /** @type {HTMLElement} */ (document.getElementById("app"));
  /** @type {WhipView} */ let view;

  /** @param {string} language */
  async function speakTo(language) {
    await useLanguage(language);
    await useMoreWords("whip");
    document.title = `${t(`whip.${name}.title`)} · RtcHub`;
    view = create();
    root.replaceChildren(h("div", { class: "whip-page" },
      createBar({ speak, go: path => location.assign(path) }),
      h("main", { class: "whip-main" },
        h("header", { class: "stack" }, h("h1", null, t(`whip.${name}.title`)), h("p", { class: "muted" }, t(`whip.${name}.lead`))),
        view.element)));
    view.update();
  }

  /** @param {string} language */
  async function speak(language) {
    stored.write("language", language);
    await speakTo(language);
  }

  useStoredTheme();
  await speakTo(preferredLanguage());
  return () => view.update();
}

/**
 * A field of the door. Hooks: whip-room, whip-participant, whip-token.
 * @param {keyof typeof door} name
 * @param {Record<string, string | boolean>} [more]
 */
export function doorField(name, more = {}) {
  const input = h("input", {
    class: "input", type: "text", name, value: door[name], autocomplete: "off", autocapitalize: "none", spellcheck: "false",
    "data-test": `whip-${name}`, oninput: () => { door[name] = input.value; }, ...more,
  });
  return { input, element: h("label", { class: "field" }, h("span", null, t(`whip.${name}`)), input) };
}

/** Where a client goes with what was typed; null: the room's name is none. @param {"whip" | "whep"} kind */
export function endpoint(kind) {
  const room = roomFrom(door.room, location.origin);
  if (!room) return null;
  const url = new URL(`/${kind}/${room}`, location.href);
  if (kind === "whep" && door.participant.trim()) url.searchParams.set("participant", door.participant.trim());
  return url;
}

/** How it goes: the state as a sentence, and what flows. Hooks: whip-state with data-state and data-code, whip-facts. */
export function createStatus() {
  const sentence = h("p", { class: "grow" });
  const facts = h("p", { class: "small muted mono", "data-test": "whip-facts" });
  const line = h("div", { class: "whip-state", role: "status", "data-test": "whip-state" }, h("i", { "aria-hidden": "true" }), sentence);
  return {
    element: h("div", { class: "stack whip-status" }, line, facts),
    /**
     * @param {WhipClient | null} client
     * @param {import("../rtchub/whip.js").WhipFacts | null} flow
     * @param {string} live  the sentence while all is well
     */
    update(client, flow, live) {
      const state = client?.state ?? "new";
      attribute(line, "data-state", state);
      attribute(line, "data-code", client?.error?.code);
      text(sentence, stateWords(client, live));
      show(facts, state === "live" && flow !== null);
      if (flow) text(facts, [flow.width && `${flow.width} × ${flow.height}`, t("whip.fps", { fps: flow.fps }), `${flow.kbps} kbit/s`, flow.codec].filter(Boolean).join(" · "));
    },
  };
}

/** @param {WhipClient | null} client @param {string} live */
function stateWords(client, live) {
  const state = client?.state ?? "new";
  if (state === "live") return live;
  if (state === "refused") return errorWords(client?.error);
  if (state !== "waiting") return t(`whip.state.${state}`);
  const seconds = Math.max(1, Math.ceil(((client?.retryAt ?? 0) - Date.now()) / 1000));
  // What the error says of waiting is old by now: the countdown says it.
  return `${errorWords({ ...client?.error, retryAfterMs: undefined })} ${t("whip.retry", { seconds })}`;
}

/** Bars that light up with loudness. Hook: whip-level. @param {string} label */
export function createLoudness(label) {
  const bars = Array.from({ length: 24 }, () => h("i"));
  const element = h("div", { class: "level", role: "meter", "aria-label": label, "aria-valuemin": 0, "aria-valuemax": 100, "data-test": "whip-level" }, bars);
  return {
    element,
    /** @param {number} level */
    update(level) {
      // Loudness is heard as a ratio: the root makes quiet speech visible.
      const lit = Math.round(Math.sqrt(level) * bars.length);
      bars.forEach((bar, i) => bar.classList.toggle("on", i < lit));
      attribute(element, "aria-valuenow", Math.round((lit / bars.length) * 100));
    },
  };
}

/** @param {import("./icons.js").IconName} picture @param {string} words @param {string} test @param {() => void} run @param {string} [look] */
export function button(picture, words, test, run, look = "") {
  return h("button", { class: `button ${look}`, type: "button", "data-test": test, onclick: run }, icon(picture), words);
}
