// @ts-check
/** The own picture and the two switches under it, as the pre-join page and the lobby show them. */
import { attempt } from "./attempt.js";
import { createAvatar } from "./avatar.js";
import { attribute, h, play, show, text } from "./dom.js";
import { icon, setIcon } from "./icons.js";
import { t } from "./i18n.js";
import { stored } from "./stored.js";

/** @typedef {import("./app.js").App} App */

/** What to switch on before the first click: as the address says, else as it was the last time. */
export function wantedMedia() {
  const query = new URLSearchParams(location.search);
  const wants = /** @param {"audio" | "video"} kind */ kind => query.has(kind) ? query.get(kind) !== "0" : stored.read(`use-${kind}`, true);
  return { audio: wants("audio"), video: wants("video") };
}

/** @param {App} app @param {boolean} on */
export function setMicrophone(app, on) {
  stored.write("use-audio", on);
  return attempt(app.call.media.setAudio(on), { quiet: true });
}

/** @param {App} app @param {boolean} on */
export function setCamera(app, on) {
  stored.write("use-video", on);
  return attempt(app.call.media.setVideo(on), { quiet: true });
}

/** @param {App} app */
export function createMicButton(app) {
  return switchButton("mic", ["mic", "mic-off"], state => state.media.audio, ["mic.off", "mic.on"],
    () => setMicrophone(app, !app.call.state.media.audio));
}

/** @param {App} app */
export function createCameraButton(app) {
  return switchButton("camera", ["camera", "camera-off"], state => state.media.video, ["camera.off", "camera.on"],
    () => setCamera(app, !app.call.state.media.video));
}

/**
 * A round button for something that is on or off. Its name says what pressing it does.
 * @param {string} test
 * @param {[import("./icons.js").IconName, import("./icons.js").IconName]} icons on, off
 * @param {(state: import("./app.js").CallState) => boolean} isOn
 * @param {[string, string]} words keys: what pressing does when on, when off
 * @param {() => void} press
 */
function switchButton(test, icons, isOn, words, press) {
  const picture = icon(icons[0]);
  const element = h("button", {
    class: "control", type: "button", "data-test": test,
    onclick: /** @param {MouseEvent} event */ event => {
      press();
      // The space bar talks; it must not press what the mouse pressed last.
      if (event.detail > 0) element.blur();
    },
  }, picture);
  return {
    element,
    /** @param {import("./app.js").CallState} state */
    update(state) {
      const on = isOn(state);
      const label = t(words[on ? 0 : 1]);
      setIcon(picture, icons[on ? 0 : 1]);
      element.classList.toggle("off", !on);
      attribute(element, "aria-label", label);
      attribute(element, "title", label);
      attribute(element, "aria-pressed", String(on));
    },
  };
}

/** @param {App} app */
export function createPreview(app) {
  const video = h("video", { class: "mirrored", muted: true, playsinline: true, autoplay: true, "aria-label": t("self.preview") });
  video.muted = true;
  const avatar = createAvatar();
  const note = h("p", { class: "small" });
  const blank = h("div", { class: "preview-blank" }, avatar.element, note);
  const mic = createMicButton(app);
  const camera = createCameraButton(app);
  const element = h("div", { class: "preview", "data-test": "preview" }, video, blank,
    h("div", { class: "preview-controls" }, mic.element, camera.element));
  return {
    element,
    /** @param {import("./app.js").CallState} state @param {string} [name] */
    update(state, name) {
      const { media, self } = state;
      play(video, media.video ? media.camera : null);
      show(video, media.video);
      show(blank, !media.video);
      avatar.update({ id: self?.id ?? "", name: name || self?.name || t("name.guest") });
      text(note, media.status === "asking" ? t("media.asking") : t("camera.is.off"));
      mic.update(state);
      camera.update(state);
    },
  };
}
