// @ts-check
/**
 * The page /diag: which ways to the hub are open from this browser, what the hub finds when it looks itself, and what an
 * operator should change. `window.rtchub.reach` is the test under way, for the console and for browser tests.
 *
 * Hooks: diag-run, diag-copy, diag-token, diag-verdict (data-mood), diag-check-{name} (data-state, data-code),
 * diag-server (data-state), diag-server-check (data-kind, data-outcome), diag-warning (data-code).
 */
import { Reach, checkNames } from "../rtchub/reach.js";
import { createBar } from "./bar.js";
import { attribute, h, show, text } from "./dom.js";
import { icon, setIcon } from "./icons.js";
import { known, preferredLanguage, t, useLanguage, useMoreWords } from "./i18n.js";
import { stored } from "./stored.js";
import { useStoredTheme } from "./theme.js";
import { errorWords } from "./words.js";

/**
 * @typedef {{ kind: string, target: string, outcome: string, milliseconds: number, advice: string | null }} ServerCheck
 * @typedef {{ at: string, checks: ServerCheck[], warnings: { code: string, advice: string }[] }} ServerView
 */

const icons = /** @type {const} */ ({ waiting: "clock", running: "refresh", ok: "check", failed: "close", skipped: "remove" });

/** The token may stand behind the #, which no server gets to see. */
let token = new URLSearchParams(location.hash.slice(1)).get("token") ?? "";
/** @type {Reach} */ let reach;
/** @type {ServerView | null} */ let server = null;
/** @type {"running" | "ok" | "closed" | "failed"} */ let serverState = "running";
/** @type {() => void} */ let draw = () => {};

async function run() {
  if (reach?.running) return;
  reach = new Reach({ hub: location.origin, token: joinToken });
  Object.assign(window, { rtchub: { reach } });
  reach.addEventListener("change", () => draw());
  await Promise.all([reach.run(), askServer()]);
  draw();
}

/** Whoever has the API key need not mint a token first: the page does. */
async function joinToken() {
  if (!token || token.split(".").length === 3) return token || null;
  const response = await fetch("/api/v1/tokens", { method: "POST", headers: { authorization: `Bearer ${token}`, "content-type": "application/json" }, body: "{}" });
  return response.ok ? (await response.json()).token : token;
}

async function askServer() {
  serverState = "running";
  try {
    const response = await fetch("/api/v1/diagnosis", { headers: token ? { authorization: `Bearer ${token}` } : {} });
    server = response.ok ? await response.json() : null;
    serverState = response.ok ? "ok" : response.status === 401 || response.status === 403 ? "closed" : "failed";
  } catch {
    [server, serverState] = [null, "failed"];
  }
  draw();
}

/** What is so, in one sentence: can people here meet by this hub? */
function verdict() {
  const is = /** @param {string} name @param {string} state */ (name, state) => reach.checks.some(check => check.name === name && check.state === state);
  if (reach.running) return { mood: "busy", key: "running" };
  if (!is("websocket", "ok")) return { mood: "bad", key: "no-hub" };
  const media = is("sfu-udp", "ok") || is("sfu-tcp", "ok");
  if (!media) return is("turn-udp", "ok") || is("turn-tcp", "ok") ? { mood: "part", key: "relay-only" } : { mood: "bad", key: "no-media" };
  if (!is("sfu-udp", "ok")) return { mood: "part", key: "tcp-only" };
  return reach.checks.some(check => check.state === "failed") ? { mood: "part", key: "partly" } : { mood: "good", key: "good" };
}

function createView() {
  const sentence = h("p", { class: "diag-verdict", role: "status", "data-test": "diag-verdict" });
  const rows = checkNames.map(createCheck);
  const serverNote = h("p", { class: "muted", "data-test": "diag-server" });
  const serverList = h("ul", { class: "diag-list" });
  const again = h("button", { class: "button primary", type: "submit", "data-test": "diag-run" }, icon("refresh"), t("diag.run"));
  const copy = h("button", { class: "button", type: "button", "data-test": "diag-copy", onclick: copyReport }, icon("copy"), t("diag.copy"));
  const key = h("input", {
    class: "input", type: "password", name: "token", value: token, autocomplete: "off", placeholder: t("diag.token.placeholder"), "data-test": "diag-token",
    oninput: () => { token = key.value.trim(); },
  });

  async function copyReport() {
    await navigator.clipboard?.writeText(report()).catch(() => {});
    text(/** @type {Text} */ (copy.lastChild), t("diag.copied"));
  }

  /** @type {ServerView | null | undefined} */ let drawn;
  return {
    element: h("div", { class: "stack" },
      h("form", { class: "diag-door", onsubmit: /** @param {Event} event */ event => { event.preventDefault(); run(); } },
        h("label", { class: "field" }, h("span", null, t("diag.token")), key), again, copy),
      sentence,
      h("h2", null, t("diag.here")), h("ul", { class: "diag-list" }, rows.map(row => row.element)),
      h("h2", null, t("diag.server")), h("p", { class: "muted" }, t("diag.server.lead")), serverNote, serverList),
    update() {
      const { mood, key: word } = verdict();
      attribute(sentence, "data-mood", mood);
      attribute(sentence, "data-key", word);
      text(sentence, t(`diag.verdict.${word}`));
      again.disabled = reach.running;
      for (const row of rows) row.update();
      attribute(serverNote, "data-state", serverState);
      show(serverNote, serverState !== "ok");
      text(serverNote, t(`diag.server.${serverState}`));
      show(serverList, server !== null);
      if (drawn === server) return;
      drawn = server;
      serverList.replaceChildren(...(server?.checks ?? []).map(serverCheck), ...(server?.warnings ?? []).map(serverWarning));
    },
  };
}

/** @param {import("../rtchub/reach.js").CheckName} name */
function createCheck(name) {
  const picture = icon("clock");
  const time = h("span", { class: "small muted" });
  const detail = h("p", { class: "small muted mono" });
  const advice = h("p", { class: "small" });
  const element = h("li", { "data-test": `diag-check-${name}` }, picture, h("strong", null, t(`diag.check.${name}`)), time,
    h("p", { class: "small muted" }, t(`diag.about.${name}`)), detail, advice);
  return {
    element,
    update() {
      const check = /** @type {import("../rtchub/reach.js").Check} */ (reach.checks.find(each => each.name === name));
      attribute(element, "data-state", check.state);
      attribute(element, "data-code", check.code);
      setIcon(picture, icons[check.state]);
      text(time, check.ms === null || check.state === "skipped" || name === "secure" ? t(`diag.state.${check.state}`) : `${t(`diag.state.${check.state}`)} · ${Math.round(check.ms)} ms`);
      show(detail, check.detail !== null);
      text(detail, check.detail ?? "");
      show(advice, check.code !== null);
      text(advice, adviceOf(check));
    },
  };
}

/** @param {import("../rtchub/reach.js").Check} check */
function adviceOf({ name, code, detail }) {
  if (!code) return "";
  const key = `diag.advice.${name}.${code}`;
  if (known(key)) return t(key);
  const general = `diag.advice.${code}`;
  return known(general) ? t(general) : errorWords({ code, message: detail ?? code });
}

/** @param {ServerCheck} check */
function serverCheck({ kind, target, outcome, milliseconds, advice }) {
  const good = advice === null;
  return h("li", { "data-test": "diag-server-check", "data-state": good ? "ok" : "failed", "data-kind": kind, "data-outcome": outcome },
    icon(good ? "check" : "close"), h("strong", { class: "mono" }, target), h("span", { class: "small muted" }, `${t(`diag.outcome.${outcome}`)} · ${milliseconds} ms`),
    !good && h("p", { class: "small" }, said(`diag.server.${kind}.${outcome}`, advice)));
}

/** @param {{ code: string, advice: string }} warning */
function serverWarning({ code, advice }) {
  return h("li", { "data-test": "diag-warning", "data-code": code, "data-state": "skipped" }, icon("warning"), h("strong", null, said(`diag.warning.${code}`, advice)));
}

/** In the language of the page where it has the words, else in those of the hub. @param {string} key @param {string} otherwise */
function said(key, otherwise) {
  return known(key) ? t(key) : otherwise;
}

/** For whoever helps from afar; no secret is in it. */
function report() {
  const line = /** @param {(string | number | null)[]} words */ (...words) => words.filter(word => word !== null && word !== "").join("  ");
  return [
    `RtcHub ${location.origin}  ${new Date().toISOString()}  ${navigator.userAgent}`, t(`diag.verdict.${verdict().key}`), "",
    ...reach.checks.map(({ name, state, code, detail, ms }) => line(name, state, code, detail, ms === null ? null : `${Math.round(ms)} ms`)), "",
    ...(server?.checks ?? []).map(({ kind, target, outcome, milliseconds }) => line(kind, target, outcome, `${milliseconds} ms`)),
    ...(server?.warnings ?? []).map(({ code }) => line("warning", code)),
  ].join("\n");
}

/** @param {string} language */
async function speakTo(language) {
  await useLanguage(language);
  await useMoreWords("diag");
  document.title = `${t("diag.title")} · RtcHub`;
  const view = createView();
  draw = () => view.update();
  /** @type {HTMLElement} */ (document.getElementById("app")).replaceChildren(h("div", { class: "diag-page" },
    createBar({ speak, go: path => location.assign(path) }),
    h("main", { class: "diag-main" },
      h("header", { class: "stack" }, h("h1", null, t("diag.title")), h("p", { class: "muted" }, t("diag.lead"))),
      view.element)));
  if (reach) draw();
}

/** @param {string} language */
async function speak(language) {
  stored.write("language", language);
  await speakTo(language);
}

useStoredTheme();
await speakTo(preferredLanguage());
run();
draw();
