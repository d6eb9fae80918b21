// @ts-check
/** The call: stage, bar of controls, side panel, and what floats over them. */
import { attempt } from "./attempt.js";
import { createBanners } from "./banners.js";
import { createControls } from "./controls.js";
import { h } from "./dom.js";
import { useMediaKeys } from "./mediakeys.js";
import { createPanel } from "./panel.js";
import { setCamera, setMicrophone } from "./selfmedia.js";
import { openSettings } from "./settings.js";
import { openShortcuts, watchShortcuts } from "./shortcuts.js";
import { createStage } from "./stage.js";
import { stored } from "./stored.js";

/** @typedef {"chat" | "people" | "files" | "lab"} PanelName */

/**
 * What is chosen on this page and concerns nobody else.
 * @typedef {object} CallUi
 * @property {PanelName | null} panel
 * @property {"auto" | "grid" | "speaker"} view
 * @property {"grid" | "speaker"} shown what `auto` comes to at the moment
 * @property {number} page of those who do not fit on the stage at once, from 0
 * @property {string | null} pinned key of a tile
 * @property {import("./cast.js").SelfView} selfView
 * @property {import("./arrange.js").Corner} corner of the floating self view
 * @property {boolean} mirror the self view, as a mirror would
 * @property {boolean} blocked the browser waits for a touch before it plays sound
 * @property {boolean} talking push-to-talk is held
 */

/**
 * What the parts of the call page share.
 * @typedef {object} CallPage
 * @property {import("./app.js").App} app
 * @property {CallUi} ui
 * @property {(patch: Partial<CallUi>) => void} change
 * @property {(name: PanelName) => void} toggle a panel
 * @property {(key: string) => void} pin
 * @property {(step: number) => void} turn to another page of the stage
 * @property {() => void} listen plays everything again, now that the page was touched
 * @property {Actions} actions
 */
/** @typedef {ReturnType<typeof createActions>} Actions */

/** @param {import("./app.js").App} app @returns {import("./app.js").View} */
export function mountCall(app) {
  /** @type {CallUi} */
  const ui = {
    panel: null,
    view: stored.read("view", /** @type {CallUi["view"]} */ ("auto")),
    shown: "grid",
    page: 0,
    pinned: null,
    selfView: stored.read("self-view", /** @type {import("./cast.js").SelfView} */ ("auto")),
    corner: stored.read("corner", /** @type {import("./arrange.js").Corner} */ ("bottom-right")),
    mirror: stored.read("mirror", true),
    blocked: false,
    talking: false,
  };
  /** @type {CallPage} */
  const page = {
    app,
    ui,
    change,
    toggle: name => change({ panel: ui.panel === name ? null : name }),
    pin: key => change({ pinned: ui.pinned === key ? null : key }),
    turn: step => change({ page: Math.max(0, ui.page + step) }),
    listen,
    actions: /** @type {Actions} */ ({}),
  };
  page.actions = createActions(page);
  const stage = createStage(page);
  const banners = createBanners(page);
  const panel = createPanel(page);
  const controls = createControls(page);
  stage.element.append(banners.element);
  const element = h("main", { class: "call", "data-test": "call" }, stage.element, panel.element, controls.element);
  const unwatch = watchShortcuts(page);
  const unkey = useMediaKeys(page);
  const undrop = acceptDrops(page, element, files => panel.offer(files));

  function update() {
    const { state } = app.call;
    if (!state.room) return;
    element.classList.toggle("with-panel", ui.panel !== null);
    element.classList.toggle("with-lab", ui.panel === "lab");
    stage.update(state);
    banners.update(state);
    panel.update(state);
    controls.update(state);
  }

  /** @param {Partial<CallUi>} patch */
  function change(patch) {
    Object.assign(ui, patch);
    stored.write("view", ui.view);
    stored.write("self-view", ui.selfView);
    stored.write("corner", ui.corner);
    stored.write("mirror", ui.mirror);
    update();
  }

  function listen() {
    ui.blocked = false;
    stage.listen();
    update();
  }

  return {
    element,
    update,
    remove() {
      unwatch();
      unkey();
      undrop();
      banners.remove();
      panel.remove();
      controls.remove();
      stage.remove();
    },
  };
}

/** What buttons, menus and keys all do. @param {CallPage} page */
function createActions(page) {
  const { app, ui } = page;
  const { call } = app;
  return {
    mic: () => setMicrophone(app, !call.state.media.audio),
    camera: () => setCamera(app, !call.state.media.video),
    screen: () => attempt(Promise.resolve(call.state.media.screen ? call.media.stopScreen() : call.media.shareScreen())),
    hand: () => attempt(call.raiseHand(!call.state.self?.hand)),
    chat: () => page.toggle("chat"),
    people: () => page.toggle("people"),
    files: () => page.toggle("files"),
    lab: () => page.toggle("lab"),
    view: () => page.change({ view: ui.shown === "grid" ? "speaker" : "grid", pinned: null, page: 0 }),
    settings: () => openSettings(page),
    shortcuts: () => openShortcuts(),
    leave: () => app.leave(),
  };
}

/** Files dropped anywhere on the call go to the files panel. @param {CallPage} page @param {HTMLElement} element @param {(files: File[]) => void} take */
function acceptDrops(page, element, take) {
  /** @param {DragEvent} event */
  const over = event => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    element.classList.add("dropping");
  };
  /** @param {DragEvent} event */
  const leave = event => {
    if (event.relatedTarget === null) element.classList.remove("dropping");
  };
  /** @param {DragEvent} event */
  const drop = event => {
    element.classList.remove("dropping");
    const files = [...event.dataTransfer?.files ?? []];
    if (files.length === 0) return;
    event.preventDefault();
    page.change({ panel: "files" });
    take(files);
  };
  addEventListener("dragover", over);
  addEventListener("dragleave", leave);
  addEventListener("drop", drop);
  return () => {
    removeEventListener("dragover", over);
    removeEventListener("dragleave", leave);
    removeEventListener("drop", drop);
  };
}
