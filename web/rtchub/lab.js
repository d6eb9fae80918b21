// @ts-check
/** @import { CandidateFilter } from "./negotiation.js" */
/** @import { Mesh } from "./mesh.js" */
/** @import { LogEntry } from "./journal.js" */
/** @import { Stats } from "./stats.js" */

/** @typedef {{ id: string, name: string, pc: RTCPeerConnection, log: LogEntry[], local: RTCIceCandidate[], remote: RTCIceCandidate[] }} LabPeer */

/** @typedef {{ trickle: boolean, filter: CandidateFilter, iceServers: RTCIceServer[], iceTransportPolicy: RTCIceTransportPolicy }} LabSettings */

/** The inside of a call laid open: what ICE does, and switches to make it do something else. */
export class Lab {
  #mesh; #name; #received; #heard; #publication; #configuration; #configure; #stun;

  /**
   * @param {object} options
   * @param {() => Mesh | null} options.mesh
   * @param {(id: string) => string} options.name
   * @param {(id: string) => Promise<any[]>} options.received
   * @param {() => Promise<any[]>} options.heard
   * @param {() => Promise<Stats | null>} options.publication  of the connection by which we send to the media service
   * @param {() => RTCConfiguration} options.configuration
   * @param {(change: RTCConfiguration) => void} options.configure  replaces servers or policy, now and for later peers
   * @param {() => string[]} options.stun
   */
  constructor({ mesh, name, received, heard, publication, configuration, configure, stun }) {
    this.#mesh = mesh;
    this.#name = name;
    this.#received = received;
    this.#heard = heard;
    this.#publication = publication;
    this.#configuration = configuration;
    this.#configure = configure;
    this.#stun = stun;
  }

  /** The hub's STUN addresses: one host, two ports, for the NAT test. */
  get stun() {
    return this.#stun();
  }

  /** @returns {LabPeer[]} */
  peers() {
    return (this.#mesh()?.peers ?? []).map(({ id, pc, journal: { log, local, remote } }) => ({ id, name: this.#name(id), pc, log, local, remote }));
  }

  /** What is set now. The servers come with their credentials. @returns {LabSettings} */
  get settings() {
    const { iceServers = [], iceTransportPolicy = "all" } = this.#configuration();
    return { ...this.#settings, iceServers, iceTransportPolicy };
  }

  /** @param {RTCIceServer[] | null} servers  null: the hub's again */
  setIceServers(servers) {
    this.#configure({ iceServers: servers ?? undefined });
  }

  /**
   * With new connections: browsers keep a path that works, even one that the policy has come to forbid.
   * @param {RTCIceTransportPolicy} policy
   */
  setPolicy(policy) {
    this.#configure({ iceTransportPolicy: policy });
    this.renew();
  }

  /** From the next gathering on. @param {CandidateFilter} filter */
  setFilter(filter) {
    this.#settings.filter = filter;
    this.#mesh()?.setFilter(filter);
  }

  /** From the next description on. @param {boolean} on */
  setTrickle(on) {
    this.#settings.trickle = on;
    this.#mesh()?.setTrickle(on);
  }
  #settings = { trickle: true, filter: /** @type {CandidateFilter} */ ({}) };

  /** What was set before goes for the mesh of the next room, too. @param {Mesh} mesh */
  apply(mesh) {
    mesh.setTrickle(this.#settings.trickle);
    mesh.setFilter(this.#settings.filter);
  }

  /** @param {string} [id]  one peer, or all */
  restartIce(id) {
    for (const peer of this.#chosen(id)) peer.restartIce();
  }

  /** @param {string} [id]  one peer, or all */
  reoffer(id) {
    for (const peer of this.#chosen(id)) peer.reoffer();
  }

  /** Starts afresh with another connection. @param {string} [id]  one peer, or all */
  renew(id) {
    for (const peer of this.#chosen(id)) peer.renew();
  }

  /** @param {string} id @returns {Promise<Stats | null>} */
  async stats(id) {
    return (await this.#mesh()?.peer(id)?.stats()) ?? null;
  }

  /** What comes of somebody's pictures and sound, whichever way: `inbound-rtp` of webrtc-stats. @param {string} id @returns {Promise<any[]>} */
  received(id) {
    return this.#received(id);
  }

  /** What comes of sound, of everybody together: `inbound-rtp` of webrtc-stats. @returns {Promise<any[]>} */
  heard() {
    return this.#heard();
  }

  /** Of the connection by which we send to the media service; null in a mesh. @returns {Promise<Stats | null>} */
  publication() {
    return this.#publication();
  }

  /** @param {string | undefined} id */
  #chosen(id) {
    return (this.#mesh()?.peers ?? []).filter((peer) => id === undefined || peer.id === id);
  }
}
