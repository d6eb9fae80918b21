// @ts-check
/**
 * The page /publish: camera or screen goes to a room by WHIP. `window.rtchub.whip` is the client, for the console and for
 * browser tests.
 *
 * Hooks: whip-source-camera, whip-source-screen, whip-camera, whip-microphone, whip-start, whip-stop, whip-mute, whip-video,
 * whip-link, whip-problem, and those of whip.js.
 */
import { Devices, inputs, problemOf } from "../rtchub/devices.js";
import { LevelMeter } from "../rtchub/level.js";
import { WhipClient } from "../rtchub/whip.js";
import { attribute, every, h, play, show, text } from "./dom.js";
import { icon } from "./icons.js";
import { t } from "./i18n.js";
import { button, createLoudness, createStatus, door, doorField, endpoint, openWhipPage } from "./whip.js";
import { mediaWords } from "./words.js";

/** @typedef {"camera" | "screen"} Source */
/** @typedef {"audio" | "video"} Kind */

const devices = new Devices(navigator.mediaDevices, navigator.permissions);
const meter = new LevelMeter({
  AudioContext: globalThis.AudioContext, onLevel: () => {},
  clock: { now: () => Date.now(), setTimeout: (run, ms) => setTimeout(run, ms), clearTimeout: handle => clearTimeout(handle) },
});
const video = h("video", { playsinline: true, autoplay: true, muted: true, "data-test": "whip-video" });
video.muted = true; // One does not want to hear oneself.

/** @type {WhipClient | null} */ let client = null;
/** @type {import("../rtchub/whip.js").WhipFacts | null} */ let flow = null;
/** @type {Source} */ let source = "camera";
/** @type {MediaStream | null} */ let stream = null;
/** @type {import("../rtchub/devices.js").Problem | null} */ let problem = null;
let isAsking = false;
let isWrong = false;

const over = new Set(["refused", "ended", "stopped"]);
const runs = () => client !== null && !over.has(client.state);

async function start() {
  const url = endpoint("whip");
  isWrong = url === null;
  if (!url || isAsking) return draw();
  isAsking = true;
  stop();
  draw();
  stream = await open();
  isAsking = false;
  if (!stream) return draw();
  for (const track of stream.getTracks()) track.addEventListener("ended", () => track.kind === "video" && stop());
  meter.watch(stream.getAudioTracks()[0] ?? null);
  client = new WhipClient({ url, token: door.token || null, stream });
  Object.assign(window, { rtchub: { whip: client } });
  client.addEventListener("change", draw);
  client.start();
  devices.refresh().then(draw); // They have names now.
}

/** Camera and microphone, as far as they are there; or a screen, with the microphone where the screen is silent. */
async function open() {
  problem = null;
  if (source === "camera") {
    const { tracks, problem: why } = await devices.open(["audio", "video"]);
    problem = why;
    return tracks.length > 0 ? new MediaStream(tracks) : null;
  }
  try {
    const screen = await devices.openScreen();
    if (screen.getAudioTracks().length === 0) for (const track of (await devices.open(["audio"])).tracks) screen.addTrack(track);
    return screen;
  } catch (error) {
    problem = problemOf(error, "screen");
    return null;
  }
}

function stop() {
  client?.stop();
  meter.watch(null);
  for (const track of stream?.getTracks() ?? []) track.stop();
  stream = flow = null;
  draw();
}

/** Another device while it is live: nobody is asked, the track is exchanged. @param {Kind} kind @param {string} id */
async function choose(kind, id) {
  devices.selected[inputs[kind]] = id;
  if (!stream || !client || source === "screen" && kind === "video") return;
  const { tracks: [track], problem: why } = await devices.open([kind]);
  problem = why;
  if (track) {
    for (const old of stream.getTracks().filter(each => each.kind === kind)) {
      stream.removeTrack(old);
      old.stop();
    }
    stream.addTrack(track);
    await client.replace(track);
    if (kind === "audio") meter.watch(track);
  }
  draw();
}

function createView() {
  const invalid = h("p", { class: "small problem", role: "alert", "data-test": "whip-problem", "data-code": "room-invalid" }, t("home.join.invalid"));
  const complaint = h("p", { class: "small problem", role: "alert", "data-test": "whip-media-problem" });
  const status = createStatus();
  const loudness = createLoudness(t("devices.level"));
  const begin = h("button", { class: "button primary", type: "submit", "data-test": "whip-start" }, icon("camera"), t("whip.publish"));
  const end = button("close", t("whip.stop"), "whip-stop", stop, "danger");
  const mute = h("button", { class: "button", type: "button", "data-test": "whip-mute", onclick: () => {
    for (const track of stream?.getAudioTracks() ?? []) track.enabled = !track.enabled;
    draw();
  } });
  const link = h("a", { class: "button quiet", target: "_blank", rel: "noopener", "data-test": "whip-link" }, icon("link"), t("whip.link"));
  const pickers = [picker("video", "camera"), picker("audio", "microphone")];
  const sources = /** @type {const} */ (["camera", "screen"]).map(each => h("label", null,
    h("input", { type: "radio", name: "source", checked: source === each, "data-test": `whip-source-${each}`, onchange: () => { source = each; draw(); } }),
    h("span", null, icon(each), t(`whip.source.${each}`))));
  video.setAttribute("aria-label", t("whip.preview"));

  const element = h("div", { class: "whip-columns" },
    h("div", { class: "stack" }, h("div", { class: "whip-picture" }, video), status.element, loudness.element, h("div", { class: "row wrap" }, mute, link)),
    h("form", { class: "card stack", onsubmit: /** @param {Event} event */ event => { event.preventDefault(); start(); } },
      doorField("room", { required: true, placeholder: t("whip.room.placeholder") }).element, invalid,
      h("fieldset", { class: "whip-sources field" }, h("legend", null, t("whip.source")), h("div", null, sources)),
      pickers.map(each => each.element),
      doorField("token", { type: "password", placeholder: t("whip.token.placeholder") }).element,
      complaint, h("div", { class: "row wrap" }, begin, end)));
  return {
    element,
    update() {
      show(begin, !runs());
      show(end, runs());
      begin.disabled = isAsking;
      show(invalid, isWrong);
      show(complaint, problem !== null);
      text(complaint, mediaWords(problem, stream !== null));
      for (const each of pickers) each.update();
      play(video, stream);
      const audio = stream?.getAudioTracks()[0];
      show(mute, audio !== undefined);
      text(mute, t(audio?.enabled ? "whip.mute" : "whip.unmute"));
      show(loudness.element, audio !== undefined);
      loudness.update(meter.level);
      show(link, runs());
      attribute(link, "href", `/play?room=${encodeURIComponent(endpoint("whip")?.pathname.slice("/whip/".length) ?? "")}`);
      status.update(client, flow, t("whip.publish.live"));
    },
  };
}

/** @param {Kind} kind @param {"camera" | "microphone"} hook */
function picker(kind, hook) {
  const select = h("select", { class: "select", "data-test": `whip-${hook}`, onchange: () => choose(kind, select.value) });
  const element = h("label", { class: "field" }, h("span", null, t(`devices.${inputs[kind]}`)), h("span", { class: "select-box" }, select, icon("down")));
  let listed = "";
  return {
    element,
    update() {
      const list = devices.list[inputs[kind]].filter(device => device.label);
      show(element, list.length > 0 && !(kind === "video" && source === "screen"));
      const now = list.map(device => device.deviceId + device.label).join("\n");
      if (now !== listed) select.replaceChildren(...list.map(({ deviceId, label }) => h("option", { value: deviceId }, label)));
      listed = now;
      const used = stream?.getTracks().find(track => track.kind === kind)?.getSettings().deviceId ?? devices.selected[inputs[kind]];
      if (list.some(({ deviceId }) => deviceId === used)) select.value = used;
    },
  };
}

const draw = await openWhipPage("publish", createView);
every(200, draw);
every(1000, async () => { flow = await client?.measure() ?? null; });
navigator.mediaDevices?.addEventListener("devicechange", () => devices.refresh().then(draw));
devices.refresh().then(draw);
addEventListener("pagehide", stop);
