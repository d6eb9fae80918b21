// @ts-check
/** Files from person to person: choose or drop, see them go, take or refuse what comes. */
import { attempt } from "./attempt.js";
import { attribute, h, keyed, show, text } from "./dom.js";
import { icon } from "./icons.js";
import { bytes, t } from "./i18n.js";
import { toast } from "./toast.js";

/** @typedef {import("./app.js").CallState} CallState */
/** @typedef {CallState["files"][number]} Transfer */

/** To so many a file is still sent at once: each of them gets it from this browser. */
const mostAtOnce = 8;

/** @param {import("./call.js").CallPage} page */
export function createFiles(page) {
  const { call } = page.app;
  const to = h("select", { class: "select", "data-test": "file-to", "aria-label": t("files.to") });
  const input = h("input", {
    type: "file", multiple: true, class: "visually-hidden", id: "file-input", "data-test": "file-input",
    onchange: () => {
      offer([...input.files ?? []]);
      input.value = "";
    },
  });
  const list = h("ul", { class: "file-list" });
  const empty = h("p", { class: "muted empty" }, t("files.empty"));
  const updateList = keyed(list, /** @param {Transfer} file */ file => file.id, file => createRow(page, file));
  const element = h("div", { class: "panel-page", "data-test": "files-panel", hidden: true },
    h("div", { class: "panel-body scroll" }, empty, list),
    h("div", { class: "file-form stack" },
      h("label", { class: "field" }, h("span", null, t("files.to")), h("span", { class: "select-box" }, to, icon("down"))),
      input,
      h("label", { class: "button wide drop", for: "file-input" }, icon("files"), t("files.choose"))));
  let listed = "";
  /** Offers that were already announced. @type {Set<string>} */
  const announced = new Set();
  /** Takes away the toast that announces the last one. */
  let untoast = () => {};
  call.addEventListener("file", offered);

  /** @param {Event} event */
  function offered(event) {
    const file = /** @type {CustomEvent<Transfer>} */ (event).detail;
    if (file.direction !== "in" || file.state !== "offered" || announced.has(file.id)) return;
    announced.add(file.id);
    if (page.ui.panel === "files") return;
    untoast();
    untoast = toast(t("files.offered", { name: nameOf(call.state, file.peer), file: file.name }), {
      ms: 15000, code: "file", action: { label: t("chat.show"), run: () => page.change({ panel: "files" }) },
    });
  }

  /** @param {File[]} files */
  function offer(files) {
    const peers = people(call.state);
    const targets = to.value ? peers.filter(peer => peer.id === to.value) : peers;
    if (targets.length === 0) toast(t("files.nobody"));
    if (targets.length > mostAtOnce) {
      to.focus();
      return void toast(t("files.choose.whom"));
    }
    for (const peer of targets)
      for (const file of files) attempt(Promise.resolve(call.sendFile(file, peer.id)));
  }

  /** @param {CallState} state */
  function updateTargets(state) {
    const peers = people(state);
    const now = peers.map(peer => `${peer.id} ${peer.name}`).join("\n");
    if (now === listed && to.options.length) return;
    listed = now;
    const chosen = to.value;
    to.replaceChildren(h("option", { value: "" }, t(peers.length > mostAtOnce ? "files.whom" : "files.everyone")), ...peers.map(peer => h("option", { value: peer.id }, peer.name)));
    if (peers.some(peer => peer.id === chosen)) to.value = chosen;
  }

  return {
    element,
    offer,
    /** @param {CallState} state */
    update(state) {
      if (page.ui.panel !== "files") return;
      updateTargets(state);
      show(empty, state.files.length === 0);
      updateList(state.files);
    },
    opened() {
      untoast();
      this.update(call.state);
    },
    remove() {
      call.removeEventListener("file", offered);
      for (const view of updateList.views.values()) view.remove();
    },
  };
}

/** Programs take no files. @param {CallState} state */
function people({ peers }) {
  return peers.filter(({ kind }) => kind !== "program");
}

/** @param {CallState} state @param {string} id */
function nameOf(state, id) {
  return state.peers.find(peer => peer.id === id)?.name ?? t("someone");
}

/** @param {import("./call.js").CallPage} page @param {Transfer} first */
function createRow(page, first) {
  const { call } = page.app;
  const about = h("p", { class: "muted small" });
  const bar = h("progress", { max: 100, value: 0, "aria-label": first.name });
  const accept = small("file-accept", t("files.accept"), () => call.acceptFile(first.id), "primary");
  const decline = small("file-decline", t("files.decline"), () => call.declineFile(first.id));
  const cancel = small("file-cancel", t("cancel"), () => call.cancelFile(first.id));
  const save = h("a", { class: "button small primary", "data-test": "file-save", download: first.name, hidden: true }, icon("download"), t("files.save"));
  const element = h("li", { class: "file", "data-test": "file", "data-file": first.id, "data-direction": first.direction },
    h("div", { class: "row" }, icon("file"), h("strong", { class: "grow ellipsis", title: first.name }, first.name)),
    about, bar, h("div", { class: "row file-actions" }, accept, decline, cancel, save));
  let address = "";

  return {
    element,
    /** @param {Transfer} file */
    update(file) {
      const incoming = file.direction === "in";
      const moving = file.state === "sending" || file.state === "receiving";
      const name = nameOf(call.state, file.peer);
      attribute(element, "data-state", file.state);
      const amount = moving ? t("files.progress", { done: bytes(file.done), size: bytes(file.size) }) : bytes(file.size);
      text(about, `${t(incoming ? "files.from" : "files.for", { name })} · ${amount} · ${t(`files.state.${file.state}`)}`);
      show(bar, moving);
      bar.value = file.size ? (file.done / file.size) * 100 : 0;
      show(accept, incoming && file.state === "offered");
      show(decline, incoming && file.state === "offered");
      show(cancel, moving || (!incoming && file.state === "offered"));
      if (incoming && file.blob && !address) save.href = address = URL.createObjectURL(file.blob);
      show(save, address !== "");
    },
    remove() {
      if (address) URL.revokeObjectURL(address);
    },
  };
}

/** @param {string} test @param {string} label @param {() => unknown} run @param {string} [kind] */
function small(test, label, run, kind = "") {
  return h("button", { class: `button small ${kind}`, type: "button", "data-test": test, onclick: () => attempt(Promise.resolve(run())) }, label);
}
