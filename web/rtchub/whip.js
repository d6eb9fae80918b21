// @ts-check
/** @import { Clock, ErrorBody } from "./types.js" */
import { HubError } from "./errors.js";
import { WhipResource } from "./whipresource.js";

/**
 * @typedef {"new" | "connecting" | "live" | "waiting" | "recovering" | "refused" | "ended" | "stopped"} WhipState
 *   `waiting`: nobody publishes, or the hub is busy or away; it is tried again at `retryAt`. `recovering`: the path was lost and
 *   is looked for. `ended`: by the hub. `stopped`: by us.
 * @typedef {{ kbps: number, width: number, height: number, fps: number, codec: string }} WhipFacts
 * @typedef {object} WhipEnvironment  what of the browser is used
 * @property {typeof RTCPeerConnection} RTCPeerConnection
 * @property {typeof MediaStream} MediaStream
 * @property {typeof fetch} fetch
 */

/** The hub bundles everything on one transport. @type {RTCConfiguration} */
const configuration = { bundlePolicy: "max-bundle" };
/** A path that is gone for so long is looked for anew; shorter breaks mend themselves. */
const lostMs = 3000;
/** From the answer to media. */
const connectMs = 15_000;
/** So long a hub has to answer that we go. */
const goodbyeMs = 1000;
const backOffMs = [1000, 2000, 4000, 8000, 15_000];

/**
 * Publishes a stream by WHIP, or plays one by WHEP, and keeps it up: waits for a publisher, restarts ICE when the path is lost,
 * begins anew when the hub has forgotten the session. Fires `change` when `state`, `error`, `retryAt` or `stream` change.
 */
export class WhipClient extends EventTarget {
  /** @type {WhipState} */ state = "new";
  /** Why it waits or was refused. @type {ErrorBody | null} */ error = null;
  /** Epoch milliseconds. @type {number | null} */ retryAt = null;
  /** What is published, or what is played. @type {MediaStream} */ stream;
  /** @type {RTCPeerConnection | null} */ pc = null;

  #endpoint; #token; #publishes; #clock; #env;
  /** @type {WhipResource | null} */ #resource = null;
  #answer = "";
  #failures = 0;
  /** What is under way belongs to this connection; a later one makes it void. */ #round = 0;
  /** @type {any} */ #timer = null;
  #counted = { bytes: 0, frames: 0, at: 0 };

  /**
   * @param {object} options
   * @param {string | URL} options.url  of the endpoint: `/whip/{room}` or `/whep/{room}`, also with `?participant=`
   * @param {string | null} [options.token]  a join token, or on an open hub the passcode of the room
   * @param {MediaStream | null} [options.stream]  to publish; none: plays
   * @param {Clock} [options.clock]
   * @param {WhipEnvironment} [options.env]
   */
  constructor({ url, token = null, stream = null, clock = systemClock, env = globalThis }) {
    super();
    this.#endpoint = new URL(url, globalThis.location?.href);
    this.#token = token;
    this.#publishes = stream !== null;
    this.#clock = clock;
    this.#env = env;
    this.stream = stream ?? new env.MediaStream();
  }

  start() {
    this.#become("connecting");
    return this.#open();
  }

  /** Ends it for good; also right while a page is being closed. */
  stop() {
    this.#abandon();
    this.#become("stopped");
  }

  /** Exchanges what is sent without asking the hub. @param {MediaStreamTrack} track */
  async replace(track) {
    const sender = this.pc?.getTransceivers().map(each => each.sender).find(each => each.track?.kind === track.kind);
    await sender?.replaceTrack(track);
  }

  /** How loud what is played is at this moment, 0 to 1. */
  get level() {
    const audio = this.#publishes ? undefined : this.pc?.getReceivers().find(receiver => receiver.track.kind === "audio");
    return audio?.getSynchronizationSources()[0]?.audioLevel ?? 0;
  }

  /** What flows now, measured since the last call. @returns {Promise<WhipFacts | null>} */
  async measure() {
    if (!this.pc) return null;
    const reports = [.../** @type {any} */ (await this.pc.getStats()).values()];
    const streams = reports.filter(report => report.type === (this.#publishes ? "outbound-rtp" : "inbound-rtp"));
    const video = streams.find(report => report.kind === "video");
    const bytes = streams.reduce((sum, report) => sum + (report.bytesSent ?? report.bytesReceived ?? 0), 0);
    const frames = video?.framesEncoded ?? video?.framesDecoded ?? 0;
    const before = this.#counted;
    this.#counted = { bytes, frames, at: this.#clock.now() };
    const seconds = Math.max(0.001, (this.#counted.at - before.at) / 1000);
    return {
      kbps: before.at ? Math.max(0, Math.round((bytes - before.bytes) * 8 / 1000 / seconds)) : 0,
      width: video?.frameWidth ?? 0,
      height: video?.frameHeight ?? 0,
      fps: before.at ? Math.max(0, Math.round((frames - before.frames) / seconds)) : 0,
      codec: reports.find(report => report.id === video?.codecId)?.mimeType?.replace("video/", "") ?? "",
    };
  }

  async #open() {
    this.#abandon();
    const round = this.#round;
    const pc = this.pc = this.#connect();
    const resource = this.#resource = new WhipResource({ endpoint: this.#endpoint, token: this.#token, fetch: this.#env.fetch.bind(globalThis) });
    try {
      // The servers come with the answer, and gathering begins with the local description: so the offer is posted first.
      const offer = await pc.createOffer();
      const { answer, iceServers } = await resource.post(offer.sdp ?? "");
      if (round !== this.#round) return resource.delete();
      if (iceServers.length > 0) pc.setConfiguration({ ...configuration, iceServers });
      this.#answer = answer;
      this.#later(connectMs, () => this.#again(new HubError({ code: "unconnected", message: "No way to the media server was found." })));
      await pc.setLocalDescription(offer);
      await pc.setRemoteDescription({ type: "answer", sdp: answer });
      this.#watchEnd(pc);
    } catch (error) {
      if (round === this.#round) this.#failed(error);
    }
  }

  #connect() {
    const pc = new this.#env.RTCPeerConnection(configuration);
    if (this.#publishes) {
      for (const track of this.stream.getTracks()) pc.addTransceiver(track, { direction: "sendonly", streams: [this.stream] });
    } else {
      const tracks = ["audio", "video"].map(kind => pc.addTransceiver(kind, { direction: "recvonly" }).receiver.track);
      this.stream = new this.#env.MediaStream(tracks);
    }
    pc.onconnectionstatechange = () => this.#connectionChanged(pc);
    return pc;
  }

  /** @param {RTCPeerConnection} pc */
  #connectionChanged(pc) {
    if (pc !== this.pc) return;
    if (pc.connectionState === "connected") {
      this.#clock.clearTimeout(this.#timer);
      this.#failures = 0;
      this.#become("live");
    } else if (pc.connectionState === "disconnected") {
      this.#later(lostMs, () => this.#restart());
    } else if (pc.connectionState === "failed") {
      this.#restart();
    }
  }

  /** The hub says goodbye by closing DTLS. @param {RTCPeerConnection} pc */
  #watchEnd(pc) {
    const transport = pc.getTransceivers().map(({ sender, receiver }) => sender.transport ?? receiver.transport).find(Boolean);
    transport?.addEventListener("statechange", () => {
      if (pc !== this.pc || transport.state !== "closed") return;
      this.#resource = null; // Gone already.
      this.#abandon();
      this.#become("ended");
    });
  }

  async #restart() {
    const { pc } = this;
    if (!pc) return;
    const round = this.#round;
    this.#become("recovering");
    try {
      const offer = await pc.createOffer({ iceRestart: true });
      const answer = await /** @type {WhipResource} */ (this.#resource).restart(offer.sdp ?? "", this.#answer);
      if (round !== this.#round) return;
      this.#answer = answer;
      this.#later(connectMs, () => this.#restart());
      await pc.setLocalDescription(offer);
      await pc.setRemoteDescription({ type: "answer", sdp: answer });
    } catch (error) {
      if (round !== this.#round) return;
      const { code } = /** @type {HubError} */ (error);
      if (code === "not_found") this.#resource = null;
      if (code === "unreachable" || code === "unavailable") this.#later(this.#backOff(), () => this.#restart());
      else this.#open(); // The hub has forgotten us, or the browser cannot go on with this connection.
    }
  }

  /** @param {any} error */
  #failed(error) {
    const known = error instanceof HubError ? error : new HubError({ code: "internal", message: String(error?.message ?? error) });
    // Whoever says when to come back, or is away, is asked again. A wrong passcode stays wrong, however long one waits.
    const passes = known.retryAfterMs !== undefined || ["unreachable", "unavailable"].includes(known.code);
    if (passes && known.code !== "passcode_wrong") this.#again(known);
    else {
      this.#abandon();
      this.#become("refused", known);
    }
  }

  /** @param {HubError} error */
  #again(error) {
    this.#abandon();
    const wait = error.retryAfterMs ?? this.#backOff();
    this.retryAt = this.#clock.now() + wait;
    this.#later(wait, () => this.#open());
    this.#become("waiting", error, this.retryAt);
  }

  #backOff() {
    return backOffMs[Math.min(this.#failures++, backOffMs.length - 1)];
  }

  #abandon() {
    this.#round++;
    this.#clock.clearTimeout(this.#timer);
    if (this.pc) this.#close(this.pc, this.#resource);
    this.#resource = this.pc = null;
    this.#counted = { bytes: 0, frames: 0, at: 0 };
  }

  /**
   * The session is deleted before DTLS says goodbye: else the hub would have ended it already, and know nothing to delete.
   * @param {RTCPeerConnection} pc
   * @param {WhipResource | null} resource
   */
  #close(pc, resource) {
    const timer = this.#clock.setTimeout(() => pc.close(), goodbyeMs);
    (resource?.delete() ?? Promise.resolve()).then(() => {
      this.#clock.clearTimeout(timer);
      pc.close();
    });
  }

  /** @param {number} ms @param {() => unknown} run */
  #later(ms, run) {
    this.#clock.clearTimeout(this.#timer);
    this.#timer = this.#clock.setTimeout(run, ms);
  }

  /**
   * @param {WhipState} state
   * @param {HubError | null} [error]
   * @param {number | null} [retryAt]
   */
  #become(state, error = null, retryAt = null) {
    this.state = state;
    this.error = error;
    this.retryAt = retryAt;
    this.dispatchEvent(new Event("change"));
  }
}

/** @type {Clock} */
const systemClock = {
  now: () => Date.now(),
  setTimeout: (run, ms) => setTimeout(run, ms),
  clearTimeout: handle => clearTimeout(handle),
};
