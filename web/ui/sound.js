// @ts-check
/**
 * The sound of a room whose media goes through the SFU: a few streams with whoever speaks loudest, so that whose each is
 * changes, and they belong to no tile. In a mesh there are none, and each tile plays its own.
 */
import { canChooseSpeaker } from "./devices.js";
import { h, keyed, play } from "./dom.js";

/** @typedef {import("../rtchub/types.js").Voice} Voice */

/** @param {() => void} blocked the browser waits for a touch before it plays sound */
export function createSound(blocked) {
  const element = h("div", { hidden: true });
  const update = keyed(element, /** @param {Voice} voice */ ({ stream }) => stream.id, () => createVoice(blocked));
  return {
    element,
    /** @param {import("./app.js").CallState} state */
    update({ audio, media }) {
      update(audio);
      for (const voice of update.views.values()) voice.speaker(media.selected.audiooutput);
    },
    listen() {
      for (const voice of update.views.values()) voice.listen();
    },
    remove: () => update([]),
  };
}

/** @param {() => void} blocked */
function createVoice(blocked) {
  const element = h("audio", { autoplay: true });
  let sink = "";

  async function listen() {
    try {
      await element.play();
    } catch (error) {
      if (/** @type {Error} */ (error).name === "NotAllowedError") blocked();
    }
  }

  return {
    element,
    listen,
    /** @param {Voice} voice */
    update({ stream, volume }) {
      if (element.volume !== volume) element.volume = volume;
      if (element.srcObject === stream) return;
      play(element, stream);
      listen();
    },
    /** @param {string} device */
    speaker(device) {
      if (!canChooseSpeaker || !device || sink === device) return;
      sink = device;
      element.setSinkId(device).catch(() => { sink = ""; });
    },
    remove() {
      element.srcObject = null;
    },
  };
}
