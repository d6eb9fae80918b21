// @ts-check
/**
 * @typedef {object} Description  an `offer` or `answer` of docs/protocol.md section 6
 * @property {string} pc
 * @property {number} neg
 * @property {string} sdp
 * @property {string} [re]
 * @property {false} [trickle]
 * @property {Record<string, "camera" | "screen">} [streams]
 *
 * @typedef {{ pc: string, neg: number, candidate: RTCIceCandidateInit | null }} Candidate
 * @typedef {{ drop?: string[], delayMs?: Record<string, number> }} CandidateFilter
 *   what to do with own candidates of a type (`host`, `srflx`, `prflx`, `relay`)
 */

const heldMost = 200;

/**
 * Perfect negotiation of one `RTCPeerConnection`. It knows nothing of rooms: in goes what the other side sent, out comes
 * what is to be sent to it.
 *
 * Everything that touches a description runs in one queue, so that nothing is ever looked at half-way: where the pattern
 * as published needs flags for "an offer is being made" and "an answer is being set", an offer collides here exactly when
 * the state is not `stable` at its turn. The impolite side ignores a colliding offer; the polite side's
 * `setRemoteDescription` rolls its own back.
 */
export class Negotiation {
  /** Send candidates as they come; otherwise descriptions wait for the end of gathering. */ trickle = true;
  /** @type {CandidateFilter} */ filter = {};

  #pc; #tag; #polite; #send; #streams; #beforeAnswer; #onError; #clock;
  #queue = Promise.resolve();
  #closed = false;
  #waiting;
  /** The browser asked for a negotiation while `#waiting`. */
  #deferred = false;
  /** Somebody asked for an offer; unlike the browser's own wish it is not repeated when the state is stable again. */
  #wished = false;
  #peerTrickles = true;
  #offers = 0;
  /** The negotiation that own candidates belong to. */
  #current = 0;
  #lastRemoteOffer = 0;
  #ignoring = false;
  #sentIncomplete = false;
  /** The connection tag of the offer that is answered. */
  #remoteTag = "";
  /** The user name fragment whose gathering is over. */
  #gatheredFor = "";
  /** @type {(RTCIceCandidateInit)[]} Candidates whose description has not come yet. */
  #held = [];
  #delayed = 0;
  #ended = false;

  /**
   * @param {object} options
   * @param {RTCPeerConnection} options.pc
   * @param {string} options.tag  names `pc` to the other side
   * @param {boolean} options.polite
   * @param {boolean} [options.waits]  no offer of our own before the other side's first, or `begin()`
   * @param {(type: "offer" | "answer" | "candidate", d: Description | Candidate) => void} options.send
   * @param {() => Record<string, "camera" | "screen">} [options.streams]  what the streams we send are
   * @param {(d: Description) => void | Promise<void>} [options.beforeAnswer]  the offer is set, the answer not yet made:
   *   the moment to put tracks on the transceivers that it brought
   * @param {(error: unknown) => void} [options.onError]
   * @param {import("./types.js").Clock} options.clock
   */
  constructor({ pc, tag, polite, waits = false, send, streams, beforeAnswer, onError, clock }) {
    this.#pc = pc;
    this.#tag = tag;
    this.#polite = polite;
    this.#waiting = waits;
    this.#send = send;
    this.#streams = streams ?? (() => ({}));
    this.#beforeAnswer = beforeAnswer ?? (() => {});
    this.#onError = onError ?? (() => {});
    this.#clock = clock;
    pc.onnegotiationneeded = () => {
      if (this.#waiting) this.#deferred = true;
      else this.#enqueue(() => this.#makeOffer());
    };
    pc.onicecandidate = ({ candidate }) => this.#gathered(candidate);
    pc.onicegatheringstatechange = () => this.#gatheringChanged();
  }

  /** No more waiting for the other side to start. */
  begin() {
    if (!this.#waiting) return;
    this.#waiting = false;
    if (this.#deferred || this.#wished) this.#enqueue(() => this.#makeOffer());
  }

  /** Makes an offer as soon as none is outstanding, needed or not; several wishes make one offer. */
  offer() {
    this.#wished = true;
    this.#enqueue(() => this.#makeOffer());
  }

  /** Sends the local description again if its answer is still out: what was on the way may be lost. */
  resend() {
    this.#enqueue(() => {
      const { signalingState, localDescription } = this.#pc;
      if (signalingState === "have-local-offer" && localDescription) this.#describe("offer", this.#offers);
    });
  }

  /**
   * What the other side sent.
   * @param {"offer" | "answer" | "candidate"} type
   * @param {any} d
   */
  receive(type, d) {
    this.#enqueue(() => {
      if (type === "offer") return this.#receiveOffer(d);
      if (type === "answer") return this.#receiveAnswer(d);
      return this.#receiveCandidate(d.candidate);
    });
  }

  close() {
    this.#closed = true;
    this.#pc.onnegotiationneeded = this.#pc.onicecandidate = this.#pc.onicegatheringstatechange = null;
  }

  /** @param {() => void | Promise<void>} step */
  #enqueue(step) {
    this.#queue = this.#queue.then(() => (this.#closed ? undefined : step())).catch((error) => {
      if (!this.#closed) this.#onError(error);
    });
  }

  async #makeOffer() {
    // Once stable again the browser asks anew for what is still missing then; a wish waits in its flag.
    if (this.#waiting || this.#pc.signalingState !== "stable") return;
    this.#wished = false;
    await this.#pc.setLocalDescription();
    this.#describe("offer", ++this.#offers);
  }

  /** @param {Description} d */
  async #receiveOffer(d) {
    if (d.neg < this.#lastRemoteOffer) return;
    this.#ignoring = !this.#polite && this.#pc.signalingState !== "stable";
    if (this.#ignoring) return;
    this.#lastRemoteOffer = d.neg;
    this.#remoteTag = d.pc;
    this.#peerTrickles = d.trickle !== false;
    await this.#pc.setRemoteDescription({ type: "offer", sdp: d.sdp });
    await this.#release();
    await this.#beforeAnswer(d);
    await this.#pc.setLocalDescription();
    this.#describe("answer", d.neg);
    this.#waiting = false;
    if (this.#wished) this.offer();
  }

  /** @param {Description} d */
  async #receiveAnswer(d) {
    if (d.re !== this.#tag || d.neg !== this.#offers || this.#pc.signalingState !== "have-local-offer") return;
    this.#ignoring = false;
    this.#peerTrickles = d.trickle !== false;
    await this.#pc.setRemoteDescription({ type: "answer", sdp: d.sdp });
    await this.#release();
    if (!this.#peerTrickles && this.#sentIncomplete) {
      // It cannot use the candidates that went out one by one: it gets them in an offer, all at once.
      this.#sentIncomplete = false;
      this.#wished = true;
    }
    if (this.#wished) this.offer();
  }

  /** @param {RTCIceCandidateInit | null} candidate */
  async #receiveCandidate(candidate) {
    // The end is a candidate without text; a null argument would be refused by some browsers.
    const init = candidate ?? { candidate: "", sdpMLineIndex: 0 };
    if (!this.#applies(init)) {
      if (!this.#ignoring) this.#hold(init);
      return;
    }
    try {
      await this.#pc.addIceCandidate(init);
    } catch (error) {
      if (!this.#ignoring) throw error;
    }
  }

  /** A candidate belongs to the ICE generation that its user name fragment names. @param {RTCIceCandidateInit} init */
  #applies({ usernameFragment }) {
    const sdp = this.#pc.remoteDescription?.sdp;
    return sdp !== undefined && (!usernameFragment || sdp.includes(`a=ice-ufrag:${usernameFragment}\r\n`));
  }

  /** @param {RTCIceCandidateInit} init */
  #hold(init) {
    this.#held.push(init);
    if (this.#held.length > heldMost) this.#held.shift();
  }

  async #release() {
    for (const init of this.#held.splice(0)) await this.#receiveCandidate(init);
  }

  /**
   * Sends the local description: now, or when it is complete if this side or the other does not trickle.
   * @param {"offer" | "answer"} type
   * @param {number} neg
   */
  #describe(type, neg) {
    this.#current = neg;
    if (!this.#complete && !this.#mayTrickle) {
      this.#pending = { type, neg };
      return;
    }
    this.#pending = null;
    this.#sentIncomplete = !this.#complete;
    const sdp = this.#filtered(this.#pc.localDescription?.sdp ?? "");
    /** @type {Description} */
    const d = { pc: this.#tag, neg, sdp: this.#mayTrickle ? sdp : withEnd(sdp), streams: this.#streams() };
    if (type === "answer") d.re = this.#remoteTag;
    if (!this.trickle) d.trickle = false;
    this.#send(type, d);
  }
  /** @type {{ type: "offer" | "answer", neg: number } | null} A description that waits for the end of gathering. */
  #pending = null;

  /** Just after an ICE restart the state still tells of the generation before. */
  get #complete() {
    return this.#pc.iceGatheringState === "complete" && this.#gatheredFor === ufrag(this.#pc.localDescription);
  }

  get #mayTrickle() {
    return this.trickle && this.#peerTrickles;
  }

  #gatheringChanged() {
    if (this.#pc.iceGatheringState === "gathering") this.#ended = false;
    if (this.#pc.iceGatheringState !== "complete") return;
    this.#gatheredFor = ufrag(this.#pc.localDescription);
    if (!this.#pending) return;
    this.#enqueue(() => {
      if (!this.#pending || this.#pending.neg !== this.#current) return;
      const { type, neg } = this.#pending;
      if (this.#pc.localDescription?.type === type) this.#describe(type, neg);
    });
  }

  /** @param {RTCIceCandidate | null} candidate */
  #gathered(candidate) {
    if (!this.#mayTrickle || this.#pending) return;
    if (candidate === null || candidate.candidate === "") {
      this.#ended = true;
      return this.#sendEnd();
    }
    const type = candidate.type ?? "";
    if (this.filter.drop?.includes(type)) return;
    const neg = this.#current;
    const send = () => this.#send("candidate", { pc: this.#tag, neg, candidate: candidate.toJSON() });
    const delay = this.filter.delayMs?.[type] ?? 0;
    if (delay === 0) return send();
    this.#delayed++;
    this.#clock.setTimeout(() => {
      this.#delayed--;
      if (this.#closed) return;
      send();
      this.#sendEnd();
    }, delay);
  }

  /** The end comes once, after the last candidate that was held back. */
  #sendEnd() {
    if (!this.#ended || this.#delayed > 0) return;
    this.#ended = false;
    this.#send("candidate", { pc: this.#tag, neg: this.#current, candidate: null });
  }

  /** Takes candidates that are dropped, or go out later by themselves, out of a description. @param {string} sdp */
  #filtered(sdp) {
    const { drop = [], delayMs = {} } = this.filter;
    if (drop.length === 0 && Object.keys(delayMs).length === 0) return sdp;
    return sdp.split("\r\n").filter((line) => {
      const type = /^a=candidate:.* typ (\w+)/.exec(line)?.[1];
      return type === undefined || !(drop.includes(type) || (this.#mayTrickle && (delayMs[type] ?? 0) > 0));
    }).join("\r\n");
  }
}

/** @param {RTCSessionDescription | null} description */
function ufrag(description) {
  return /^a=ice-ufrag:(\S+)/m.exec(description?.sdp ?? "")?.[1] ?? "";
}

/**
 * Says in each section with candidates that there are no more (RFC 8840 4.4); not every browser does.
 * @param {string} sdp  complete
 */
function withEnd(sdp) {
  if (sdp.includes("a=end-of-candidates")) return sdp;
  return sdp.replace(/(?:^a=candidate:.*\r\n)+/gm, "$&a=end-of-candidates\r\n");
}
