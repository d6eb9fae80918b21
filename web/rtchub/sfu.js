// @ts-check
/** @import { Clock, Grants, Participant } from "./types.js" */
/** @import { Outgoing } from "./slots.js" */
/** @import { Quality, Stats } from "./stats.js" */
/** @import { ConnectionState } from "./connection.js" */
/** @import { Audible } from "./silence.js" */
import { Publication } from "./publication.js";
import { measure } from "./stats.js";
import { Subscription } from "./subscription.js";

/** @typedef {{ participant: string, source: "camera" | "screen", maxHeight: number, priority: number }} Wish */
/** @typedef {{ publish: string | null, subscribe: string | null, offer: string | null, slots: import("./subscription.js").SlotView[], stage: (string | null)[] }} Seat */

const statsMs = 1000;

/**
 * Media through the hub's media service: one connection to send, one to receive, however many are in the room. Offers
 * the same to `call.js` as `mesh.js` does: who can be seen, heard, and how well.
 */
export class Sfu {
  /** @type {Subscription} */ #subscription;
  /** @type {Publication} */ #publication;
  /** Ids of those who speak, the loudest first. @type {string[]} */ #speaking = [];
  /** Who is heard in which audio section. @type {(string | null)[]} */ #stage = [];
  /** @type {Map<string, Quality>} */ #qualities = new Map();
  /** Which of the room's ways at the media service this is. */ way;
  /** Our own: how we are received, and how we receive. @type {Quality | null} */ quality = null;
  #grants; #request; #onChange; #clock;
  /** @type {Wish[] | null} */ #wishes = null;
  #wishesSent = false;
  #publishes = false;
  #subscribes = false;
  /** @type {any} */ #timer = null;
  /** @type {{ publish: Stats | null, subscribe: Stats | null }} */ #stats = { publish: null, subscribe: null };

  /**
   * @param {object} options
   * @param {number} [options.way]
   * @param {Grants} options.grants
   * @param {Outgoing} options.outgoing
   * @param {() => RTCConfiguration} options.configuration
   * @param {(t: string, d: object) => Promise<any>} options.request
   * @param {(pc: RTCPeerConnection) => void} [options.secure]  puts end-to-end encryption on a connection
   * @param {() => void} options.onChange
   * @param {Clock} options.clock
   * @param {typeof RTCPeerConnection} [options.RTCPeerConnection]
   */
  constructor({ way = 0, grants, outgoing, configuration, request, secure = () => {}, onChange, clock, RTCPeerConnection = globalThis.RTCPeerConnection }) {
    this.way = way;
    this.#grants = grants;
    this.#request = request;
    this.#onChange = onChange;
    this.#clock = clock;
    /** @param {string} t @param {object} d */
    const onWay = (t, d) => request(t, t === "publish" || t === "subscribe" ? { ...d, way } : d);
    const shared = { configuration, request: onWay, secure, RTCPeerConnection, clock, onChange: () => this.#changed() };
    this.#publication = new Publication({ ...shared, outgoing });
    this.#subscription = new Subscription(shared);
    this.#tick();
  }

  get publish() {
    return this.#publication.connection;
  }

  get subscribe() {
    return this.#subscription.connection;
  }

  /** Opens the receiving connection only: to know that the way is open before it is needed. */
  warm() {
    if (this.#subscribes || !this.#grants.subscribe) return;
    this.#subscribes = true;
    this.subscribe.start();
  }

  /** Sends and receives. */
  start() {
    this.warm();
    if (this.#publishes || !this.#grants.publish) return;
    this.#publishes = true;
    this.publish.start();
  }

  /** @returns {ConnectionState} */
  get connection() {
    return this.#grants.subscribe ? this.subscribe.state : this.publish.state;
  }

  /** By which something comes all the time: reports on what we send, or what we look at. When one path is gone, so is the other. @returns {Audible[]} */
  get audible() {
    const unheard = () => this.#restart();
    if (this.#publishes && this.#publication.sends) return [{ pc: this.publish.pc, unheard }];
    return this.#subscribes && this.#subscription.flows ? [{ pc: this.subscribe.pc, unheard }] : [];
  }

  /** Both connections stand, as far as they are ours to have. */
  get isConnected() {
    return (!this.#publishes || this.publish.state === "connected") && (!this.#subscribes || this.subscribe.state === "connected");
  }

  /** It has been tried for long enough to say that this network does not let us through. */
  get isHopeless() {
    return this.publish.state === "failed" || this.subscribe.state === "failed";
  }

  /** One stream per voice, and whose it is at the moment. @returns {{ stream: MediaStream, peer: string | null }[]} */
  get voices() {
    return this.#subscription.voices.map((stream, i) => ({ stream, peer: this.#stage[i] ?? null }));
  }

  /** How somebody is seen and heard this way. @param {string} id */
  peer(id) {
    const at = this.#speaking.indexOf(id);
    const camera = this.#subscription.find(id, "camera");
    const screen = this.#subscription.find(id, "screen");
    return {
      connection: this.connection,
      cameraTrack: camera?.track ?? null,
      screenTrack: screen?.track ?? null,
      paused: { camera: camera?.slot.paused ?? null, screen: screen?.slot.paused ?? null },
      level: at < 0 ? 0 : Math.max(0.2, 1 - at / 10),
      speaking: at >= 0,
      quality: this.#qualities.get(id) ?? null,
    };
  }

  /** What comes of somebody's videos: `inbound-rtp` statistics. @param {string} id @returns {Promise<any[]>} */
  async received(id) {
    const mids = [...this.#subscription.slots.values()].filter(({ participant }) => participant === id).map(({ mid }) => mid);
    return ((await this.subscribe.stats())?.inbound ?? []).filter(({ mid }) => mids.includes(mid));
  }

  /** Whether everything that is shown of these people has been decoded at least once. @param {Participant[]} others */
  async hasAll(others) {
    if (!this.isConnected) return false;
    const stats = await this.subscribe.stats();
    if (!this.#grants.subscribe || !stats) return !this.#grants.subscribe;
    for (const { participant, source } of this.#wishes ?? everything(others)) {
      const person = others.find(({ id }) => id === participant);
      if (!person || !(source === "camera" ? person.media.video : person.media.screen)) continue;
      const found = this.#subscription.find(participant, source);
      if (found?.slot.paused) continue;
      const inbound = stats.inbound.find((stat) => stat.mid === found?.slot.mid && stat.kind === "video");
      if (!found || !(inbound?.framesDecoded > 0)) return false;
    }
    return !others.some(({ media, grants }) => media.audio && grants.publish) || stats.inbound.some((stat) => stat.kind === "audio" && stat.packetsReceived > 0);
  }

  /** @param {Wish[]} wishes  the whole of what is wanted */
  want(wishes) {
    if (JSON.stringify(wishes) === JSON.stringify(this.#wishes)) return;
    this.#wishes = wishes;
    this.#wishesSent = false;
    this.#tellWishes();
  }

  /**
   * @param {string} t
   * @param {any} d
   */
  receive(t, d) {
    switch (t) {
      case "subscription": return this.#subscription.offered(d);
      case "slots": return d.transport === this.subscribe.transport ? this.#subscription.assigned(d.slots) : undefined;
      case "layers": return d.transport === this.publish.transport ? this.#publication.setLayers(d.source, d.rids) : undefined;
      case "speaking":
        this.#speaking = d.participants;
        this.#stage = d.stage;
        return this.#onChange();
      case "renew":
        // One that we have given up ourselves is told, too.
        if (d.publish) this.publish.renew(d.publish);
        if (d.subscribe) this.subscribe.renew(d.subscribe);
    }
  }

  /** What the hub has of us, after messages may have been lost. @param {Seat | null} seat */
  resync(seat) {
    if (this.#publishes && (!seat?.publish || seat.publish !== this.publish.transport)) this.publish.start();
    if (!this.#subscribes) return;
    if (!seat?.subscribe || seat.subscribe !== this.subscribe.transport) return this.subscribe.start();
    this.#stage = seat.stage;
    this.#subscription.assigned(seat.slots);
    if (seat.offer) this.#subscription.offered({ transport: seat.subscribe, sdp: seat.offer });
    this.#wishesSent = false;
    this.#tellWishes();
  }

  /** @param {Outgoing} outgoing */
  setOutgoing(outgoing) {
    this.#publication.setOutgoing(outgoing);
  }

  /** @param {Grants} grants */
  setGrants(grants) {
    this.#grants = grants;
  }

  /** Tries again at once. */
  retry() {
    for (const [connection, wanted] of /** @type {const} */ ([[this.publish, this.#publishes], [this.subscribe, this.#subscribes]]))
      if (wanted && connection.state !== "connected") connection.start();
  }

  /** The machine is on another network. */
  networkChanged() {
    if (this.#publishes) void this.publish.check().catch(() => {});
    if (this.#subscribes) void this.subscribe.check().catch(() => {});
  }

  #restart() {
    if (this.#publishes) this.publish.start();
    if (this.#subscribes) this.subscribe.start();
  }

  close() {
    this.#clock.clearTimeout(this.#timer);
    this.#timer = null;
    this.#publication.close();
    this.#subscription.close();
  }

  /** The id of whom a transceiver of ours carries at the moment; null: nobody in particular. @param {RTCRtpTransceiver} transceiver */
  carriedBy(transceiver) {
    return transceiver.mid ? this.#subscription.slots.get(transceiver.mid)?.participant ?? null : null;
  }

  #changed() {
    if (this.subscribe.state !== "connected") this.#wishesSent = false;
    else this.#tellWishes();
    this.#onChange();
  }

  #tellWishes() {
    if (!this.#wishes || this.#wishesSent || !this.subscribe.transport) return;
    this.#wishesSent = true;
    this.#request("want", { videos: this.#wishes }).catch(() => {
      this.#wishesSent = false;
    });
  }

  #tick() {
    this.#timer = this.#clock.setTimeout(async () => {
      await this.#measure().catch(() => {});
      if (this.#timer !== null) this.#tick();
    }, statsMs);
  }

  async #measure() {
    const [publish, subscribe] = await Promise.all([this.publish.stats(), this.subscribe.stats()]);
    if (subscribe) {
      for (const slot of this.#subscription.slots.values()) {
        if (slot.participant && slot.source === "camera") this.#measureSlot(slot.participant, slot.mid, subscribe);
      }
    }
    const up = publish && measure(publish, this.#stats.publish).quality;
    const down = subscribe && measure(subscribe, this.#stats.subscribe).quality;
    this.quality = up && down ? { ...up, score: /** @type {any} */ (Math.min(up.score, down.score)), inKbps: down.inKbps } : up ?? down;
    this.#stats = { publish, subscribe };
    this.#onChange();
  }

  /**
   * @param {string} participant
   * @param {string} mid
   * @param {Stats} now
   */
  #measureSlot(participant, mid, now) {
    /** @param {Stats | null} stats */
    const only = (stats) => stats && { ...stats, inbound: stats.inbound.filter((stat) => stat.mid === mid), outbound: [], remoteInbound: [] };
    const mine = /** @type {Stats} */ (only(now));
    if (mine.inbound.length === 0) return;
    const { quality } = measure(mine, only(this.#stats.subscribe));
    if (quality) this.#qualities.set(participant, quality);
  }
}

/** @param {Participant[]} others @returns {Pick<Wish, "participant" | "source">[]} */
function everything(others) {
  return others.flatMap(({ id, media }) => [
    ...(media.screen ? [{ participant: id, source: /** @type {const} */ ("screen") }] : []),
    ...(media.video ? [{ participant: id, source: /** @type {const} */ ("camera") }] : []),
  ]);
}
