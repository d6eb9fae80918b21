// @ts-check
/** Choosing camera, microphone and loudspeaker; how loud the microphone is; what is wrong with a device. */
import { attempt } from "./attempt.js";
import { attribute, h, show, text } from "./dom.js";
import { icon } from "./icons.js";
import { t } from "./i18n.js";
import { testSpeaker } from "./tones.js";
import { mediaWords } from "./words.js";

/** @typedef {import("./app.js").CallState} CallState */
/** @typedef {"audioinput" | "videoinput" | "audiooutput"} DeviceKind */

export const canChooseSpeaker = "setSinkId" in HTMLMediaElement.prototype;

/** @param {import("./app.js").App} app */
export function createPickers(app) {
  const pickers = [picker(app, "videoinput", "camera"), picker(app, "audioinput", "mic"), picker(app, "audiooutput", "volume")];
  const test = h("button", {
    class: "button small", type: "button", "data-test": "test-sound",
    onclick: async () => {
      test.disabled = true;
      await attempt(testSpeaker(canChooseSpeaker ? app.call.state.media.selected.audiooutput : null), { quiet: true });
      test.disabled = false;
    },
  }, icon("volume"), t("devices.test"));
  const element = h("div", { class: "stack" }, ...pickers.map(each => each.element), h("div", null, test));
  return {
    element,
    /** @param {CallState} state */
    update(state) {
      for (const each of pickers) each.update(state);
    },
  };
}

/** @param {import("./app.js").App} app @param {DeviceKind} kind @param {import("./icons.js").IconName} picture */
function picker(app, kind, picture) {
  const select = h("select", {
    class: "select", "data-test": `pick-${kind}`, onchange: () => attempt(app.call.media.select(kind, select.value)),
  });
  const element = h("label", { class: "field" },
    h("span", { class: "row" }, icon(picture), t(`devices.${kind}`)),
    h("span", { class: "select-box" }, select, icon("down")));
  let listed = "";

  return {
    element,
    /** @param {CallState} state */
    update({ media }) {
      const devices = media.devices[kind];
      const fixed = kind === "audiooutput" && !canChooseSpeaker;
      show(element, !fixed);
      const now = devices.map(device => `${device.deviceId} ${device.label}`).join("\n");
      const none = t(media.status === "on" || media.status === "missing" || kind === "audiooutput" ? `devices.none.${kind}` : "devices.unknown");
      if (now + none !== listed) {
        listed = now + none;
        select.replaceChildren(...(devices.length ? devices : [{ deviceId: "", label: none }]).map((device, i) =>
          h("option", { value: device.deviceId }, device.label || t("devices.unnamed", { n: i + 1 }))));
      }
      select.disabled = devices.length === 0;
      const chosen = media.selected[kind] ?? "";
      if (devices.some(device => device.deviceId === chosen) && select.value !== chosen) select.value = chosen;
    },
  };
}

const steps = 14;

/** Bars that fill with the level of the own microphone. */
export function createLevel() {
  const bars = Array.from({ length: steps }, () => h("i"));
  const element = h("div", { class: "level", role: "meter", "aria-label": t("devices.level"), "aria-valuemin": 0, "aria-valuemax": 100, "data-test": "level" }, ...bars);
  return {
    element,
    /** @param {CallState} state */
    update({ media }) {
      // Loudness is heard as a ratio: the root makes quiet speech visible.
      const lit = media.audio ? Math.round(Math.sqrt(media.level) * steps) : 0;
      bars.forEach((bar, i) => bar.classList.toggle("on", i < lit));
      attribute(element, "aria-valuenow", Math.round((lit / steps) * 100));
    },
  };
}

/**
 * A sentence about the device that does not work, and what can be done about it.
 * @param {import("./app.js").App} app
 */
export function createMediaProblem(app) {
  const sentence = h("p");
  const again = h("button", {
    class: "button small", type: "button", "data-test": "media-retry",
    onclick: () => {
      const { problem, status } = app.call.state.media;
      const wanted = status === "on" ? { audio: problem?.kind === "audio", video: problem?.kind === "video" } : { audio: true, video: true };
      attempt(app.call.media.start(wanted), { quiet: true });
    },
  }, icon("refresh"), t("retry"));
  const element = h("div", { class: "notice warn", role: "alert", "data-test": "media-problem", hidden: true },
    icon("warning"), h("div", { class: "grow" }, sentence, h("div", { class: "actions" }, again)));
  return {
    element,
    /** @param {CallState} state */
    update({ media }) {
      const problem = media.problem;
      show(element, problem !== null && problem.kind !== "screen");
      if (!problem) return;
      text(sentence, mediaWords(problem, media.status === "on"));
      attribute(element, "data-kind", problem.kind);
      attribute(element, "data-code", problem.code);
      show(again, problem.code !== "insecure");
    },
  };
}
