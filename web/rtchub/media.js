// @ts-check
/** @import { Outgoing } from "./slots.js" */
/** @import { Clock } from "./types.js" */
import { LevelMeter } from "./level.js";

/**
 * @typedef {"refused" | "missing" | "busy" | "insecure" | "ended" | "error"} ProblemCode
 * @typedef {{ kind: "audio" | "video" | "screen", code: ProblemCode, message: string }} Problem
 * @typedef {"audioinput" | "videoinput" | "audiooutput"} DeviceKind
 * @typedef {{ deviceId: string, label: string }} Device
 * @typedef {"off" | "asking" | "on" | "refused" | "missing" | "busy" | "insecure" | "error"} MediaStatus
 *
 * @typedef {object} MediaState  as web/README.md has it
 * @property {MediaStatus} status
 * @property {boolean} audio
 * @property {boolean} video
 * @property {boolean} screen
 * @property {MediaStream} camera
 * @property {MediaStream | null} screenStream
 * @property {Record<DeviceKind, Device[]>} devices
 * @property {Record<DeviceKind, string>} selected
 * @property {number} level
 * @property {Problem | null} problem
 */

const sentences = {
  refused: "The browser was not allowed to use it. Allow it in the address bar and try again.",
  missing: "No such device was found.",
  busy: "Another program is using it.",
  insecure: "Camera and microphone need https or localhost.",
  ended: "The device has gone.",
  error: "It could not be started.",
};

/** @type {Record<string, ProblemCode>} The names that browsers use, old ones included. */
const codes = {
  NotAllowedError: "refused", PermissionDeniedError: "refused", SecurityError: "refused",
  NotFoundError: "missing", DevicesNotFoundError: "missing", OverconstrainedError: "missing",
  NotReadableError: "busy", TrackStartError: "busy", AbortError: "busy",
};

/**
 * @param {any} error  what getUserMedia or getDisplayMedia threw
 * @param {Problem["kind"]} kind
 * @returns {Problem}
 */
export function problemOf(error, kind) {
  const code = codes[error?.name] ?? "error";
  return { kind, code, message: sentences[code] };
}

const inputs = /** @type {const} */ ({ audio: "audioinput", video: "videoinput" });

/**
 * Own camera, microphone and screen. Nothing here rejects because of a device: what went wrong is `state.problem`, and
 * the call goes on without it. Switching the camera off stops its track, or its light would stay on; a muted microphone
 * is kept, so that the first word is not lost when it comes back.
 */
export class Media {
  #env; #onChange; #onTracks; #onNotice; #meter;
  /** @type {MediaStatus} */ #status = "off";
  /** @type {Problem | null} */ #problem = null;
  /** Lives as long as this object: who shows it, or sends it, need not be told of another track. */
  #camera; #screen;
  /** @type {Record<DeviceKind, Device[]>} */ #devices = { audioinput: [], videoinput: [], audiooutput: [] };
  /** @type {Record<DeviceKind, string>} */ #selected = { audioinput: "", videoinput: "", audiooutput: "" };
  /** What is asked of the devices comes one after the other. */
  #queue = Promise.resolve();
  /** Tracks that the program brought along: theirs to stop. @type {WeakSet<MediaStreamTrack>} */ #foreign = new WeakSet();
  #watching = false;

  /**
   * @param {object} options
   * @param {() => void} options.onChange
   * @param {() => void} options.onTracks  what is sent, or whether it is muted, has changed
   * @param {(notice: { code: string, kind: string, label?: string }) => void} options.onNotice
   * @param {Clock} options.clock
   * @param {{ mediaDevices?: MediaDevices, permissions?: Permissions, MediaStream: typeof MediaStream, AudioContext?: typeof AudioContext }} [options.env]
   */
  constructor({ onChange, onTracks, onNotice, clock, env }) {
    this.#env = env ?? {
      mediaDevices: globalThis.navigator?.mediaDevices, permissions: globalThis.navigator?.permissions,
      MediaStream: globalThis.MediaStream, AudioContext: globalThis.AudioContext,
    };
    this.#onChange = onChange;
    this.#onTracks = onTracks;
    this.#onNotice = onNotice;
    this.#camera = new this.#env.MediaStream();
    this.#screen = new this.#env.MediaStream();
    this.#meter = new LevelMeter({ AudioContext: this.#env.AudioContext, clock, onLevel: onChange });
    this.#env.mediaDevices?.addEventListener?.("devicechange", this.#devicesChanged);
  }

  /** @returns {MediaState} */
  get state() {
    const [audio, video] = [this.#track("audio"), this.#track("video")];
    const screen = this.#screen.getVideoTracks().length > 0;
    return {
      status: this.#status,
      audio: audio?.enabled === true,
      video: video?.enabled === true,
      screen,
      camera: this.#camera,
      screenStream: screen ? this.#screen : null,
      devices: this.#devices,
      selected: { ...this.#selected },
      level: audio?.enabled ? this.#meter.level : 0,
      problem: this.#problem,
    };
  }

  /** @returns {Outgoing} */
  get outgoing() {
    return {
      camera: this.#camera,
      screen: this.#screen,
      tracks: {
        audio: this.#track("audio"),
        video: this.#track("video"),
        screen: this.#screen.getVideoTracks()[0] ?? null,
        screenAudio: this.#screen.getAudioTracks()[0] ?? null,
      },
    };
  }

  /**
   * Switches both on as asked, with one question to the user. What cannot be had is left out.
   * @param {{ audio?: boolean, video?: boolean }} [wanted]
   * @returns {Promise<MediaState>}
   */
  start({ audio = true, video = true } = {}) {
    return this.#serially(async () => {
      const kinds = /** @type {("audio" | "video")[]} */ (["audio", "video"])
        .filter((kind) => (kind === "audio" ? audio : video) && !this.#track(kind));
      if (audio) this.#enable("audio", true);
      if (kinds.length > 0) await this.#acquire(kinds);
      await this.#list();
    });
  }

  /** The microphone; the first time it is opened, later only muted and not. @param {boolean} on */
  setAudio(on) {
    return this.#serially(async () => {
      if (this.#track("audio")) this.#enable("audio", on);
      else if (on) await this.#acquire(["audio"]);
    });
  }

  /** The camera: off stops it. @param {boolean} on */
  setVideo(on) {
    return this.#serially(async () => {
      if (on && !this.#track("video")) await this.#acquire(["video"]);
      else if (!on) this.#remove("video");
    });
  }

  /**
   * Takes another device; one that is in use is exchanged at once. A speaker is only noted: the view applies it.
   * @param {DeviceKind} kind
   * @param {string} deviceId
   */
  select(kind, deviceId) {
    return this.#serially(async () => {
      const before = this.#selected[kind];
      this.#selected[kind] = deviceId;
      const input = kind === "audioinput" ? "audio" : kind === "videoinput" ? "video" : null;
      const current = input && this.#track(input);
      if (!input || !current) return this.#onChange();
      const { enabled } = current;
      // Many phones open one camera at a time, so the old one goes first.
      this.#remove(input, { silently: true });
      if (await this.#acquire([input])) return this.#enable(input, enabled);
      const problem = this.#problem;
      this.#selected[kind] = before;
      if (await this.#acquire([input])) this.#enable(input, enabled);
      this.#problem = problem;
      this.#onTracks();
    });
  }

  /** @returns {Promise<MediaState>} */
  shareScreen() {
    return this.#serially(async () => {
      if (!this.#env.mediaDevices?.getDisplayMedia) return this.#fail({ kind: "screen", code: "insecure", message: sentences.insecure });
      try {
        const stream = await this.#env.mediaDevices.getDisplayMedia({ video: { frameRate: { max: 15 } }, audio: true });
        this.#clearScreen();
        for (const track of stream.getTracks()) {
          if (track.kind === "video") track.contentHint = "detail";
          track.onended = () => this.stopScreen();
          this.#screen.addTrack(track);
        }
        this.#problem = null;
        this.#onTracks();
      } catch (error) {
        this.#fail(problemOf(error, "screen"));
      }
    });
  }

  stopScreen() {
    return this.#serially(async () => {
      if (!this.#clearScreen()) return;
      this.#onTracks();
    });
  }

  /**
   * Sends tracks of the program's own (a canvas, a file) in the place of camera and microphone; null takes one away.
   * @param {{ audio?: MediaStreamTrack | null, video?: MediaStreamTrack | null }} tracks
   */
  useTracks(tracks) {
    return this.#serially(async () => {
      for (const kind of /** @type {const} */ (["audio", "video"])) {
        const track = tracks[kind];
        if (track === undefined) continue;
        this.#remove(kind, { silently: true });
        if (!track) continue;
        this.#foreign.add(track);
        this.#camera.addTrack(track);
      }
      this.#settle();
    });
  }

  /** Measures the own microphone ten times a second, for a meter. @param {boolean} on */
  watchLevel(on) {
    this.#watching = on;
    this.#meter.watch(on ? this.#track("audio") : null);
  }

  /** Frees camera, microphone and screen: no light stays on. */
  stop() {
    for (const kind of /** @type {const} */ (["audio", "video"])) this.#remove(kind, { silently: true });
    this.#clearScreen();
    this.#settle();
  }

  close() {
    this.#env.mediaDevices?.removeEventListener?.("devicechange", this.#devicesChanged);
    this.stop();
    this.#meter.close();
  }

  /** @param {"audio" | "video"} kind */
  #track(kind) {
    return (kind === "audio" ? this.#camera.getAudioTracks() : this.#camera.getVideoTracks())[0] ?? null;
  }

  /**
   * @param {("audio" | "video")[]} kinds
   * @returns {Promise<boolean>}  whether all of them are there now
   */
  async #acquire(kinds) {
    const devices = this.#env.mediaDevices;
    if (!devices?.getUserMedia) {
      this.#fail({ kind: /** @type {any} */ (kinds.at(-1)), code: "insecure", message: sentences.insecure });
      return false;
    }
    this.#status = "asking";
    this.#onChange();
    /** @type {Problem | null} */
    let problem = null;
    try {
      this.#take(await this.#open(kinds));
    } catch (error) {
      problem = problemOf(error, /** @type {any} */ (kinds.at(-1)));
      if (kinds.length > 1) problem = await this.#acquireEach(kinds, problem);
    }
    this.#problem = problem;
    this.#settle();
    return problem === null;
  }

  /**
   * Both together failed: one of them may work. After a refusal the user is not asked again, so only what is allowed
   * already is tried.
   * @param {("audio" | "video")[]} kinds
   * @param {Problem} problem
   */
  async #acquireEach(kinds, problem) {
    for (const kind of kinds) {
      if (problem.code === "refused" && !(await this.#isGranted(kind))) continue;
      try {
        this.#take(await this.#open([kind]));
      } catch (error) {
        problem = problemOf(error, kind);
      }
    }
    return problem;
  }

  /** A device that was chosen once and is not there today is no reason to fail. @param {("audio" | "video")[]} kinds */
  async #open(kinds) {
    const devices = /** @type {MediaDevices} */ (this.#env.mediaDevices);
    try {
      return await devices.getUserMedia(this.#constraints(kinds));
    } catch (error) {
      const chosen = kinds.filter((kind) => this.#selected[inputs[kind]] !== "");
      if (/** @type {Error} */ (error)?.name !== "OverconstrainedError" || chosen.length === 0) throw error;
      for (const kind of chosen) this.#selected[inputs[kind]] = "";
      return devices.getUserMedia(this.#constraints(kinds));
    }
  }

  /** @param {"audio" | "video"} kind */
  async #isGranted(kind) {
    try {
      const name = /** @type {any} */ (kind === "audio" ? "microphone" : "camera");
      return (await this.#env.permissions?.query({ name }))?.state === "granted";
    } catch {
      return false; // a browser that does not know the name
    }
  }

  /** @param {("audio" | "video")[]} kinds @returns {MediaStreamConstraints} */
  #constraints(kinds) {
    const { audioinput, videoinput } = this.#selected;
    const audio = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
    const video = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30, max: 30 } };
    return {
      ...(kinds.includes("audio") && { audio: { ...audio, ...(audioinput && { deviceId: { exact: audioinput } }) } }),
      ...(kinds.includes("video") && { video: { ...video, ...(videoinput && { deviceId: { exact: videoinput } }) } }),
    };
  }

  /** @param {MediaStream} stream */
  #take(stream) {
    for (const track of stream.getTracks()) {
      const kind = /** @type {"audio" | "video"} */ (track.kind);
      this.#remove(kind, { silently: true });
      track.onended = () => this.#lost(kind, track);
      this.#selected[inputs[kind]] = track.getSettings().deviceId ?? this.#selected[inputs[kind]];
      this.#camera.addTrack(track);
    }
  }

  /**
   * A device was pulled out, or its permission withdrawn: goes on with the default one.
   * @param {"audio" | "video"} kind
   * @param {MediaStreamTrack} track
   */
  #lost(kind, track) {
    return this.#serially(async () => {
      if (this.#track(kind) !== track) return;
      const { enabled } = track;
      this.#remove(kind, { silently: true });
      this.#selected[inputs[kind]] = "";
      this.#onNotice({ code: "device-lost", kind: inputs[kind], label: track.label });
      await this.#list();
      if (this.#devices[inputs[kind]].length > 0 && await this.#acquire([kind])) return this.#enable(kind, enabled);
      this.#fail({ kind, code: "ended", message: sentences.ended });
      this.#onTracks();
    });
  }

  /**
   * @param {"audio" | "video"} kind
   * @param {boolean} on
   */
  #enable(kind, on) {
    const track = this.#track(kind);
    if (!track || track.enabled === on) return;
    track.enabled = on;
    this.#settle();
  }

  /**
   * @param {"audio" | "video"} kind
   * @param {{ silently?: boolean }} [options]
   */
  #remove(kind, { silently = false } = {}) {
    const track = this.#track(kind);
    if (!track) return;
    this.#camera.removeTrack(track);
    track.onended = null;
    if (!this.#foreign.has(track)) track.stop();
    if (!silently) this.#settle();
  }

  #clearScreen() {
    const tracks = this.#screen.getTracks();
    for (const track of tracks) {
      track.onended = null;
      track.stop();
      this.#screen.removeTrack(track);
    }
    return tracks.length > 0;
  }

  #settle() {
    const failed = this.#problem && this.#problem.kind !== "screen" && this.#problem.code !== "ended" ? this.#problem.code : null;
    this.#status = this.#camera.getTracks().length > 0 ? "on" : failed ?? "off";
    if (this.#watching) this.#meter.watch(this.#track("audio"));
    this.#onTracks();
  }

  /** @param {Problem} problem */
  #fail(problem) {
    this.#problem = problem;
    if (this.#status === "asking" || problem.kind !== "screen") {
      const none = this.#camera.getTracks().length === 0;
      this.#status = none ? (problem.code === "ended" ? "off" : problem.code) : "on";
    }
    this.#onChange();
  }

  #devicesChanged = () => this.#serially(async () => {
    const before = this.#devices;
    await this.#list();
    for (const kind of /** @type {DeviceKind[]} */ (Object.keys(this.#devices))) {
      const fresh = this.#devices[kind].filter(({ deviceId }) => !before[kind].some((old) => old.deviceId === deviceId));
      // Before the first permission a list has one nameless entry a kind: no news.
      if (before[kind].length > 0 || kind !== "audiooutput")
        for (const { label } of fresh) if (label) this.#onNotice({ code: "device-new", kind, label });
    }
    const speaker = this.#selected.audiooutput;
    if (speaker && !this.#devices.audiooutput.some(({ deviceId }) => deviceId === speaker)) {
      this.#selected.audiooutput = "";
      this.#onNotice({ code: "device-lost", kind: "audiooutput" });
    }
    this.#onChange();
  });

  async #list() {
    const list = await this.#env.mediaDevices?.enumerateDevices?.() ?? [];
    /** @param {DeviceKind} kind */
    const of = (kind) => list.filter((device) => device.kind === kind && device.deviceId !== "")
      .map(({ deviceId, label }) => ({ deviceId, label }));
    this.#devices = { audioinput: of("audioinput"), videoinput: of("videoinput"), audiooutput: of("audiooutput") };
    this.#onChange();
  }

  /** @param {() => Promise<unknown>} step @returns {Promise<MediaState>} */
  #serially(step) {
    const done = this.#queue.then(step);
    this.#queue = done.then(() => {}, () => {});
    return done.then(() => this.state);
  }
}
