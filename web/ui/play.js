// @ts-check
/**
 * The page /play: what somebody publishes in a room, by WHEP. `?room=` plays at once; `?participant=` chooses whom.
 * `window.rtchub.whip` is the client, for the console and for browser tests.
 *
 * Hooks: whip-start, whip-stop, whip-video, whip-sound, whip-fullscreen, and those of whip.js.
 */
import { WhipClient } from "../rtchub/whip.js";
import { attribute, every, h, play, show, text } from "./dom.js";
import { t } from "./i18n.js";
import { button, createLoudness, createStatus, door, doorField, endpoint, openWhipPage } from "./whip.js";

/** @type {WhipClient | null} */ let client = null;
/** @type {import("../rtchub/whip.js").WhipFacts | null} */ let flow = null;
/** Seconds without a byte: whoever published has gone, and the next one is waited for. */ let silent = 0;

const over = new Set(["refused", "ended", "stopped"]);
const video = h("video", { playsinline: true, autoplay: true, "data-test": "whip-video" });

function start() {
  const url = endpoint("whep");
  if (!url) return;
  client?.stop();
  [flow, silent] = [null, 0];
  client = new WhipClient({ url, token: door.token || null });
  Object.assign(window, { rtchub: { whip: client } });
  client.addEventListener("change", draw);
  client.start();
}

/** Until somebody touched the page, browsers play only what is silent. */
async function listen() {
  play(video, client?.stream ?? null);
  try {
    await video.play();
  } catch (error) {
    if (/** @type {Error} */ (error).name !== "NotAllowedError") return;
    video.muted = true;
    await video.play().catch(() => {});
  }
  draw();
}

function createView() {
  const room = doorField("room", { required: true, placeholder: t("whip.room.placeholder") });
  const problem = h("p", { class: "small problem", role: "alert", "data-test": "whip-problem" }, t("home.join.invalid"));
  const status = createStatus();
  const loudness = createLoudness(t("whip.loudness"));
  const begin = h("button", { class: "button primary", type: "submit", "data-test": "whip-start" }, t("whip.play"));
  const stop = button("close", t("whip.stop"), "whip-stop", () => client?.stop());
  const sound = h("button", { class: "button", type: "button", "data-test": "whip-sound", onclick: () => { video.muted = !video.muted; listen(); } });
  const full = button("focus", t("fullscreen"), "whip-fullscreen", () => video.requestFullscreen?.().catch(() => {}));
  video.setAttribute("aria-label", t("whip.play.title"));
  problem.hidden = true;

  /** @param {Event} event */
  const submit = event => {
    event.preventDefault();
    show(problem, !endpoint("whep"));
    start();
  };
  const element = h("div", { class: "whip-columns" },
    h("div", { class: "stack" }, h("div", { class: "whip-picture" }, video), status.element, loudness.element, h("div", { class: "row wrap" }, sound, full)),
    h("form", { class: "card stack", onsubmit: submit },
      room.element, problem,
      doorField("participant", { placeholder: t("whip.participant.placeholder") }).element,
      doorField("token", { type: "password", placeholder: t("whip.token.placeholder") }).element,
      h("div", { class: "row wrap" }, begin, stop)));
  return {
    element,
    update() {
      const runs = client !== null && !over.has(client.state);
      show(begin, !runs);
      show(stop, runs);
      if (video.srcObject !== (client?.stream ?? null)) listen();
      text(sound, t(video.muted ? "whip.sound.on" : "whip.sound.off"));
      // Before the first picture there is nothing to see; a lost path leaves the last one standing.
      attribute(video, "data-blank", client?.state === "live" || client?.state === "recovering" ? null : "");
      loudness.update(client?.level ?? 0);
      status.update(client, flow, t(silent > 2 ? "whip.play.silent" : "whip.play.live"));
    },
  };
}

const draw = await openWhipPage("play", createView);
every(200, draw);
every(1000, async () => {
  flow = await client?.measure() ?? null;
  silent = flow?.kbps === 0 ? silent + 1 : 0;
});
addEventListener("pagehide", () => client?.stop());
if (door.room) start();
