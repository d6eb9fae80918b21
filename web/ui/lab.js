// @ts-check
/**
 * The page /lab, in three chapters: what NAT is on the way, a call with both ends in this page, and a real call seen from
 * the inside. What runs is kept in `lab` and outlives a change of language; the views are made anew.
 *
 * `window.rtchub = { call, lab }` is the door for the console and for browser tests.
 */
import { Call } from "../rtchub/call.js";
import { createBar } from "./bar.js";
import { h } from "./dom.js";
import { preferredLanguage, t, useLanguage, useMoreWords } from "./i18n.js";
import { createLoopbackChapter } from "./lab-loopback.js";
import { createNatChapter } from "./lab-nat.js";
import { createRoomChapter } from "./lab-room.js";
import { stored } from "./stored.js";
import { useStoredTheme } from "./theme.js";

/**
 * What the chapters share.
 * @typedef {object} LabPage
 * @property {Call} call
 * @property {string | null} token  in memory only
 * @property {import("./lab-nat.js").NatState} nat
 * @property {import("../rtchub/lab/loopback.js").Loopback | null} loopback
 * @property {() => Promise<void>} connect  to the hub; resolves also when that failed
 */
/** @typedef {{ element: HTMLElement, update(): void, remove(): void }} Chapter */

const root = /** @type {HTMLElement} */ (document.getElementById("app"));

useStoredTheme();
await speakTo(preferredLanguage());

const call = new Call({
  url: `${location.origin.replace(/^http/, "ws")}/ws`,
  name: stored.read("name", "") || t("name.guest"),
  token: () => lab.token,
  storage: sessionStorage,
});
/** @type {LabPage} */
const lab = { call, token: null, nat: { observation: null, running: false, problem: null, urls: null }, loopback: null, connect };
/** @type {Chapter[]} */
let chapters = [];

/** @param {string} language */
async function speakTo(language) {
  await useLanguage(language);
  await useMoreWords("lab");
}

/** @param {string} language */
async function speak(language) {
  await speakTo(language);
  stored.write("language", language);
  mount();
}

function mount() {
  for (const chapter of chapters) chapter.remove();
  document.title = `${t("lab.page.title")} · RtcHub`;
  chapters = [createNatChapter(lab), createLoopbackChapter(lab), createRoomChapter(lab)];
  root.replaceChildren(h("div", { class: "lab-page" },
    createBar({ speak, go: path => location.assign(path) }),
    h("main", { class: "lab-main" },
      h("header", { class: "lab-intro" }, h("h1", null, t("lab.page.title")), h("p", { class: "muted" }, t("lab.page.lead")),
        h("nav", { "aria-label": t("lab.page.contents") }, ["nat", "loopback", "room"].map((name, index) =>
          h("a", { class: "button small", href: `#${name}` }, `${index + 1}. ${t(`lab.chapter.${name}`)}`)),
          h("a", { class: "button small quiet", href: "/diag" }, t("link.diag")))),
      chapters.map(chapter => chapter.element))));
  update();
}

function update() {
  for (const chapter of chapters) chapter.update();
}

async function connect() {
  await call.connect().catch(() => {});
  update();
}

call.addEventListener("change", update);
addEventListener("pagehide", () => call.closeNow());
addEventListener("pageshow", event => {
  if (event.persisted) location.reload();
});
Object.assign(window, { rtchub: { call, lab } });
mount();
connect();
