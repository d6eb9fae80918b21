// @ts-check
/** @typedef {import("./types.js").CallState} CallState */
/** @import { Chat, Clock, DirectCall, Grants, HubEvent, IceServers, MediaFlags, Participant, Person, Room, RoomProperties, Snapshot } from "./types.js" */
import { createE2ee } from "./e2ee.js";
import { HubError } from "./errors.js";
import { Files, channelLabel } from "./files.js";
import { Lab } from "./lab.js";
import { Media } from "./media.js";
import { watchNetwork } from "./network.js";
import { Paths } from "./paths.js";
import { Requests } from "./requests.js";
import { RoomState } from "./room.js";
import { Session } from "./session.js";
import { systemClock } from "./signal.js";
import { callState } from "./state.js";

export { HubError };

const changeMs = 16;
const dismissMs = 5000;
/** @type {Grants} */
const noGrants = { publish: false, subscribe: false, data: false };

/**
 * A person in RtcHub: one socket to the hub, at most one room, and a connection to everybody in it. web/README.md
 * documents `state`, the events and the methods.
 */
export class Call extends Requests {
  /** Own camera, microphone and screen. @type {Media} */ media;
  /** What the ICE lab uses. @type {Lab} */ lab;
  /** The key of an end-to-end encrypted room, from its link; to be set before `join`. @type {string | null} */ secret = null;

  #clock;
  /** @type {Session} */ #session;
  /** @type {Files} */ #files;
  /** @type {Paths | null} */ #paths = null;
  /** @type {ReturnType<typeof createE2ee> | null} */ #e2ee = null;
  #room = new RoomState((notice) => this.#fire("notice", notice));
  /** @type {{ room: string, reason: string } | null} */ #removed = null;
  /** @type {DirectCall | null} */ #direct = null;
  /** @type {{ code: string, message: string } | null} */ #joinError = null;
  /** @type {Map<string, number>} */ #volumes = new Map();
  /** What the hub knows of our media, as JSON. */ #announced = "";
  /** @type {CallState | null} */ #state = null;
  /** @type {any} */ #changeTimer = null;
  #listeners = new AbortController();

  /** @param {import("./session.js").SessionOptions & { clock?: Clock }} options */
  constructor({ clock = systemClock, ...options }) {
    super((t, d, to) => this.#session.signal.request(t, d, to));
    this.#clock = clock;
    this.media = new Media({
      clock: this.#clock,
      onChange: this.#changed,
      onTracks: () => this.#tracksChanged(),
      onNotice: (notice) => this.#fire("notice", notice),
    });
    this.#files = new Files({
      clock: this.#clock,
      open: (peer) => this.#paths?.courier(peer)?.openChannel(channelLabel) ?? null,
      onChange: (transfer, stateChanged) => {
        this.#changed();
        if (stateChanged || transfer.done === 0) this.#fire("file", transfer);
        if (stateChanged) this.#dismissLater(transfer.peer);
      },
    });
    this.lab = new Lab({
      mesh: () => this.#paths?.mesh ?? null,
      name: (id) => this.#room.people.get(id)?.name ?? id,
      received: async (id) => (await this.#paths?.received(id)) ?? [],
      heard: async () => (await this.#paths?.heard()) ?? [],
      publication: async () => (await this.#paths?.sfu?.publish.stats()) ?? null,
      configuration: () => this.#session.configuration,
      configure: (change) => {
        this.#session.configure(change);
        this.#paths?.configurationChanged({ restart: true });
      },
      stun: () => this.#session.stun,
    });
    this.#session = new Session(options, {
      clock,
      flags: () => this.#flags(),
      onChange: () => this.#signalChanged(),
      onSession: (kind, snapshot) => this.#sessionStarted(kind, snapshot),
      onEvent: (event) => this.#received(event),
      onProtocolError: (error) => this.#fire("notice", { ...error, code: "protocol-error", reason: error.code }),
    });
    watchNetwork({
      wake: () => this.#session.signal.wake(),
      changed: () => {
        this.#session.signal.wake();
        this.#paths?.networkChanged();
      },
      signal: this.#listeners.signal,
    });
  }

  /** A frozen snapshot; another object after each change. @returns {CallState} */
  get state() {
    return (this.#state ??= Object.freeze(this.#snapshot()));
  }

  connect() {
    return this.#session.signal.connect();
  }

  /**
   * @param {string} room
   * @param {{ passcode?: string, token?: string }} [options]
   * @returns {Promise<void>}
   */
  async join(room, { passcode, token } = {}) {
    this.#joinError = this.#removed = null;
    const flags = this.#flags();
    try {
      const d = await this.request("join", { room, passcode, token, media: flags });
      this.#session.setToken({ join: token ?? null });
      this.#enter(d.room, { offer: false, passcode });
    } catch (error) {
      if (!(error instanceof HubError)) throw error;
      // The session began anew while the request was out, and the room may have been entered with its snapshot.
      if (error.code === "lost") return this.#room.properties?.id === room ? undefined : this.join(room, { passcode, token });
      this.#joinError = { code: error.code, message: error.message };
      this.#changed();
      throw error;
    }
  }

  async leave() {
    const was = this.#room.properties ?? this.#direct;
    this.#exit(null);
    if (was) await this.request("leave").catch(forgive("lost", "conflict", "closed"));
  }

  /** Leaves, closes everything and frees the devices: this call is over. */
  async close() {
    await this.leave().catch(() => {});
    this.#shut({ leave: false });
  }

  /** The same for a page that is going away: says so without waiting for an answer. */
  closeNow() {
    this.#shut({ leave: this.#room.properties !== null });
  }

  /** Tries again at once: the hub, and the connections that were given up. */
  retry() {
    this.#session.signal.retry();
    this.#paths?.retry();
  }

  /** @param {string} name */
  async rename(name) {
    await this.#session.rename(name);
    this.#changed();
  }

  /** @param {string} target */
  async dial(target) {
    const { call } = await this.request("dial", { target });
    this.#directChanged(call);
  }

  async accept() {
    const d = await this.request("accept", { call: this.#direct?.id, media: this.#flags() });
    this.#enter(d.room, { offer: false });
  }

  decline() {
    return this.request("decline", { call: this.#direct?.id });
  }

  cancel() {
    return this.request("cancel", { call: this.#direct?.id });
  }

  /**
   * @param {File} file
   * @param {string} to
   * @returns {Promise<string>}  the transfer's id
   */
  async sendFile(file, to) {
    if (to === this.#selfId || !this.#room.people.has(to)) throw new HubError({ code: "not_found", message: "Nobody with that id is in this room." });
    if (!this.#grants.data) throw new HubError({ code: "forbidden", message: "You may not send data here." });
    try {
      return this.#files.send(file, to);
    } catch (error) {
      throw new HubError({ code: "too_large", message: String(/** @type {Error} */ (error).message) });
    }
  }

  /** When the last file is over the connection made for files is given up, after both ends have noticed. @param {string} peer */
  #dismissLater(peer) {
    const running = () => this.#files.list.some((each) => each.peer === peer && !["complete", "failed", "declined", "cancelled"].includes(each.state));
    if (running()) return;
    this.#clock.setTimeout(() => running() || this.#paths?.dismiss(peer), dismissMs);
  }

  /** @param {string} id */
  async acceptFile(id) {
    this.#files.accept(id);
  }

  /** @param {string} id */
  async declineFile(id) {
    this.#files.decline(id);
  }

  /** @param {string} id */
  async cancelFile(id) {
    this.#files.cancel(id);
  }

  /**
   * The videos that are shown, the most important first, and how large; what is not named is not sent to us. A mesh sends
   * everything.
   * @param {import("./sfu.js").Wish[]} videos
   */
  want(videos) {
    this.#wishes = videos;
    this.#paths?.want(videos);
  }
  /** @type {import("./sfu.js").Wish[] | null} */ #wishes = null;

  /**
   * @param {string} peer
   * @param {number} volume  0 to 1
   */
  setVolume(peer, volume) {
    this.#volumes.set(peer, Math.min(1, Math.max(0, volume)));
    this.#changed();
  }

  // ---- the session ----

  #signalChanged() {
    const { state, error } = this.#session.signal;
    if (state === "refused") {
      if (this.#room.properties) this.#exit({ room: this.#room.properties.id, reason: error?.code ?? "closed" });
    } else if (state === "superseded") {
      this.#paths?.close();
      this.#paths = null;
    }
    this.#paths?.setSignalling(state === "connected");
    this.#changed();
  }

  /**
   * @param {"welcome" | "resumed" | "resync"} kind
   * @param {Snapshot} snapshot
   */
  #sessionStarted(kind, snapshot) {
    if (kind === "resumed") return this.#room.isJoined ? this.#meet({ offer: true }) : undefined;
    const { self, room, refused } = snapshot;
    const before = this.#room.properties;
    // Under another id nothing of the old connections is valid.
    if (this.#session.self && this.#selfId !== self.id) this.#exit(null, { comeBack: true });
    this.#session.begin(snapshot);
    this.#paths?.configurationChanged({ restart: false });
    if (room) {
      this.#enter(room, { offer: kind === "resync", passcode: this.#session.wanted?.passcode });
      this.#paths?.resync(room.seat ?? null);
    } else if (before) {
      this.#exit({ room: before.id, reason: refused?.code ?? "closed" });
      this.#joinError = refused;
    }
    this.#changed();
  }

  /** @param {IceServers} iceServers */
  #iceServersChanged(iceServers) {
    this.#session.setIceServers(iceServers);
    this.#paths?.configurationChanged({ restart: false });
  }

  /** @param {{ leave: boolean }} options */
  #shut({ leave }) {
    this.#listeners.abort();
    this.#session.close({ leave });
    this.#exit(null);
    this.media.close();
  }

  // ---- the room ----

  /**
   * We are in a room (or in its lobby), as this snapshot has it.
   * @param {Room} snapshot
   * @param {{ offer: boolean, passcode?: string }} options  `offer`: to those whom we did not know of
   */
  #enter(snapshot, { offer, passcode }) {
    const { id, call } = snapshot;
    if (this.#room.properties && this.#room.properties.id !== id) this.#exit(null);
    this.#room.enter(snapshot);
    this.#removed = this.#joinError = null;
    this.#session.wanted = call ? null : { id, ...(passcode && { passcode }) };
    if (call) this.#direct = call;
    if (this.#room.isJoined) {
      this.#meet({ offer });
      this.#announced = JSON.stringify(this.#me?.media);
      this.#announce();
    }
    this.#changed();
  }

  /** Connections to exactly those who are there. @param {{ offer: boolean }} options */
  #meet({ offer }) {
    const others = this.#room.others(this.#selfId);
    if (!this.#paths) {
      if (this.secret) this.#e2ee = this.#newE2ee(this.secret);
      this.#paths = this.#newPaths();
      if (this.#wishes) this.#paths.want(this.#wishes);
    }
    this.#e2ee?.people(this.#room.people.values());
    this.#paths.setGrants(this.#grants);
    this.#paths.sync(others, { offer });
    this.#reroute({ offer });
  }

  /**
   * We are in no room any more.
   * @param {{ room: string, reason: string } | null} removed  null: by our own wish
   * @param {{ comeBack?: boolean }} [options]
   */
  #exit(removed, { comeBack = false } = {}) {
    for (const id of this.#room.people.keys()) this.#files.gone(id);
    this.#paths?.close();
    this.#e2ee?.close();
    this.#paths = this.#direct = this.#e2ee = null;
    this.#room.exit();
    if (!comeBack) this.#session.wanted = null;
    this.#removed = removed;
    this.#changed();
  }

  #newPaths() {
    return new Paths({
      selfId: this.#selfId,
      grants: this.#grants,
      outgoing: this.media.outgoing,
      configuration: () => ({ ...this.#session.configuration, ...this.#e2ee?.configuration }),
      clock: this.#clock,
      request: (t, d, to) => this.request(t, d, to),
      reach: () => this.#session.signal.reach(),
      secure: this.#e2ee?.secure,
      onChange: this.#changed,
      onConnected: (id) => this.#files.connected(id),
      onLog: (id, entry) => this.#fire("peer-event", { id, ...entry }),
      onChannel: (id, channel) => {
        if (channel.label === channelLabel && this.#room.people.get(id)?.grants.data) this.#files.receive(id, channel);
        else channel.close();
      },
      onMesh: (mesh) => this.lab.apply(mesh),
    });
  }

  /** @param {string} secret */
  #newE2ee(secret) {
    return createE2ee({ secret, self: this.#selfId, send: (data, to) => this.send(data, to), onstate: this.#changed, clock: this.#clock });
  }

  /** @param {{ offer: boolean }} options */
  #reroute({ offer }) {
    const properties = this.#room.properties;
    if (!properties?.route || !this.#paths) return;
    // A direct call is for two and stays between them.
    this.#paths.setRoute(properties.route, { offer, mayProbe: properties.mode === "auto" && !properties.call });
  }

  /** @param {HubEvent} event */
  #received({ t, d, from = "", to, n }) {
    switch (t) {
      case "joined": return this.#participant(d.participant, true);
      case "participant": return this.#participant(d.participant, false);
      case "left": return this.#left(d.id, d.reason);
      case "room": return this.#roomChanged(d.room);
      case "waiting": return this.#waitingChanged(d.waiting);
      case "admitted": return this.#admitted(d.room);
      case "removed": return this.#wasRemoved(d);
      case "muted": return this.#muted(d);
      case "chat": return this.#said(d);
      case "data": return void (this.#room.isNew(from, n) && !this.#e2ee?.receive(from, d) && this.#fire("data", { from, to, data: d }));
      case "offer": case "answer": case "candidate":
      case "subscription": case "slots": case "layers": case "speaking": case "renew": return this.#paths?.receive(t, from, d);
      case "spotlight": return this.#spotlit(d.participant);
      case "call": return this.#directChanged(d.call);
      case "ice-servers": return this.#iceServersChanged(d.iceServers);
      case "token": this.#session.setToken({ fresh: d.token });
    }
  }

  /**
   * @param {Participant} participant
   * @param {boolean} isNew
   */
  #participant(participant, isNew) {
    // Between `leave` and its reply the old room still talks.
    if (!this.#room.properties) return;
    const isSelf = participant.id === this.#selfId;
    if (isNew && !isSelf) this.#room.joined(participant);
    else this.#room.changed(participant, { isSelf });
    this.#e2ee?.people(this.#room.people.values());
    if (isSelf) this.#paths?.setGrants(this.#grants);
    else this.#paths?.put(participant);
    this.#changed();
  }

  /** @param {string} id @param {string} reason */
  #left(id, reason) {
    if (!this.#room.people.has(id)) return;
    this.#room.left(id, reason);
    this.#e2ee?.people(this.#room.people.values());
    this.#paths?.remove(id);
    this.#files.gone(id);
    this.#changed();
  }

  /** @param {RoomProperties} room */
  #roomChanged(room) {
    if (this.#room.properties?.id !== room.id) return;
    this.#room.properties = { ...this.#room.properties, ...room };
    if (this.#room.isJoined) this.#reroute({ offer: true });
    this.#changed();
  }

  /** @param {string | null} participant */
  #spotlit(participant) {
    if (this.#room.properties) this.#room.properties = { ...this.#room.properties, spotlight: participant };
    this.#changed();
  }

  /** @param {Person[]} waiting */
  #waitingChanged(waiting) {
    this.#room.setWaiting(waiting);
    this.#changed();
  }

  /** Out of the lobby, or into the room of a direct call. @param {Room} room */
  #admitted(room) {
    this.#enter(room, { offer: false, passcode: this.#session.wanted?.passcode });
    if (!room.call) this.#fire("notice", { code: "admitted" });
  }

  /** @param {{ room: string, reason: string, by?: string }} removed */
  #wasRemoved({ room, reason, by }) {
    if (this.#room.properties && this.#room.properties.id !== room) return;
    const name = by && this.#room.people.get(by)?.name;
    this.#exit({ room, reason });
    this.#fire("notice", { code: "removed", room, reason, by, name });
  }

  /** @param {{ kind: "audio" | "video", by: string }} request */
  #muted({ kind, by }) {
    if (kind === "audio") this.media.setAudio(false);
    else this.media.setVideo(false);
    this.#fire("notice", { code: "muted", kind, by, name: this.#room.people.get(by)?.name });
  }

  /** @param {Chat} chat */
  #said(chat) {
    if (!this.#room.properties || !this.#room.said(chat)) return;
    this.#changed();
    this.#fire("chat", chat);
  }

  /** @param {DirectCall} call */
  #directChanged(call) {
    // The reply to `dial` may be older than an event that came before it.
    const ringsOrRuns = call.state === "ringing" || call.state === "accepted";
    if (ringsOrRuns) this.#direct = call;
    else if (this.#direct?.id === call.id) this.#direct = null;
    const other = call.from.id === this.#selfId ? call.to : call.from;
    this.#fire("notice", { code: "call", reason: call.state, id: other.id, name: other.name, call });
    this.#changed();
  }

  // ---- own media ----

  #tracksChanged() {
    this.#paths?.setOutgoing(this.media.outgoing);
    this.#announce();
    this.#changed();
  }

  /** @returns {MediaFlags} */
  #flags() {
    if (this.#lacksKey) return { audio: false, video: false, screen: null };
    const { audio, video, screen } = this.media.state;
    return { audio, video, screen: screen ? this.media.outgoing.screen.id : null };
  }

  /** Tells the others what is on, if they do not know. */
  #announce() {
    const flags = this.#flags();
    const { audio, video, screen } = flags;
    const text = JSON.stringify({ audio, video, screen });
    if (!this.#room.isJoined || text === this.#announced) return;
    this.#announced = text;
    this.request("media", flags).catch(() => {
      this.#announced = "";
    });
  }

  // ---- state ----

  get #selfId() {
    return this.#session.self?.id ?? "";
  }

  get #grants() {
    const grants = this.#me?.grants ?? this.#session.self?.grants ?? noGrants;
    return this.#lacksKey ? { ...grants, publish: false, subscribe: false } : grants;
  }

  /** The room is end-to-end encrypted and we have only half of its link: nothing goes out in the clear. */
  get #lacksKey() {
    return this.#room.properties?.metadata?.e2ee === true && !this.secret;
  }

  get #me() {
    return this.#room.people.get(this.#selfId);
  }

  #snapshot() {
    return callState({
      session: this.#session, room: this.#room, paths: this.#paths, e2ee: this.#e2ee, media: this.media.state, files: this.#files.list,
      volumes: this.#volumes, removed: this.#removed, direct: this.#direct, joinError: this.#joinError,
    });
  }

  #changed = () => {
    this.#state = null;
    this.#changeTimer ??= this.#clock.setTimeout(() => {
      this.#changeTimer = null;
      this.#fire("change");
    }, changeMs);
  };

  /**
   * @param {string} type
   * @param {any} [detail]
   */
  #fire(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

/** Swallows refusals of these codes. @param {string[]} codes */
function forgive(...codes) {
  return (/** @type {unknown} */ error) => {
    if (!(error instanceof HubError && codes.includes(error.code))) throw error;
  };
}
