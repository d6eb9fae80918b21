// @ts-check
/** A real call seen from the inside: joins a room as anybody does, with a painted picture in the place of a camera. */
import { attribute, h, keyed, play, show, text } from "./dom.js";
import { t } from "./i18n.js";
import { chapter } from "./lab-chapter.js";
import { mountLabPanel } from "./lab-panel.js";
import { paintPicture } from "./lab-picture.js";
import { errorWords, roomFrom } from "./words.js";

/** @type {{ stream: MediaStream, stop(): void } | null} */
let painted = null;

/**
 * Hooks: room-form (room, passcode, token), room-join, room-leave, room-problem (data-code), room-peer (data-peer), room-way (data-way).
 * @param {import("./lab.js").LabPage} lab
 * @returns {import("./lab.js").Chapter}
 */
export function createRoomChapter(lab) {
  const { call } = lab;
  const room = h("input", { class: "input", name: "room", required: true, autocomplete: "off", autocapitalize: "none", spellcheck: "false", placeholder: "blue-fox-42", "data-test": "room" });
  const passcode = h("input", { class: "input", name: "passcode", type: "password", autocomplete: "off", "data-test": "passcode" });
  const token = h("input", { class: "input", name: "token", type: "password", autocomplete: "off", "data-test": "token" });
  const passcodeField = h("label", { class: "field" }, h("span", null, t("lab.room.passcode")), passcode);
  const tokenField = h("label", { class: "field" }, h("span", null, t("lab.room.token")), token);
  const problem = h("p", { class: "small problem", role: "alert", "data-test": "room-problem" });
  const enter = h("button", { class: "button primary", type: "submit", "data-test": "room-join" }, t("lab.room.join"));
  const form = h("form", { class: "lab-door", "data-test": "room-form", onsubmit: join },
    h("label", { class: "field grow" }, h("span", null, t("lab.room.name")), room), passcodeField, tokenField, enter);
  const where = h("strong", { class: "grow" });
  const path = h("p", { class: "muted small", "data-test": "room-way" });
  const leave = h("button", { class: "button", type: "button", "data-test": "room-leave", onclick: go }, t("lab.room.leave"));
  const people = h("div", { class: "lab-pictures" });
  const showPeople = keyed(people, /** @param {import("../rtchub/types.js").PeerState} peer */ peer => peer.id, createPeer);
  const inside = h("div", { class: "lab-inside" });
  const head = h("div", { class: "row wrap" }, where, leave);
  const element = chapter("room", 3, form, problem, head, path, people, inside);
  let unmount = () => {};
  let mounted = false;
  let busy = false;

  /** @param {Event} event */
  async function join(event) {
    event.preventDefault();
    const id = roomFrom(room.value, location.origin);
    if (!id) return fail({ code: "room-invalid" });
    if (busy) return;
    busy = true;
    fail(null);
    try {
      if (token.value) lab.token = token.value;
      if (!call.state.self || call.state.connection === "refused") await call.connect();
      painted ??= paintPicture(call.state.self?.name?.slice(0, 1) ?? "?", 150);
      await call.media.useTracks({ video: painted.stream.getVideoTracks()[0] });
      await call.join(id, { passcode: passcode.value || undefined, token: token.value || undefined });
      passcode.value = token.value = "";
    } catch (error) {
      fail(/** @type {{ code?: string, message?: string }} */ (error));
    }
    busy = false;
    update();
  }

  function go() {
    call.leave().catch(() => {});
    call.media.stop();
    painted?.stop();
    painted = null;
  }

  /** @param {{ code?: string, message?: string } | null} error */
  function fail(error) {
    show(problem, error !== null);
    problem.dataset.code = error?.code ?? "";
    text(problem, !error ? "" : error.code === "room-invalid" ? t("home.join.invalid") : errorWords(error));
    show(passcodeField, /^passcode/.test(error?.code ?? ""));
    show(tokenField, error?.code === "unauthorized");
  }

  function update() {
    const { state } = call;
    const inRoom = state.room !== null;
    show(form, !inRoom);
    show(head, inRoom);
    show(path, inRoom);
    show(people, inRoom);
    show(inside, inRoom);
    if (!inRoom && state.error?.code === "unauthorized") show(tokenField, true);
    text(where, state.room ? t(state.room.status === "waiting" ? "lab.room.waiting" : "lab.room.inside", { room: state.room.id, n: state.peers.length + 1 }) : "");
    const way = state.moving ? "moving" : state.room?.topology === "sfu" ? "sfu" : "mesh";
    text(path, state.room ? [t(`way.${way}.title`), state.e2ee && t(state.e2ee.status === "on" ? "e2ee.on" : "e2ee.waiting")].filter(Boolean).join(" · ") : "");
    attribute(path, "data-way", way);
    showPeople(state.peers);
    if (inRoom === mounted) return;
    mounted = inRoom;
    unmount();
    unmount = inRoom ? mountLabPanel(inside, call) : () => {};
  }
  fail(null);
  return { element, update, remove: () => unmount() };
}

/** @param {import("../rtchub/types.js").PeerState} peer */
function createPeer({ id, name }) {
  const video = h("video", { autoplay: true, playsinline: true, "aria-label": name });
  return {
    element: h("figure", { class: "lab-picture", "data-test": "room-peer", "data-peer": id }, video, h("figcaption", null, name)),
    /** @param {import("../rtchub/types.js").PeerState} peer */
    update: peer => play(video, peer.camera),
  };
}
