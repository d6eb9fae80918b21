// @ts-check
/** @import { Clock } from "./types.js" */

/** @typedef {{ at: number, kind: string, value: any }} LogEntry  what a peer event of web/README.md tells, and when */

const most = 500;

/** What happens to a connection, written down for the lab. It goes on when another `RTCPeerConnection` takes over. */
export class Journal {
  /** The newest 500. @type {LogEntry[]} */ log = [];
  /** Own candidates of the present connection. @type {RTCIceCandidate[]} */ local = [];
  /** @type {RTCIceCandidate[]} */ remote = [];
  #clock; #onLog;

  /** @param {{ clock: Clock, onLog: (entry: LogEntry) => void }} options */
  constructor({ clock, onLog }) {
    this.#clock = clock;
    this.#onLog = onLog;
  }

  /** @param {RTCPeerConnection} pc */
  watch(pc) {
    this.local = [];
    this.remote = [];
    pc.addEventListener("signalingstatechange", () => this.add("signaling", pc.signalingState));
    pc.addEventListener("iceconnectionstatechange", () => this.add("ice", pc.iceConnectionState));
    pc.addEventListener("icegatheringstatechange", () => this.add("gathering", pc.iceGatheringState));
    pc.addEventListener("connectionstatechange", () => this.add("connection", pc.connectionState));
    pc.addEventListener("icecandidate", ({ candidate }) => {
      if (candidate?.candidate) this.local.push(candidate);
      this.add("candidate", candidate?.candidate ? candidate : null);
    });
  }

  /**
   * What we sent. A candidate goes out later than it was gathered, or never, where a filter says so.
   * @param {string} type
   * @param {any} d
   */
  sent(type, d) {
    if (type === "candidate") this.add("sent-candidate", d.candidate);
    else this.add("description", { side: "local", type, ...d });
  }

  /**
   * What the other side sent.
   * @param {string} type
   * @param {any} d
   */
  received(type, d) {
    if (type !== "candidate") {
      this.add("description", { side: "remote", type, ...d });
      for (const [, line] of String(d.sdp).matchAll(/^a=(candidate:.*?)\r?$/gm)) this.#candidate({ candidate: line, sdpMLineIndex: 0 });
    } else if (d.candidate?.candidate) {
      this.#candidate(d.candidate);
    } else {
      this.add("remote-candidate", null);
    }
  }

  /**
   * @param {string} kind
   * @param {any} value
   */
  add(kind, value) {
    const entry = { at: this.#clock.now(), kind, value };
    this.log.push(entry);
    if (this.log.length > most) this.log.shift();
    this.#onLog(entry);
  }

  /** @param {RTCIceCandidateInit} init */
  #candidate(init) {
    try {
      const candidate = new RTCIceCandidate(init);
      this.remote.push(candidate);
      this.add("remote-candidate", candidate);
    } catch {
      // What cannot be read is no candidate; the negotiation reports it.
    }
  }
}
