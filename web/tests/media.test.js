// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";
import { problemOf } from "../rtchub/devices.js";
import { Media } from "../rtchub/media.js";
import { FakeClock, settle } from "./clock.js";

class FakeTrack {
  enabled = true;
  stopped = false;
  /** @type {any} */ onended = null;
  /** @param {string} kind @param {string} deviceId */
  constructor(kind, deviceId) {
    this.kind = kind;
    this.deviceId = deviceId;
    this.label = `${kind} ${deviceId}`;
    this.contentHint = "";
  }
  getSettings() {
    return { deviceId: this.deviceId };
  }
  stop() {
    this.stopped = true;
  }
}

class FakeStream {
  /** @param {FakeTrack[]} tracks */
  constructor(tracks = []) {
    this.tracks = tracks;
  }
  getTracks() {
    return [...this.tracks];
  }
  getAudioTracks() {
    return this.tracks.filter((t) => t.kind === "audio");
  }
  getVideoTracks() {
    return this.tracks.filter((t) => t.kind === "video");
  }
  /** @param {FakeTrack} track */
  addTrack(track) {
    this.tracks.push(track);
  }
  /** @param {FakeTrack} track */
  removeTrack(track) {
    this.tracks = this.tracks.filter((t) => t !== track);
  }
}

/** @param {string} name */
const refusal = (name) => Object.assign(new Error(name), { name });

/**
 * A machine with devices.
 * @param {{ audio?: string[], video?: string[], fail?: (constraints: any) => string | undefined, granted?: string[] }} [machine]
 */
function start({ audio = ["m1", "m2"], video = ["c1", "c2"], fail = () => undefined, granted = [] } = {}) {
  const machine = { audio, video, fail, /** @type {any[]} */ asked: [], /** @type {FakeTrack[]} */ opened: [] };
  const mediaDevices = Object.assign(new EventTarget(), {
    getUserMedia: async (/** @type {any} */ constraints) => {
      machine.asked.push(constraints);
      const name = machine.fail(constraints);
      if (name) throw refusal(name);
      const tracks = /** @type {const} */ (["audio", "video"]).filter((kind) => constraints[kind]).map((kind) => {
        const wanted = constraints[kind].deviceId?.exact;
        if (machine[kind].length === 0) throw refusal("NotFoundError");
        if (wanted && !machine[kind].includes(wanted)) throw refusal("OverconstrainedError");
        return new FakeTrack(kind, wanted ?? machine[kind][0]);
      });
      machine.opened.push(...tracks);
      return new FakeStream(tracks);
    },
    getDisplayMedia: async () => {
      const name = machine.fail({ screen: true });
      if (name) throw refusal(name);
      return new FakeStream([new FakeTrack("video", "screen"), new FakeTrack("audio", "screen")]);
    },
    enumerateDevices: async () => [
      ...machine.audio.map((deviceId) => ({ kind: "audioinput", deviceId, label: `mic ${deviceId}` })),
      ...machine.video.map((deviceId) => ({ kind: "videoinput", deviceId, label: `cam ${deviceId}` })),
    ],
  });
  const permissions = { query: async (/** @type {any} */ { name }) => ({ state: granted.includes(name) ? "granted" : "denied" }) };
  /** @type {any[]} */ const notices = [];
  let tracksChanged = 0;
  const media = new Media({
    clock: new FakeClock(), onChange: () => {}, onTracks: () => tracksChanged++, onNotice: (notice) => notices.push(notice),
    env: /** @type {any} */ ({ mediaDevices, permissions, MediaStream: FakeStream }),
  });
  const live = () => machine.opened.filter((t) => !t.stopped).map((t) => `${t.kind}:${t.deviceId}`);
  return { media, machine, mediaDevices, notices, live, changes: () => tracksChanged };
}

for (const [name, code] of /** @type {[string, string][]} */ ([
  ["NotAllowedError", "refused"], ["PermissionDeniedError", "refused"], ["SecurityError", "refused"],
  ["NotFoundError", "missing"], ["DevicesNotFoundError", "missing"], ["OverconstrainedError", "missing"],
  ["NotReadableError", "busy"], ["TrackStartError", "busy"], ["AbortError", "busy"], ["TypeError", "error"], ["", "error"],
])) {
  test(`${name || "an unknown error"} is ${code}`, () => {
    const problem = problemOf(refusal(name), "video");
    assert.deepEqual([problem.kind, problem.code], ["video", code]);
    assert.match(problem.message, /\.$/);
  });
}

test("both are opened with one question", async () => {
  const { media, machine } = start();
  const state = await media.start({ audio: true, video: true });
  assert.deepEqual([state.status, state.audio, state.video, state.problem], ["on", true, true, null]);
  assert.equal(machine.asked.length, 1);
  assert.deepEqual(state.selected, { audioinput: "m1", videoinput: "c1", audiooutput: "" });
  assert.deepEqual(state.devices.videoinput, [{ deviceId: "c1", label: "cam c1" }, { deviceId: "c2", label: "cam c2" }]);
});

test("an insecure origin has no devices at all", async () => {
  const media = new Media({
    clock: new FakeClock(), onChange: () => {}, onTracks: () => {}, onNotice: () => {}, env: /** @type {any} */ ({ MediaStream: FakeStream }),
  });
  const state = await media.start();
  assert.deepEqual([state.status, state.problem?.code], ["insecure", "insecure"]);
  assert.equal((await media.shareScreen()).problem?.code, "insecure");
});

test("no camera: the microphone works all the same, and the problem names the camera", async () => {
  const { media } = start({ video: [] });
  const state = await media.start();
  assert.deepEqual([state.status, state.audio, state.video], ["on", true, false]);
  assert.deepEqual([state.problem?.kind, state.problem?.code], ["video", "missing"]);
});

test("a busy camera leaves the microphone", async () => {
  const { media } = start({ fail: (c) => (c.video ? "NotReadableError" : undefined) });
  const state = await media.start();
  assert.deepEqual([state.audio, state.video, state.problem?.kind, state.problem?.code], [true, false, "video", "busy"]);
});

test("after a refusal nobody is asked twice; what is allowed already is used", async () => {
  const none = start({ fail: () => "NotAllowedError" });
  assert.equal((await none.media.start()).status, "refused");
  assert.equal(none.machine.asked.length, 1);
  const mic = start({ fail: (c) => (c.video ? "NotAllowedError" : undefined), granted: ["microphone"] });
  const state = await mic.media.start();
  assert.deepEqual([state.audio, state.video, state.problem?.kind, state.problem?.code], [true, false, "video", "refused"]);
});

test("mute keeps the microphone; camera off frees the camera", async () => {
  const { media, live } = start();
  await media.start();
  let state = await media.setAudio(false);
  assert.equal(state.audio, false);
  assert.deepEqual(live(), ["audio:m1", "video:c1"]);
  state = await media.setVideo(false);
  assert.equal(state.video, false);
  assert.deepEqual(live(), ["audio:m1"]);
  const { camera } = state;
  state = await media.setVideo(true);
  assert.equal(state.camera, camera, "the stream stays the same");
  assert.deepEqual([state.video, live()], [true, ["audio:m1", "video:c1"]]);
});

test("another device takes over at once, muted if it was muted; one that fails leaves the old", async () => {
  const { media, machine, live } = start();
  await media.start();
  await media.setAudio(false);
  let state = await media.select("audioinput", "m2");
  assert.deepEqual([state.audio, state.selected.audioinput, live().sort()], [false, "m2", ["audio:m2", "video:c1"]]);
  machine.fail = (c) => (c.video?.deviceId?.exact === "c2" ? "NotReadableError" : undefined);
  state = await media.select("videoinput", "c2");
  assert.deepEqual([state.video, state.selected.videoinput, state.problem?.code], [true, "c1", "busy"]);
});

test("a device chosen long ago and gone today gives way to the default", async () => {
  const { media } = start();
  await media.select("videoinput", "old");
  const state = await media.start();
  assert.deepEqual([state.video, state.selected.videoinput, state.problem], [true, "c1", null]);
});

test("a device that is pulled out is replaced, with a notice; the last one is a problem", async () => {
  const { media, machine, notices, live } = start();
  await media.start();
  machine.video = ["c2"];
  machine.opened[1].onended();
  await settle();
  assert.deepEqual(notices, [{ code: "device-lost", kind: "videoinput", label: "video c1" }]);
  assert.equal(media.state.video, true);
  assert.ok(live().includes("video:c2"));
  machine.video = [];
  machine.opened.at(-1)?.onended();
  await settle();
  assert.deepEqual([media.state.video, media.state.problem?.kind, media.state.problem?.code, media.state.status], [false, "video", "ended", "on"]);
});

test("a device that is plugged in is listed and told of", async () => {
  const { media, machine, mediaDevices, notices } = start();
  await media.start();
  machine.audio = ["m1", "m2", "m3"];
  mediaDevices.dispatchEvent(new Event("devicechange"));
  await settle();
  assert.deepEqual(notices, [{ code: "device-new", kind: "audioinput", label: "mic m3" }]);
  assert.equal(media.state.devices.audioinput.length, 3);
});

test("the screen is a stream of its own, with its sound; the browser's own button ends it", async () => {
  const { media, machine } = start();
  let state = await media.shareScreen();
  assert.deepEqual([state.screen, media.outgoing.tracks.screen?.contentHint, media.outgoing.tracks.screenAudio?.kind], [true, "detail", "audio"]);
  /** @type {any} */ (media.outgoing.tracks.screen).onended();
  await settle();
  assert.deepEqual([media.state.screen, media.state.screenStream], [false, null]);
  machine.fail = () => "NotAllowedError";
  state = await media.shareScreen();
  assert.deepEqual([state.screen, state.problem?.kind, state.problem?.code, state.status], [false, "screen", "refused", "off"]);
});

test("tracks of the program's own are sent, and not stopped when they go", async () => {
  const { media } = start();
  const track = new FakeTrack("video", "canvas");
  await media.useTracks({ video: /** @type {any} */ (track) });
  assert.equal(media.outgoing.tracks.video, track);
  await media.setVideo(false);
  assert.deepEqual([media.state.video, track.stopped], [false, false]);
});

test("close frees everything", async () => {
  const { media, live } = start();
  await media.start();
  media.close();
  assert.deepEqual(live(), []);
});
