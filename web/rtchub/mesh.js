// @ts-check
/** @import { Clock, Grants, Participant } from "./types.js" */
/** @import { CandidateFilter } from "./negotiation.js" */
/** @import { LogEntry } from "./journal.js" */
/** @import { Outgoing } from "./slots.js" */
import { Peer } from "./peer.js";

/** What a home connection sends without trouble; shared out among the peers. */
const uplinkBps = 2_500_000;
const leastBps = 100_000;
const screenShare = 0.75;
const statsMs = 1000;

/** @typedef {{ peer: Peer, grants: Grants, signalling: boolean, sends: boolean }} Edge */

/**
 * A peer connection to everybody else in the room. `call.js` tells it who is there and what is sent; it tells `call.js`
 * when something can be seen. Of two peers the one with the greater id is polite.
 */
export class Mesh {
  /** @type {Map<string, Edge>} */ #edges = new Map();
  /** @type {Grants} */ #grants;
  /** @type {Outgoing} */ #outgoing;
  /** @type {RTCConfiguration} */ #configuration;
  #trickle = true;
  /** @type {CandidateFilter} */ #filter = {};
  #signalling = true;
  /** @type {any} */ #timer = null;
  #selfId; #send; #onChange; #onConnected; #onLog; #onChannel; #secure; #RTCPeerConnection; #clock;

  /**
   * @param {object} options
   * @param {string} options.selfId
   * @param {Grants} options.grants  our own
   * @param {Outgoing} options.outgoing
   * @param {RTCConfiguration} options.configuration
   * @param {(type: string, to: string, d: object) => void} options.send
   * @param {() => void} options.onChange  a peer's connection, streams, level or quality
   * @param {(id: string) => void} options.onConnected  the connection stands (again)
   * @param {(id: string, entry: LogEntry) => void} options.onLog
   * @param {(id: string, channel: RTCDataChannel) => void} options.onChannel  the other side opened a data channel
   * @param {import("./e2ee.js").Secure} [options.secure]  puts end-to-end encryption on a connection
   * @param {Clock} options.clock
   * @param {typeof RTCPeerConnection} [options.RTCPeerConnection]
   */
  constructor({ selfId, grants, outgoing, configuration, send, onChange, onConnected, onLog, onChannel, secure, clock, RTCPeerConnection }) {
    this.#selfId = selfId;
    this.#grants = grants;
    this.#outgoing = outgoing;
    this.#configuration = configuration;
    this.#send = send;
    this.#onChange = onChange;
    this.#onConnected = onConnected;
    this.#onLog = onLog;
    this.#onChannel = onChannel;
    this.#secure = secure;
    this.#clock = clock;
    this.#RTCPeerConnection = RTCPeerConnection ?? globalThis.RTCPeerConnection;
    this.#tick();
  }

  /** @param {string} id */
  peer(id) {
    return this.#edges.get(id)?.peer ?? null;
  }

  /** @returns {Peer[]} */
  get peers() {
    return [...this.#edges.values()].map(({ peer }) => peer);
  }

  /** Those of whom something must come all the time. @returns {Peer[]} */
  get audible() {
    return this.#grants.subscribe ? [...this.#edges.values()].filter(({ sends, grants }) => sends && grants.publish).map(({ peer }) => peer) : [];
  }

  /**
   * Who is there now. Connections to those who stay are kept.
   * @param {Participant[]} participants  without self
   * @param {{ offer: boolean }} options  whether we make the first offer to those who are new to us
   */
  sync(participants, { offer }) {
    const ids = new Set(participants.map(({ id }) => id));
    for (const id of [...this.#edges.keys()]) if (!ids.has(id)) this.remove(id);
    for (const participant of participants) this.put(participant, { offer });
  }

  /**
   * Someone has come, or has changed.
   * @param {Participant} participant
   * @param {{ offer: boolean }} options
   */
  put({ id, grants, state, media }, { offer }) {
    let edge = this.#edges.get(id);
    if (!edge) {
      edge = /** @type {Edge} */ ({ grants });
      this.#edges.set(id, edge);
      edge.peer = this.#connect(id, edge, offer);
      this.#share();
    } else if (!sameRights(edge.grants, grants)) {
      edge.grants = grants;
      edge.peer.refresh();
    }
    edge.sends = media.audio || media.video;
    edge.signalling = state === "connected";
    edge.peer.setSignalling(this.#signalling && edge.signalling);
  }

  /** @param {string} id */
  remove(id) {
    this.#edges.get(id)?.peer.close();
    this.#edges.delete(id);
    this.#share();
  }

  /**
   * @param {"offer" | "answer" | "candidate"} type
   * @param {string} from
   * @param {any} d
   */
  receive(type, from, d) {
    this.peer(from)?.receive(type, d);
  }

  /** @param {Outgoing} outgoing */
  setOutgoing(outgoing) {
    this.#outgoing = outgoing;
    this.#refresh();
    this.#share();
  }

  /** @param {Grants} grants */
  setGrants(grants) {
    if (sameRights(this.#grants, grants)) return;
    this.#grants = grants;
    this.#refresh();
  }

  /**
   * From the next gathering on; `restart` makes that now.
   * @param {RTCConfiguration} configuration
   * @param {{ restart: boolean }} options
   */
  setConfiguration(configuration, { restart }) {
    this.#configuration = configuration;
    for (const peer of this.peers) {
      peer.pc.setConfiguration({ ...peer.pc.getConfiguration(), ...configuration });
      if (restart) peer.restartIce();
    }
  }

  /** @param {boolean} on */
  setTrickle(on) {
    this.#trickle = on;
    this.#refresh();
  }

  /** @param {CandidateFilter} filter */
  setFilter(filter) {
    this.#filter = filter;
    this.#refresh();
  }

  /** Whether our own socket is up. @param {boolean} up */
  setSignalling(up) {
    this.#signalling = up;
    for (const { peer, signalling } of this.#edges.values()) peer.setSignalling(up && signalling);
  }

  /** Signalling may have lost messages. */
  resync() {
    for (const peer of this.peers) peer.resync();
  }

  /** The machine is on another network: addresses may be gone before anybody notices. */
  networkChanged() {
    for (const peer of this.peers) peer.restartIce();
  }

  retry() {
    for (const peer of this.peers) peer.retry();
  }

  close() {
    this.#clock.clearTimeout(this.#timer);
    this.#timer = null;
    for (const peer of this.peers) peer.close();
    this.#edges.clear();
  }

  /**
   * @param {string} id
   * @param {Edge} edge
   * @param {boolean} offer
   */
  #connect(id, edge, offer) {
    return new Peer({
      id,
      polite: this.#selfId > id,
      waits: !offer,
      configuration: () => ({ bundlePolicy: "max-bundle", ...this.#configuration }),
      shared: () => ({
        outgoing: this.#outgoing,
        maySend: this.#grants.publish && edge.grants.subscribe,
        mayReceive: this.#grants.subscribe && edge.grants.publish,
        trickle: this.#trickle,
        filter: this.#filter,
      }),
      send: (type, d) => this.#send(type, id, d),
      onChange: this.#onChange,
      onConnected: () => this.#onConnected(id),
      onLog: (entry) => this.#onLog(id, entry),
      onChannel: (channel) => this.#onChannel(id, channel),
      secure: this.#secure && ((pc) => this.#secure?.(pc, () => id)),
      RTCPeerConnection: this.#RTCPeerConnection,
      clock: this.#clock,
    });
  }

  #refresh() {
    for (const peer of this.peers) peer.refresh();
  }

  /** Every peer gets the same part of the uplink; a screen takes most of it, for its text must be readable. */
  #share() {
    const each = Math.max(leastBps, Math.round(uplinkBps / Math.max(1, this.#edges.size)));
    const screen = this.#outgoing.tracks.screen ? Math.round(each * screenShare) : 0;
    for (const peer of this.peers) peer.limit({ video: Math.max(leastBps, each - screen), screen: screen || each });
  }

  #tick() {
    this.#timer = this.#clock.setTimeout(async () => {
      // One that closes while it is asked has nothing to tell.
      await Promise.allSettled(this.peers.map((peer) => peer.measure()));
      if (this.#edges.size > 0) this.#onChange();
      if (this.#timer !== null) this.#tick();
    }, statsMs);
  }
}

/**
 * @param {Grants} a
 * @param {Grants} b
 */
function sameRights(a, b) {
  return a.publish === b.publish && a.subscribe === b.subscribe;
}
