// @ts-check
/** @import { Device, DeviceKind, Kind, Problem } from "./devices.js" */
/** @import { Outgoing } from "./slots.js" */
/** @import { Clock } from "./types.js" */
import { Devices, inputs, problem, problemOf } from "./devices.js";
import { LevelMeter } from "./level.js";

/**
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
 *
 * @typedef {object} MediaEnvironment  what of the browser is used
 * @property {MediaDevices} [mediaDevices]
 * @property {Permissions} [permissions]
 * @property {typeof MediaStream} MediaStream
 * @property {typeof AudioContext} [AudioContext]
 */

/**
 * Own camera, microphone and screen. Nothing here rejects because of a device: what went wrong is `state.problem`, and
 * the call goes on without it. Switching the camera off stops its track, or its light would stay on; a muted microphone
 * is kept, so that the first word is not lost when it comes back.
 */
export class Media {
  #devices; #mediaDevices; #meter; #onChange; #onTracks; #onNotice;
  #asking = false;
  /** @type {Problem | null} */ #problem = null;
  /** Both live as long as this object: who shows or sends them need not be told of another track. */
  #camera; #screen;
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
   * @param {MediaEnvironment} [options.env]
   */
  constructor({ onChange, onTracks, onNotice, clock, env = browser() }) {
    this.#onChange = onChange;
    this.#onTracks = onTracks;
    this.#onNotice = onNotice;
    this.#camera = new env.MediaStream();
    this.#screen = new env.MediaStream();
    this.#meter = new LevelMeter({ AudioContext: env.AudioContext, clock, onLevel: onChange });
    this.#mediaDevices = env.mediaDevices;
    this.#devices = new Devices(env.mediaDevices, env.permissions);
    this.#mediaDevices?.addEventListener?.("devicechange", this.#devicesChanged);
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
      devices: this.#devices.list,
      selected: { ...this.#devices.selected },
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
   */
  start({ audio = true, video = true } = {}) {
    return this.#serially(async () => {
      const kinds = /** @type {Kind[]} */ (["audio", "video"])
        .filter((kind) => (kind === "audio" ? audio : video) && !this.#track(kind));
      if (audio) this.#enable("audio", true);
      if (kinds.length > 0) await this.#acquire(kinds);
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
      else if (!on && this.#remove("video")) this.#onTracks();
    });
  }

  /**
   * Takes another device; one that is in use is exchanged at once. A speaker is only noted: the view applies it.
   * @param {DeviceKind} kind
   * @param {string} deviceId
   */
  select(kind, deviceId) {
    return this.#serially(async () => {
      const before = this.#devices.selected[kind];
      this.#devices.selected[kind] = deviceId;
      const input = kind === "audioinput" ? "audio" : kind === "videoinput" ? "video" : null;
      const current = input && this.#track(input);
      if (!input || !current) return this.#onChange();
      const { enabled } = current;
      // Many phones open one camera at a time, so the old one goes first.
      this.#remove(input);
      if (!(await this.#acquire([input], { enabled }))) {
        const why = this.#problem;
        this.#devices.selected[kind] = before;
        await this.#acquire([input], { enabled });
        this.#problem = why;
        this.#onChange();
      }
    });
  }

  shareScreen() {
    return this.#serially(async () => {
      try {
        const stream = await this.#devices.openScreen();
        this.#clearScreen();
        for (const track of stream.getTracks()) {
          if (track.kind === "video") track.contentHint = "detail";
          track.onended = () => this.stopScreen();
          this.#screen.addTrack(track);
        }
        this.#problem = null;
        this.#onTracks();
      } catch (error) {
        this.#problem = this.#mediaDevices ? problemOf(error, "screen") : problem("screen", "insecure");
        this.#onChange();
      }
    });
  }

  stopScreen() {
    return this.#serially(async () => {
      if (this.#clearScreen()) this.#onTracks();
    });
  }

  /**
   * Sends tracks of the program's own (a canvas, a file) in the place of camera and microphone; null takes one away.
   * @param {{ audio?: MediaStreamTrack | null, video?: MediaStreamTrack | null }} tracks
   */
  useTracks(tracks) {
    return this.#serially(async () => {
      for (const kind of /** @type {Kind[]} */ (["audio", "video"])) {
        const track = tracks[kind];
        if (track === undefined) continue;
        this.#remove(kind);
        if (!track) continue;
        this.#foreign.add(track);
        this.#camera.addTrack(track);
      }
      this.#tracksChanged();
    });
  }

  /** Measures the own microphone ten times a second, for a meter. @param {boolean} on */
  watchLevel(on) {
    this.#watching = on;
    this.#meter.watch(on ? this.#track("audio") : null);
  }

  /** Frees camera, microphone and screen: no light stays on. */
  stop() {
    return this.#serially(async () => this.#stop());
  }

  /** The same at once, and for good. */
  close() {
    this.#mediaDevices?.removeEventListener?.("devicechange", this.#devicesChanged);
    this.#stop();
    this.#meter.close();
  }

  #stop() {
    this.#remove("audio");
    this.#remove("video");
    this.#clearScreen();
    this.#tracksChanged();
  }

  /** @returns {MediaStatus} */
  get #status() {
    if (this.#asking) return "asking";
    if (this.#camera.getTracks().length > 0) return "on";
    const { kind, code } = this.#problem ?? {};
    return !code || kind === "screen" || code === "ended" ? "off" : code;
  }

  /** @param {Kind} kind */
  #track(kind) {
    return (kind === "audio" ? this.#camera.getAudioTracks() : this.#camera.getVideoTracks())[0] ?? null;
  }

  /**
   * @param {Kind[]} kinds
   * @param {{ enabled?: boolean }} [options]
   * @returns {Promise<boolean>}  whether all of them are there now
   */
  async #acquire(kinds, { enabled = true } = {}) {
    this.#asking = true;
    this.#onChange();
    const { tracks, problem } = await this.#devices.open(kinds);
    this.#asking = false;
    this.#problem = problem;
    for (const track of tracks) {
      const kind = /** @type {Kind} */ (track.kind);
      this.#remove(kind);
      track.enabled = enabled;
      track.onended = () => this.#lost(kind, track);
      this.#devices.selected[inputs[kind]] = track.getSettings().deviceId ?? "";
      this.#camera.addTrack(track);
    }
    this.#tracksChanged();
    // With the permission come the names.
    await this.#devices.refresh();
    this.#onChange();
    return problem === null;
  }

  /**
   * A device was pulled out, or its permission withdrawn: goes on with the default one.
   * @param {Kind} kind
   * @param {MediaStreamTrack} track
   */
  #lost(kind, track) {
    return this.#serially(async () => {
      if (this.#track(kind) !== track) return;
      const { enabled, label } = track;
      this.#remove(kind);
      this.#devices.selected[inputs[kind]] = "";
      this.#onNotice({ code: "device-lost", kind: inputs[kind], label });
      await this.#devices.refresh();
      const others = this.#devices.list[inputs[kind]].length > 0;
      if (others && await this.#acquire([kind], { enabled })) return;
      this.#problem = problem(kind, "ended");
      this.#tracksChanged();
    });
  }

  /**
   * @param {Kind} kind
   * @param {boolean} on
   */
  #enable(kind, on) {
    const track = this.#track(kind);
    if (!track || track.enabled === on) return;
    track.enabled = on;
    this.#onTracks();
  }

  /** @param {Kind} kind */
  #remove(kind) {
    const track = this.#track(kind);
    if (!track) return false;
    this.#camera.removeTrack(track);
    track.onended = null;
    if (!this.#foreign.has(track)) track.stop();
    return true;
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

  #tracksChanged() {
    if (this.#watching) this.#meter.watch(this.#track("audio"));
    this.#onTracks();
  }

  #devicesChanged = () => this.#serially(async () => {
    const { added, speakerLost } = await this.#devices.refresh();
    for (const { kind, label } of added) this.#onNotice({ code: "device-new", kind, label });
    if (speakerLost) this.#onNotice({ code: "device-lost", kind: "audiooutput" });
    this.#onChange();
  });

  /** @param {() => Promise<unknown>} step @returns {Promise<MediaState>} */
  #serially(step) {
    const done = this.#queue.then(step);
    this.#queue = done.then(() => {}, () => {});
    return done.then(() => this.state);
  }
}

/** @returns {MediaEnvironment} */
function browser() {
  const { mediaDevices, permissions } = globalThis.navigator ?? {};
  return { mediaDevices, permissions, MediaStream: globalThis.MediaStream, AudioContext: globalThis.AudioContext };
}
