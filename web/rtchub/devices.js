// @ts-check
/**
 * @typedef {"refused" | "missing" | "busy" | "insecure" | "ended" | "error"} ProblemCode
 * @typedef {{ kind: "audio" | "video" | "screen", code: ProblemCode, message: string }} Problem
 * @typedef {"audioinput" | "videoinput" | "audiooutput"} DeviceKind
 * @typedef {{ deviceId: string, label: string }} Device
 * @typedef {"audio" | "video"} Kind
 */

/** @type {Record<ProblemCode, string>} */
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
 * @param {Problem["kind"]} kind
 * @param {ProblemCode} code
 * @returns {Problem}
 */
export function problem(kind, code) {
  return { kind, code, message: sentences[code] };
}

/**
 * @param {any} error  what getUserMedia or getDisplayMedia threw
 * @param {Problem["kind"]} kind
 */
export function problemOf(error, kind) {
  return problem(kind, codes[error?.name] ?? "error");
}

/** The device kind of a track kind. */
export const inputs = /** @type {const} */ ({ audio: "audioinput", video: "videoinput" });

/** What the machine has, what was chosen of it, and how to get hold of it. */
export class Devices {
  /** @type {Record<DeviceKind, Device[]>} */ list = { audioinput: [], videoinput: [], audiooutput: [] };
  /** Device ids; empty: whatever the browser takes. @type {Record<DeviceKind, string>} */
  selected = { audioinput: "", videoinput: "", audiooutput: "" };
  #mediaDevices; #permissions;

  /**
   * @param {MediaDevices | undefined} mediaDevices  missing on an insecure origin
   * @param {Permissions | undefined} permissions
   */
  constructor(mediaDevices, permissions) {
    this.#mediaDevices = mediaDevices;
    this.#permissions = permissions;
  }

  /**
   * Opens what it can of the kinds asked for: first together, so that the user is asked once, else one by one.
   * @param {Kind[]} kinds
   * @returns {Promise<{ tracks: MediaStreamTrack[], problem: Problem | null }>}
   */
  async open(kinds) {
    const main = kinds[kinds.length - 1];
    if (!this.#mediaDevices?.getUserMedia) return { tracks: [], problem: problem(main, "insecure") };
    try {
      return { tracks: await this.#get(kinds), problem: null };
    } catch (error) {
      const whole = problemOf(error, main);
      return kinds.length > 1 ? this.#openEach(kinds, whole) : { tracks: [], problem: whole };
    }
  }

  /** @returns {Promise<MediaStream>} */
  async openScreen() {
    if (!this.#mediaDevices?.getDisplayMedia) throw new TypeError("There is no screen to share here.");
    return this.#mediaDevices.getDisplayMedia({ video: { frameRate: { max: 15 } }, audio: true });
  }

  /**
   * Looks what is there now.
   * @returns {Promise<{ added: { kind: DeviceKind, label: string }[], speakerLost: boolean }>}
   */
  async refresh() {
    const before = this.list;
    const all = (await this.#mediaDevices?.enumerateDevices?.()) ?? [];
    /** @param {DeviceKind} kind */
    const of = (kind) => all.filter((device) => device.kind === kind && device.deviceId !== "")
      .map(({ deviceId, label }) => ({ deviceId, label }));
    this.list = { audioinput: of("audioinput"), videoinput: of("videoinput"), audiooutput: of("audiooutput") };

    const added = /** @type {DeviceKind[]} */ (Object.keys(this.list)).flatMap((kind) => this.list[kind]
      .filter(({ deviceId, label }) => label && !before[kind].some((old) => old.deviceId === deviceId))
      .map(({ label }) => ({ kind, label })));
    const speaker = this.selected.audiooutput;
    const speakerLost = speaker !== "" && !this.list.audiooutput.some(({ deviceId }) => deviceId === speaker);
    if (speakerLost) this.selected.audiooutput = "";
    return { added, speakerLost };
  }

  /**
   * One of the two may work. After a refusal the user is not asked again: only what is allowed already is tried.
   * @param {Kind[]} kinds
   * @param {Problem} whole
   */
  async #openEach(kinds, whole) {
    const tracks = [];
    /** @type {Problem | null} */
    let problem = null;
    for (const kind of kinds) {
      if (whole.code === "refused" && !(await this.#isGranted(kind))) {
        problem = { ...whole, kind };
        continue;
      }
      try {
        tracks.push(...await this.#get([kind]));
      } catch (error) {
        problem = problemOf(error, kind);
      }
    }
    return { tracks, problem };
  }

  /** A device that was chosen once and is not there today is no reason to fail. @param {Kind[]} kinds */
  async #get(kinds) {
    const devices = /** @type {MediaDevices} */ (this.#mediaDevices);
    try {
      return (await devices.getUserMedia(this.#constraints(kinds))).getTracks();
    } catch (error) {
      const chosen = kinds.filter((kind) => this.selected[inputs[kind]] !== "");
      if (/** @type {Error} */ (error)?.name !== "OverconstrainedError" || chosen.length === 0) throw error;
      for (const kind of chosen) this.selected[inputs[kind]] = "";
      return (await devices.getUserMedia(this.#constraints(kinds))).getTracks();
    }
  }

  /** @param {Kind} kind */
  async #isGranted(kind) {
    try {
      const name = /** @type {any} */ (kind === "audio" ? "microphone" : "camera");
      return (await this.#permissions?.query({ name }))?.state === "granted";
    } catch {
      return false; // a browser that does not know the name
    }
  }

  /** @param {Kind[]} kinds @returns {MediaStreamConstraints} */
  #constraints(kinds) {
    const { audioinput, videoinput } = this.selected;
    const audio = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
    const video = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30, max: 30 } };
    return {
      ...(kinds.includes("audio") && { audio: { ...audio, ...(audioinput && { deviceId: { exact: audioinput } }) } }),
      ...(kinds.includes("video") && { video: { ...video, ...(videoinput && { deviceId: { exact: videoinput } }) } }),
    };
  }
}
