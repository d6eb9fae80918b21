// @ts-check
/**
 * The signalling half of an RTCPeerConnection: states, the operations chain, implicit descriptions and rollback, the
 * negotiation-needed flag and ICE generations, as W3C WebRTC has them. What is negotiated are "sections": plain names.
 * Each operation takes as long as `delay()` says.
 */
export class FakePeerConnection extends EventTarget {
  signalingState = "stable";
  iceGatheringState = "new";
  /** @type {any} */ onnegotiationneeded = null;
  /** @type {any} */ onicecandidate = null;
  /** @type {any} */ onicegatheringstatechange = null;
  /** Sections that this side wants. @type {Set<string>} */ wanted = new Set();
  /** Sections that both have agreed on. @type {Set<string>} */ agreed = new Set();
  /** @type {string[]} Candidates of the other side that were taken. */ taken = [];
  rollbacks = 0;
  /** Candidates appear only when the test lets them. */ gathers = true;

  #current = { local: /** @type {any} */ (null), remote: /** @type {any} */ (null) };
  #pending = { local: /** @type {any} */ (null), remote: /** @type {any} */ (null) };
  /** @type {Promise<unknown>} */ #chain = Promise.resolve();
  #chained = 0;
  #needed = false;
  #restart = false;
  #generation = 0;
  #generations = 0;
  /** Candidate lines by generation: every later description has them. @type {Map<string, string[]>} */ #gathered = new Map();
  #clock; #delay; #name;

  /** @param {{ name: string, clock: import("./clock.js").FakeClock, delay?: () => number }} options */
  constructor({ name, clock, delay = () => 0 }) {
    super();
    this.#name = name;
    this.#clock = clock;
    this.#delay = delay;
  }

  get localDescription() {
    return this.#pending.local ?? this.#current.local;
  }

  get remoteDescription() {
    return this.#pending.remote ?? this.#current.remote;
  }

  /** @param {string} section */
  want(section) {
    this.wanted.add(section);
    this.#update();
  }

  restartIce() {
    this.#restart = true;
    this.#update();
  }

  setLocalDescription() {
    return this.#operate(() => {
      const answers = this.signalingState === "have-remote-offer";
      if (!answers && this.signalingState !== "stable" && this.signalingState !== "have-local-offer") throw invalid(this.signalingState);
      const renew = this.#generation === 0 || (answers ? this.#remoteRestarted() : this.#restart);
      if (renew) this.#generation = ++this.#generations;
      if (answers) {
        const sections = parse(this.#pending.remote.sdp).sections;
        this.agreed = new Set([...this.agreed, ...sections]);
        this.#current = { local: this.#describe("answer", sections), remote: this.#pending.remote };
        this.#pending = { local: null, remote: null };
        if (renew) this.#restart = false;
        this.#become("stable");
      } else {
        this.#pending.local = this.#describe("offer", [...new Set([...this.agreed, ...this.wanted])]);
        this.#become("have-local-offer");
      }
      if (renew) this.gather();
    });
  }

  /** @param {{ type: string, sdp: string }} description */
  setRemoteDescription(description) {
    return this.#operate(() => {
      if (description.type === "offer") {
        if (this.signalingState === "have-local-offer") {
          this.rollbacks++;
          this.#pending.local = null;
          // The credentials of the offer go with it.
          this.#generation = Number(this.#current.local && parse(this.#current.local.sdp).ufrag?.slice(1));
        } else if (this.signalingState !== "stable") {
          throw invalid(this.signalingState);
        }
        this.#pending.remote = description;
        this.#take(description.sdp);
        this.#become("have-remote-offer");
      } else {
        if (this.signalingState !== "have-local-offer") throw invalid(this.signalingState);
        this.agreed = new Set([...this.agreed, ...parse(this.#pending.local.sdp).sections]);
        this.#current = { local: this.#pending.local, remote: description };
        this.#take(description.sdp);
        this.#pending = { local: null, remote: null };
        this.#restart = false;
        this.#become("stable");
      }
    });
  }

  /** @param {{ candidate: string, usernameFragment?: string }} init */
  addIceCandidate(init) {
    return this.#operate(() => {
      if (!this.remoteDescription) throw invalid("no remote description");
      const { usernameFragment: ufrag } = init;
      if (ufrag && !this.remoteDescription.sdp.includes(`a=ice-ufrag:${ufrag}\r\n`)) throw new Error("OperationError: unknown ufrag");
      if (init.candidate && !this.taken.includes(init.candidate)) this.taken.push(init.candidate);
    });
  }

  /** Two candidates and the end, unless the generation is rolled back or replaced meanwhile. */
  async gather() {
    const ufrag = this.#ufrag;
    /** @type {string[]} */ const lines = [];
    this.#gathered.set(ufrag, lines);
    this.iceGatheringState = "gathering";
    await this.#pause();
    this.onicegatheringstatechange?.();
    for (const type of ["host", "srflx"]) {
      await this.#pause();
      if (!this.gathers || !this.#isAlive(ufrag)) return;
      const line = `candidate:${ufrag} 1 udp 1 192.0.2.1 9 typ ${type}`;
      lines.push(line);
      for (const description of [this.#current.local, this.#pending.local])
        if (description && parse(description.sdp).ufrag === ufrag) description.sdp += `a=${line}\r\n`;
      this.onicecandidate?.({ candidate: { candidate: line, type, toJSON: () => ({ candidate: line, usernameFragment: ufrag }) } });
    }
    await this.#pause();
    if (ufrag !== this.#ufrag) return;
    this.iceGatheringState = "complete";
    this.onicegatheringstatechange?.();
    this.onicecandidate?.({ candidate: null });
  }

  /** @param {string} sdp */
  #take(sdp) {
    for (const [, line] of sdp.matchAll(/^a=(candidate:.*)\r$/gm)) if (!this.taken.includes(line)) this.taken.push(line);
  }

  /** @param {string} ufrag */
  #isAlive(ufrag) {
    return [this.#current.local, this.#pending.local].some((description) => description && parse(description.sdp).ufrag === ufrag);
  }

  get #ufrag() {
    return `${this.#name}${this.#generation}`;
  }

  #remoteRestarted() {
    const before = this.#current.remote && parse(this.#current.remote.sdp).ufrag;
    return before !== null && before !== parse(this.#pending.remote.sdp).ufrag;
  }

  /** @param {string} type @param {Iterable<string>} sections */
  #describe(type, sections) {
    const lines = (this.#gathered.get(this.#ufrag) ?? []).map((line) => `a=${line}\r\n`).join("");
    return { type, sdp: `s=${[...sections].join()}\r\na=ice-ufrag:${this.#ufrag}\r\n${lines}` };
  }

  /** @param {string} state */
  #become(state) {
    this.signalingState = state;
    if (state === "stable") {
      this.#needed = false;
      this.#update();
    }
  }

  #update() {
    if (this.#chained > 0 || this.signalingState !== "stable") return;
    const needed = this.#restart || [...this.wanted].some((section) => !this.agreed.has(section));
    if (!needed || this.#needed) return;
    this.#needed = true;
    this.#clock.setTimeout(() => {
      if (this.#chained > 0) {
        this.#needed = false; // asked again when the chain is empty
      } else if (this.signalingState === "stable" && this.#needed) {
        this.onnegotiationneeded?.();
      }
    }, 0);
  }

  /** @param {() => void} operation */
  #operate(operation) {
    this.#chained++;
    const done = this.#chain.then(() => this.#pause()).then(operation);
    this.#chain = done.catch(() => {}).then(() => {
      this.#chained--;
      this.#update();
    });
    return done;
  }

  #pause() {
    return new Promise((resolve) => this.#clock.setTimeout(() => resolve(undefined), this.#delay()));
  }
}

/** @param {string} sdp */
function parse(sdp) {
  return {
    sections: (/^s=(.*)\r$/m.exec(sdp)?.[1] ?? "").split(",").filter(Boolean),
    ufrag: /^a=ice-ufrag:(.*)\r$/m.exec(sdp)?.[1] ?? null,
  };
}

/** @param {string} why */
function invalid(why) {
  return new Error(`InvalidStateError: ${why}`);
}
