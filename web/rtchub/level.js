// @ts-check
const everyMs = 100;

/** The loudness of one audio track, 0 to 1, measured only while somebody watches. */
export class LevelMeter {
  level = 0;
  #AudioContext; #clock; #onLevel;
  /** @type {AudioContext | null} Made when first needed: before a gesture of the user it would be suspended. */ #context = null;
  /** @type {MediaStreamAudioSourceNode | null} */ #source = null;
  /** @type {AnalyserNode | null} */ #analyser = null;
  /** @type {MediaStreamTrack | null} */ #track = null;
  /** @type {any} */ #timer = null;

  /** @param {{ AudioContext?: typeof AudioContext, clock: import("./types.js").Clock, onLevel: () => void }} options */
  constructor({ AudioContext, clock, onLevel }) {
    this.#AudioContext = AudioContext;
    this.#clock = clock;
    this.#onLevel = onLevel;
  }

  /** @param {MediaStreamTrack | null} track  null stops */
  watch(track) {
    if (track === this.#track) return;
    this.#stop();
    this.#track = track;
    if (!track || !this.#AudioContext) return;
    this.#context ??= new this.#AudioContext();
    this.#analyser = this.#context.createAnalyser();
    this.#analyser.fftSize = 1024;
    this.#source = this.#context.createMediaStreamSource(new MediaStream([track]));
    this.#source.connect(this.#analyser);
    this.#measure();
  }

  close() {
    this.#stop();
    this.#track = null;
    this.#context?.close().catch(() => {});
    this.#context = null;
  }

  #measure() {
    const analyser = /** @type {AnalyserNode} */ (this.#analyser);
    const context = /** @type {AudioContext} */ (this.#context);
    const samples = new Float32Array(analyser.fftSize);
    const tick = () => {
      // Suspended until a gesture, and on phones after a call: asked again each time, the answer costs nothing.
      if (context.state === "suspended") context.resume().catch(() => {});
      analyser.getFloatTimeDomainData(samples);
      const level = Math.min(1, Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length));
      if (level !== this.level) {
        this.level = level;
        this.#onLevel();
      }
      this.#timer = this.#clock.setTimeout(tick, everyMs);
    };
    tick();
  }

  #stop() {
    this.#clock.clearTimeout(this.#timer);
    this.#source?.disconnect();
    this.#source = this.#analyser = null;
    this.level = 0;
  }
}
