// @ts-check
/** @import { Clock, Grants, Participant, Route } from "./types.js" */
/** @import { Outgoing } from "./slots.js" */
/** @import { Quality } from "./stats.js" */
/** @import { Seat, Wish } from "./sfu.js" */
import { Mesh } from "./mesh.js";
import { Sfu } from "./sfu.js";
import { Silence } from "./silence.js";
import { Suffering } from "./suffering.js";

const pollMs = 100;       // while a move is prepared
const lingerMs = 600;     // the old way after the new one is in use
const lingerMostMs = 2500; // while the new one is not there yet
const probeAfterMs = 4000;
const probeAgainMs = 60_000;

/**
 * @typedef {object} PathsOptions
 * @property {string} selfId
 * @property {Grants} grants
 * @property {Outgoing} outgoing
 * @property {() => RTCConfiguration} configuration
 * @property {(t: string, d: object, to?: string) => Promise<any>} request
 * @property {() => Promise<void>} reach  the hub has answered, by another socket if need be
 * @property {import("./e2ee.js").Secure} [secure]  puts end-to-end encryption on a connection
 * @property {() => void} onChange
 * @property {(id: string) => void} onConnected
 * @property {(id: string, entry: import("./journal.js").LogEntry) => void} onLog
 * @property {(id: string, channel: RTCDataChannel) => void} onChannel
 * @property {(mesh: Mesh) => void} onMesh  a mesh was made
 * @property {Clock} clock
 * @property {typeof RTCPeerConnection} [RTCPeerConnection]
 */

/**
 * The ways that the media of a room can go, from browser to browser or by a media service, and the moves between them. The hub says which way is in use and which is
 * to be prepared; here the second is built while the first still carries everything, and what people see is handed over
 * when all of it is there. A view never knows: it gets one stream per person and source, whose tracks change.
 */
export class Paths {
  /** @type {Mesh | null} */ mesh = null;
  /** @type {Sfu | null} */ sfu = null;
  /** Another media service, while the room is on its way there. @type {Sfu | null} */ #next = null;
  /** The one before, until nothing is shown from it any more. @type {Sfu | null} */ #last = null;
  /** Connections for data alone, to those with whom files are exchanged while media goes another way. @type {Mesh | null} */ #couriers = null;
  /** @type {Route} */ route = { topology: "mesh", next: null, epoch: -1, heldBackBy: null, way: 0, nextWay: null };
  #options;
  /** @type {Participant[]} */ #others = [];
  /** @type {Map<string, { camera: MediaStream, screen: MediaStream }>} */ #streams = new Map();
  /** @type {Wish[] | null} */ #wishes = null;
  #signalling = true;
  /** @type {any} */ #pollTimer = null;
  /** @type {any} */ #lingerTimer = null;
  /** @type {any} */ #probeTimer = null;
  /** @type {boolean | null} Whether the SFU can be reached, as the hub has been told. */ #reached = null;
  #mayProbe = false;
  #reported = "";
  #suffering; #silence;

  /** @param {PathsOptions} options */
  constructor(options) {
    this.#options = options;
    this.#suffering = new Suffering({
      clock: options.clock,
      look: () => Promise.all(this.#crowd.map((peer) => peer.stats().catch(() => null))),
      onSuffer: () => options.request("suffering", {}).catch(() => {}),
    });
    this.#silence = new Silence({
      clock: options.clock,
      look: () => (this.route.topology === "sfu" ? this.sfu?.audible : this.mesh?.audible) ?? [],
      reach: options.reach,
    });
  }

  /**
   * Who is there now, and which way their media goes.
   * @param {Participant[]} others
   * @param {{ offer: boolean }} options  as in `Mesh.sync`
   */
  sync(others, { offer }) {
    this.#others = others;
    this.mesh?.sync(others.filter((each) => isPerson(each) && (this.#meshGrows || this.mesh?.peer(each.id))), { offer });
    this.#arrange();
  }

  /** @param {Participant} participant */
  put(participant) {
    const at = this.#others.findIndex(({ id }) => id === participant.id);
    if (at < 0) this.#others.push(participant);
    else this.#others[at] = participant;
    if (isPerson(participant) && (this.#meshGrows || this.mesh?.peer(participant.id))) this.mesh?.put(participant, { offer: true });
    this.#arrange();
  }

  /** @param {string} id */
  remove(id) {
    this.#others = this.#others.filter((each) => each.id !== id);
    this.mesh?.remove(id);
    this.#couriers?.remove(id);
    this.#streams.delete(id);
    this.#arrange();
  }

  /**
   * @param {Route} route
   * @param {{ offer: boolean, mayProbe: boolean }} options  `mayProbe`: the room may move to the SFU one day
   */
  setRoute(route, { offer, mayProbe }) {
    const before = this.route;
    this.route = route;
    this.#mayProbe = mayProbe;
    const needsMesh = this.#meshGrows || (route.topology === "mesh" && this.mesh !== null);
    const needsSfu = route.topology === "sfu" || route.next === "sfu";
    this.#options.clock.clearTimeout(this.#lingerTimer);
    if (this.#meshGrows) {
      // Where both have been there for a while, none is the newcomer: of two, the one with the smaller id offers.
      const isMove = before.epoch >= 0 && (before.topology === "sfu" || before.next !== null);
      this.mesh ??= this.#newMesh();
      for (const person of this.#others.filter(isPerson))
        if (!this.mesh.peer(person.id)) this.mesh.put(person, { offer: isMove ? this.#options.selfId < person.id : offer });
    }
    this.#followWay();
    if (needsSfu) this.#ensureSfu().start();
    if (!needsMesh || !needsSfu || this.#last) this.#lingerTimer = this.#options.clock.setTimeout(() => this.#letGo(), before.epoch < 0 ? 0 : lingerMs);
    if (route.next) this.#poll();
    else this.#options.clock.clearTimeout(this.#pollTimer);
    this.#arrange();
    this.#probeLater(probeAfterMs);
  }

  /** How somebody is seen and heard, whichever way. @param {string} id */
  peer(id) {
    const streams = this.#streams.get(id);
    const front = this.#front(id);
    return {
      connection: front?.connection ?? /** @type {const} */ ("new"),
      camera: streams && streams.camera.getTracks().length > 0 ? streams.camera : null,
      screen: streams && streams.screen.getTracks().length > 0 ? streams.screen : null,
      paused: front && "paused" in front ? front.paused : null,
      level: front?.level ?? 0,
      speaking: front?.speaking ?? false,
      quality: /** @type {Quality | null} */ (front?.quality ?? null),
    };
  }

  /** What comes of somebody, whichever way: `inbound-rtp` statistics. @param {string} id @returns {Promise<any[]>} */
  async received(id) {
    const front = this.#front(id);
    const mesh = this.mesh?.peer(id);
    if (mesh && front === mesh) return (await mesh.stats()).inbound;
    return (await this.sfu?.received(id)) ?? [];
  }

  /** What comes of sound, of everybody: `inbound-rtp` statistics. @returns {Promise<any[]>} */
  async heard() {
    const all = this.route.topology === "sfu"
      ? [(await this.sfu?.subscribe.stats()) ?? null]
      : await Promise.all((this.mesh?.peers ?? []).map((peer) => peer.stats().catch(() => null)));
    return all.flatMap((stats) => stats?.inbound.filter(({ kind }) => kind === "audio") ?? []);
  }

  /**
   * A connection to somebody for data: that of the mesh, or one made for the purpose.
   * @param {string} id
   * @returns {import("./peer.js").Peer | null}
   */
  courier(id) {
    const person = this.#others.find((each) => each.id === id);
    if (this.mesh && this.route.topology === "mesh") return this.mesh.peer(id);
    if (!person || !isPerson(person)) return null;
    this.#couriers ??= this.#newCouriers();
    if (!this.#couriers.peer(id)) this.#couriers.put(person, { offer: true });
    return this.#couriers.peer(id);
  }

  /** No more data for somebody. @param {string} id */
  dismiss(id) {
    this.#couriers?.remove(id);
  }

  /** The few voices that are heard at a time, and whose they are; none in a mesh. */
  get voices() {
    const sfu = this.#last && !this.sfu?.isConnected ? this.#last : this.sfu;
    return this.route.topology === "sfu" || !this.mesh ? sfu?.voices ?? [] : [];
  }

  /** @param {Wish[]} wishes */
  want(wishes) {
    this.#wishes = wishes;
    for (const sfu of this.#sfus) sfu.want(wishes);
  }

  /**
   * @param {string} t
   * @param {string} from
   * @param {any} d
   */
  receive(t, from, d) {
    if (t !== "offer" && t !== "answer" && t !== "candidate") return this.#sfus.forEach((sfu) => sfu.receive(t, d));
    if (d?.data !== true) return this.mesh?.receive(t, from, d);
    const person = this.#others.find((each) => each.id === from);
    if (t === "offer" && person && isPerson(person)) {
      this.#couriers ??= this.#newCouriers();
      if (!this.#couriers.peer(from)) this.#couriers.put(person, { offer: false });
    }
    this.#couriers?.receive(t, from, d);
  }

  /** @param {Outgoing} outgoing */
  setOutgoing(outgoing) {
    this.#options.outgoing = outgoing;
    this.mesh?.setOutgoing(outgoing);
    for (const sfu of this.#sfus) sfu.setOutgoing(outgoing);
  }

  /** @param {Grants} grants */
  setGrants(grants) {
    this.#options.grants = grants;
    this.mesh?.setGrants(grants);
    for (const sfu of this.#sfus) sfu.setGrants(grants);
  }

  /** @param {{ restart: boolean }} options */
  configurationChanged({ restart }) {
    this.mesh?.setConfiguration(this.#options.configuration(), { restart });
  }

  /** @param {boolean} up */
  setSignalling(up) {
    this.#signalling = up;
    this.mesh?.setSignalling(up);
    this.#couriers?.setSignalling(up);
  }

  /** @param {Seat | null} seat  what the hub has of us */
  resync(seat) {
    this.#reached = null;
    this.#reported = "";
    this.mesh?.resync();
    this.#couriers?.resync();
    this.sfu?.resync(seat);
    this.#next?.resync(null); // the hub has not said how far that was
  }

  networkChanged() {
    this.mesh?.networkChanged();
    for (const sfu of this.#sfus) sfu.networkChanged();
  }

  retry() {
    this.mesh?.retry();
    for (const sfu of this.#sfus) sfu.retry();
  }

  close() {
    const { clock } = this.#options;
    for (const timer of [this.#pollTimer, this.#lingerTimer, this.#probeTimer]) clock.clearTimeout(timer);
    this.#suffering.close();
    this.#silence.close();
    this.mesh?.close();
    this.#couriers?.close();
    for (const sfu of this.#sfus) sfu.close();
    this.mesh = this.sfu = this.#next = this.#last = this.#couriers = null;
    this.#streams.clear();
  }

  /** The receiving end knows what it is by the mark on its messages. */
  #newCouriers() {
    const { selfId, outgoing, configuration, request, onConnected, onLog, onChannel, clock, RTCPeerConnection } = this.#options;
    const couriers = new Mesh({
      selfId, outgoing, clock, onConnected, onLog, onChannel, RTCPeerConnection,
      grants: { publish: false, subscribe: false, data: true },
      configuration: configuration(),
      send: (type, to, d) => void request(type, { ...d, data: true }, to).catch(() => {}),
      onChange: () => {},
    });
    couriers.setSignalling(this.#signalling);
    return couriers;
  }

  /** Who comes while the room is on its way to the SFU is met there, so that nobody encodes for both. */
  get #meshGrows() {
    const { topology, next } = this.route;
    return next === "mesh" || (topology === "mesh" && next === null);
  }

  #newMesh() {
    const { selfId, grants, outgoing, configuration, request, secure, onConnected, onLog, onChannel, onMesh, clock, RTCPeerConnection } = this.#options;
    const mesh = new Mesh({
      selfId, grants, outgoing, secure, clock, onConnected, onLog, onChannel, RTCPeerConnection,
      configuration: configuration(),
      // A refusal (the other side has just left, too many candidates) shows in the state of the connection.
      send: (type, to, d) => void request(type, d, to).catch(() => {}),
      onChange: () => this.#arrange(),
    });
    mesh.setSignalling(this.#signalling);
    onMesh(mesh);
    return mesh;
  }

  /** Those to whom all is sent in turn, where a media service could do it instead. */
  get #crowd() {
    const peers = this.mesh?.peers ?? [];
    return peers.length > 1 && this.#mayProbe && this.route.topology === "mesh" ? peers : [];
  }

  get #sfus() {
    return [this.sfu, this.#next, this.#last].filter((sfu) => sfu !== null);
  }

  #ensureSfu() {
    return this.sfu ??= this.#newSfu(this.route.way ?? 0);
  }

  /** @param {number} way */
  #newSfu(way) {
    const { grants, outgoing, configuration, request, secure, clock, RTCPeerConnection } = this.#options;
    /** @param {RTCPeerConnection} pc */
    const secured = (pc) => secure?.(pc, (transceiver) => sfu.carriedBy(transceiver));
    /** @type {Sfu} */
    const sfu = new Sfu({ way, grants, outgoing, configuration, request, secure: secured, clock, RTCPeerConnection, onChange: () => this.#arrange() });
    if (this.#wishes) sfu.want(this.#wishes);
    return sfu;
  }

  /** Another media service is in use from now on, or is to be prepared, or is given up. */
  #followWay() {
    const { way = 0, nextWay = null } = this.route;
    if (this.sfu && this.sfu.way !== way) {
      this.#last?.close();
      this.#last = this.sfu;
      this.sfu = null;
    }
    if (this.#next?.way === way) [this.sfu, this.#next] = [this.#next, null];
    if (this.#next && this.#next.way !== nextWay) {
      this.#next.close();
      this.#next = null;
    }
    if (nextWay === null) return;
    this.#next ??= this.#newSfu(nextWay);
    this.#next.start();
  }

  /** The way that is not in use any more is given up. */
  #letGo(waited = lingerMs) {
    const { topology, next } = this.route;
    if (this.#last && topology === "sfu" && !this.sfu?.isConnected && waited < lingerMostMs) {
      this.#lingerTimer = this.#options.clock.setTimeout(() => this.#letGo(waited + lingerMs), lingerMs);
      return;
    }
    this.#last?.close();
    this.#last = null;
    if (next) return;
    if (topology === "sfu" && this.mesh) {
      this.mesh.close();
      this.mesh = null;
    } else if (topology === "mesh" && this.sfu) {
      const published = this.sfu.publish.state !== "new";
      if (!published) return; // it is only kept warm
      this.sfu.close();
      this.sfu = null;
      this.#options.request("unpublish", {}).catch(() => {});
      this.#probeLater(probeAfterMs);
    }
    this.#arrange();
  }

  /** Which way somebody is shown: as the room says, or the other if only that has them. @param {string} id */
  #front(id) {
    const mesh = this.mesh?.peer(id) ?? null;
    const sfu = this.sfu?.peer(id) ?? null;
    const [first, second] = this.route.topology === "mesh" ? [mesh, sfu] : [sfu, mesh];
    return (isUp(first) || !isUp(second) ? first : second) ?? second;
  }

  /** Puts the tracks into the streams that the views hold. */
  #arrange() {
    for (const { id } of this.#others) {
      let streams = this.#streams.get(id);
      if (!streams) this.#streams.set(id, (streams = { camera: new MediaStream(), screen: new MediaStream() }));
      const mesh = this.mesh?.peer(id) ?? null;
      const sfu = this.sfu?.peer(id) ?? null;
      const viaMesh = { camera: mesh?.camera?.getTracks() ?? [], screen: mesh?.screen?.getTracks() ?? [] };
      const last = this.#last?.peer(id) ?? null;
      const viaSfu = { camera: listed(sfu?.cameraTrack ?? last?.cameraTrack), screen: listed(sfu?.screenTrack ?? last?.screenTrack) };
      const front = this.#front(id);
      const [first, second] = front !== null && front === mesh ? [viaMesh, viaSfu] : [viaSfu, viaMesh];
      for (const source of /** @type {const} */ (["camera", "screen"])) {
        // Sound of the mesh would be heard twice beside the voices of the SFU.
        const tracks = hasVideo(first[source]) || !hasVideo(second[source]) ? first[source] : [...first[source], ...second[source].filter(isVideo)];
        fill(streams[source], this.route.topology === "sfu" && this.sfu ? tracks.filter(isVideo) : tracks);
      }
    }
    this.#options.onChange();
  }

  /** Looks whether the way that is being prepared has everything, and says so. */
  #poll() {
    const { clock, request } = this.#options;
    clock.clearTimeout(this.#pollTimer);
    const { epoch } = this.route;
    this.#pollTimer = clock.setTimeout(async () => {
      const state = await this.#progress().catch(() => null);
      if (this.route.epoch !== epoch || !this.route.next) return;
      const report = `${epoch} ${state}`;
      if (state && report !== this.#reported) {
        this.#reported = report;
        request("moved", { epoch, state }).catch(() => {
          this.#reported = "";
        });
      }
      if (state !== "failed") this.#poll();
    }, pollMs);
  }

  /** @returns {Promise<"ready" | "connected" | "failed" | null>} */
  async #progress() {
    if (this.route.next === "sfu") {
      const sfu = this.#next ?? this.sfu;
      if (!sfu || sfu.isHopeless) return "failed";
      if (await sfu.hasAll(this.#others)) return "ready";
      return sfu.isConnected ? "connected" : null;
    }
    if (!this.mesh) return null;
    const here = this.#others.filter((each) => isPerson(each) && each.state === "connected");
    const peers = here.map(({ id, media, grants }) => ({ peer: this.mesh?.peer(id), wantsVideo: media.video && grants.publish }));
    if (peers.some(({ peer }) => peer?.connection === "failed")) return "failed";
    if (!peers.every(({ peer }) => peer?.connection === "connected")) return null;
    const seen = await Promise.all(peers.map(async ({ peer, wantsVideo }) =>
      !wantsVideo || (await peer?.stats())?.inbound.some((stat) => stat.kind === "video" && stat.framesDecoded > 0)));
    return seen.every(Boolean) ? "ready" : "connected";
  }

  /** While the room is small there is time to find out whether the SFU could be reached. @param {number} ms */
  #probeLater(ms) {
    const { clock, grants, request } = this.#options;
    clock.clearTimeout(this.#probeTimer);
    if (!this.#mayProbe || this.route.topology !== "mesh" || this.route.next || !grants.subscribe) return;
    this.#probeTimer = clock.setTimeout(() => {
      if (this.route.topology !== "mesh" || this.route.next) return;
      const sfu = this.#ensureSfu();
      sfu.warm();
      const state = sfu.connection;
      const reached = state === "connected" ? true : state === "failed" ? false : null;
      if (reached !== null && reached !== this.#reached) {
        // To be reachable is what everybody is taken for.
        if (!reached || this.#reached === false) request("reach", { sfu: reached }).catch(() => {});
        this.#reached = reached;
      }
      if (reached === false) {
        sfu.close();
        this.sfu = null;
      }
      this.#probeLater(reached === null ? probeAfterMs / 4 : probeAgainMs);
    }, ms);
  }
}

/** @param {Participant} participant */
function isPerson({ kind }) {
  return kind !== "program";
}

/** @param {{ connection: string } | null} peer */
function isUp(peer) {
  return peer?.connection === "connected" || peer?.connection === "recovering";
}

/** @param {MediaStreamTrack | null | undefined} track */
function listed(track) {
  return track ? [track] : [];
}

/** @param {MediaStreamTrack} track */
function isVideo({ kind }) {
  return kind === "video";
}

/** @param {MediaStreamTrack[]} tracks */
function hasVideo(tracks) {
  return tracks.some(isVideo);
}

/**
 * @param {MediaStream} stream
 * @param {MediaStreamTrack[]} tracks
 */
function fill(stream, tracks) {
  for (const track of stream.getTracks()) if (!tracks.includes(track)) stream.removeTrack(track);
  for (const track of tracks) if (!stream.getTracks().includes(track)) stream.addTrack(track);
}
