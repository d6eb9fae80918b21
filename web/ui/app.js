// @ts-check
/**
 * RtcHub's page: one `Call`, and the screen that its state asks for. `/` and `/r/{room}` load the same modules, so a direct
 * call that begins at home goes on without a page load.
 *
 * Hooks for browser tests and embedders. `window.rtchub = { call }` is the library; <body data-screen> is the screen
 * (home, prejoin, lobby, call, over). `data-test` names, by screen:
 *   everywhere  language theme toast (data-code) ring (data-direction=in|out) accept accept-audio decline cancel-call
 *               confirm confirm-yes confirm-no media-problem (data-kind data-code) media-retry
 *   home        start new-options new-passcode new-lobby new-e2ee join-field join-link recent (data-room) forget own-id copy-id
 *               home-name dial-field dial home-problem (data-code) token
 *   prejoin     preview level pick-audioinput pick-videoinput pick-audiooutput test-sound name mic camera passcode token
 *               join join-error (data-code) retry
 *   lobby       lobby leave
 *   call        call tile (data-peer, data-kind=camera|screen, data-state=connected|connecting|recovering|failed|reconnecting,
 *               data-self on one's own; a <video> inside) tile-menu alone copy-link share-link tap-to-hear reconnecting
 *               retry sharing stop-sharing page page-before page-after way (data-way=mesh|sfu|moving) e2ee tile-key (data-decrypts)
 *               key-problem (data-reason=missing|waiting|browser) key-link key-use tile-trouble (data-reason=connecting|recovering|failed|reconnecting|paused|key)
 *   controls    mic camera screen hand chat people files view settings lab more leave; in the menu of `more` the same
 *               with the prefix menu-
 *   chat        chat-panel chat-message (data-from) chat-input chat-send unread
 *   people      people-panel people-search person (data-peer) admit deny (data-peer) admit-all lock lobby-switch
 *   files       files-panel file-to file-input file (data-file data-state) file-accept file-decline file-cancel file-save
 *   tile menu   menu-pin menu-volume menu-spotlight menu-mute menu-stop-video menu-kick menu-moderator menu-fullscreen
 *               menu-self-corner menu-self-hide menu-self-mirror
 *   dialogs     settings-dialog rename view-choice self-view shortcuts-dialog close-dialog close-panel
 *   over        over (data-reason) rejoin home
 */
import { Call } from "../rtchub/call.js";
import { canEncrypt } from "../rtchub/e2ee.js";
import { attempt } from "./attempt.js";
import { mountCall } from "./call.js";
import { preferredLanguage, t, useLanguage } from "./i18n.js";
import { mountHome } from "./home.js";
import { mountLobby } from "./lobby.js";
import { announce } from "./notices.js";
import { mountOver } from "./over.js";
import { mountPrejoin } from "./prejoin.js";
import { createRing } from "./ring.js";
import { wantedMedia } from "./selfmedia.js";
import { secretHere } from "./secret.js";
import { screenOf, titleOf } from "./screens.js";
import { rememberRoom, stored, tabStorage } from "./stored.js";
import { useStoredTheme } from "./theme.js";
import { clearToasts } from "./toast.js";
import { createWakeLock } from "./wakelock.js";
import { roomFrom } from "./words.js";

/** @typedef {import("../rtchub/call.js").CallState} CallState */
/** @typedef {import("./screens.js").Visit} Visit */
/** @typedef {{ element: HTMLElement, update(state: CallState): void, remove?(): void }} View */

/**
 * @typedef {object} JoinOptions
 * @property {string} [name]
 * @property {string} [passcode]
 * @property {string} [token]
 * @property {{ audio: boolean, video: boolean }} [media] to switch on before going in
 */
/**
 * What the screens share.
 * @typedef {object} App
 * @property {Call} call
 * @property {Visit} visit
 * @property {{ unread: number }} attention
 * @property {() => void} render
 * @property {(path: string) => void} go to another address of this page
 * @property {(options?: JoinOptions) => Promise<void>} join
 * @property {() => void} leave
 * @property {(token: string) => Promise<void>} authorise
 * @property {() => Promise<void>} connect
 * @property {(language: string) => Promise<void>} speak
 */

const mounts = { home: mountHome, prejoin: mountPrejoin, lobby: mountLobby, call: mountCall, over: mountOver };
/** The room that this tab is in, so that a reload goes back into it. */
const insideKey = "rtchub.inside";
const query = new URLSearchParams(location.search);
const root = /** @type {HTMLElement} */ (document.getElementById("app"));

useStoredTheme();
await useLanguage(preferredLanguage());

/** Kept in memory only. @type {string | null} */
let token = null;
const call = new Call({
  url: `${location.origin.replace(/^http/, "ws")}/ws`,
  name: query.get("name") || stored.read("name", "") || t("name.guest"),
  token: () => token,
  storage: tabStorage,
});

/** @type {App} */
const app = { call, visit: visitOf(location.pathname), attention: { unread: 0 }, render, go, join, leave, authorise, connect, speak };
takeSecret();
const ring = createRing(app);
const wakeLock = createWakeLock();
/** @type {{ name: string, view: View } | null} */
let mounted = null;

/** @param {string} path @returns {Visit} */
function visitOf(path) {
  const named = /^\/r\/([^/]+)\/?$/.exec(path)?.[1] ?? null;
  // "/r/Blue Fox" means blue-fox; what cannot be read is left for the hub to refuse in words.
  const room = named && (roomFrom(named.replace(/%20|\+/g, " "), location.origin) ?? named);
  return { room, entered: false, since: 0, left: false, prepared: false, joining: false, refused: null };
}

function render() {
  const state = call.state;
  if (state.room && !app.visit.left) app.visit.entered = true;
  const name = screenOf(state, app.visit);
  if (mounted?.name !== name) {
    mounted?.view.remove?.();
    const view = mounts[name](app);
    root.replaceChildren(view.element);
    document.body.dataset.screen = name;
    mounted = { name, view };
    const seen = name !== "home" && name !== "over";
    call.media.watchLevel(seen);
    // Where nobody is about to be seen, no camera light stays on.
    if (!seen) call.media.stop();
    if (name === "call") entered(state);
    if (name === "over") clearToasts();
  }
  mounted.view.update(state);
  ring.update(state);
  wakeLock.hold(name === "call");
  const title = titleOf(state, app.attention.unread, "RtcHub");
  if (document.title !== title) document.title = title;
}

/** @param {CallState} state */
function entered(state) {
  app.visit.since ||= Date.now();
  const room = state.room;
  if (!room || room.call) return;
  rememberRoom(room.id, room.name, Date.now());
  tabStorage?.setItem(insideKey, room.id);
}

/** @param {string} path */
function go(path) {
  if (call.state.room) call.leave().catch(() => {});
  history.pushState(null, "", path);
  arrive();
}

/** The key in the address is the library's business; where this browser cannot use it, nothing is sent at all. */
function takeSecret() {
  call.secret = canEncrypt ? secretHere() : null;
}

function arrive() {
  takeSecret();
  app.visit = visitOf(location.pathname);
  app.attention.unread = 0;
  render();
}

async function connect() {
  await call.connect();
  render();
}

/** @param {string} value */
async function authorise(value) {
  token = value.trim();
  await connect();
}

/** @param {JoinOptions} [options] */
async function join({ name, passcode, token: given, media } = {}) {
  const visit = app.visit;
  Object.assign(visit, { joining: true, left: false, entered: false, since: 0, refused: null });
  render();
  try {
    if (media?.audio || media?.video) await call.media.start(media);
    if (given) token = given.trim();
    if (!call.state.self || call.state.connection === "refused") await call.connect();
    if (name && name !== call.state.self?.name) await call.rename(name);
    await call.join(visit.room ?? "", { passcode, token: given });
  } catch (error) {
    visit.refused = /** @type {{ code?: string }} */ (error);
  } finally {
    visit.joining = false;
    render();
  }
}

function leave() {
  app.visit.left = true;
  tabStorage?.removeItem(insideKey);
  call.leave().catch(() => {});
  render();
}

/** @param {string} language */
async function speak(language) {
  await useLanguage(language);
  stored.write("language", language);
  mounted?.view.remove?.();
  mounted = null;
  render();
}

/** A link with join=1, and a page that was reloaded inside a call, go in without asking. */
function comesStraightIn() {
  if (!app.visit.room) return false;
  const [navigation] = /** @type {PerformanceNavigationTiming[]} */ (performance.getEntriesByType("navigation"));
  return query.get("join") === "1"
    || (navigation?.type === "reload" && tabStorage?.getItem(insideKey) === app.visit.room);
}

call.addEventListener("change", render);
call.addEventListener("notice", event => {
  const notice = /** @type {CustomEvent} */ (event).detail;
  if (notice.code === "call") ring.tell(notice.call);
  else announce(app, notice);
});
addEventListener("popstate", () => {
  if (call.state.room) leave();
  arrive();
});
addEventListener("pagehide", () => call.closeNow());
addEventListener("pageshow", event => {
  if (event.persisted) location.reload();
});

Object.assign(window, { rtchub: { call } });
attempt(connect(), { quiet: true });
if (comesStraightIn()) join({ name: query.get("name") ?? undefined, media: wantedMedia() });
else render();
