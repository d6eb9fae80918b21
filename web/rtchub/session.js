// @ts-check
/** @import { Clock, HubEvent, IceServers, MediaFlags, Snapshot } from "./types.js" */
import { Signal } from "./signal.js";

/**
 * @typedef {object} SessionOptions
 * @property {string} url  the hub's /ws
 * @property {string} name
 * @property {string | (() => string | null | Promise<string | null>)} [token]
 * @property {RTCIceTransportPolicy} [iceTransportPolicy]
 * @property {RTCIceServer[]} [iceServers]  instead of the hub's
 * @property {Pick<Storage, "getItem" | "setItem" | "removeItem">} [storage]  keeps the address over a reload
 */

const storageKey = "rtchub.session";

/** Who we are to the hub: what we say when we come and come again, and what it gives us to work with. */
export class Session {
  /** @type {Snapshot["self"] | null} */ self = null;
  /** The room to come back to. @type {{ id: string, passcode?: string } | null} */ wanted = null;
  /** @type {string[]} */ stun = [];

  #options;
  /** @type {Signal} */ #signal;
  #name;
  /** Pushed by the hub to replace the one we came with. @type {string | null} */ #freshToken = null;
  /** What `join` brought. @type {string | null} */ #joinToken = null;
  /** @type {RTCIceServer[]} */ #hubServers = [];
  /** @type {RTCConfiguration} */ #configuration;

  /**
   * @param {SessionOptions} options
   * @param {object} hooks
   * @param {Clock} hooks.clock
   * @param {() => MediaFlags} hooks.flags  what of our media is on
   * @param {() => void} hooks.onChange
   * @param {(kind: "welcome" | "resumed" | "resync", snapshot: Snapshot) => void} hooks.onSession
   * @param {(event: HubEvent) => void} hooks.onEvent
   * @param {(error: { code: string, message: string }) => void} hooks.onProtocolError
   */
  constructor(options, { flags, onChange, ...hooks }) {
    this.#options = options;
    this.#name = options.name;
    this.#configuration = {
      ...(options.iceServers && { iceServers: options.iceServers }),
      ...(options.iceTransportPolicy && { iceTransportPolicy: options.iceTransportPolicy }),
    };
    this.#signal = new Signal({
      ...hooks,
      url: options.url,
      session: takeStored(options.storage),
      hello: async () => ({ name: this.#name, token: await this.#token(), room: this.wanted ?? undefined, media: flags() }),
      onChange: () => {
        // A token that was pushed and is not taken any more: the next attempt asks for a new one.
        if (this.#signal.state === "refused") this.#freshToken = this.#joinToken = null;
        onChange();
      },
    });
  }

  get signal() {
    return this.#signal;
  }

  /** What a new peer connection is made with. @returns {RTCConfiguration} */
  get configuration() {
    return { ...this.#configuration, iceServers: this.#configuration.iceServers ?? this.#hubServers };
  }

  /** Replaces servers (undefined: the hub's again) or policy. @param {RTCConfiguration} change */
  configure(change) {
    Object.assign(this.#configuration, change);
  }

  /** @param {Snapshot} snapshot */
  begin({ self, stun, iceServers }) {
    this.self = self;
    this.stun = stun ?? [];
    this.setIceServers(iceServers);
  }

  /** @param {IceServers} iceServers */
  setIceServers({ servers }) {
    this.#hubServers = servers;
  }

  /** @param {{ fresh?: string, join?: string | null }} tokens */
  setToken({ fresh, join }) {
    if (fresh !== undefined) this.#freshToken = fresh;
    if (join !== undefined) this.#joinToken = join;
  }

  /** @param {string} name */
  async rename(name) {
    await this.#signal.request("rename", { name });
    this.#name = name;
    if (this.self) this.self = { ...this.self, name };
  }

  /** @param {{ leave: boolean }} options */
  close({ leave }) {
    this.#signal.close({ leave });
    const { storage } = this.#options;
    if (storage && this.#signal.session) storage.setItem(storageKey, JSON.stringify(this.#signal.session));
  }

  async #token() {
    const { token } = this.#options;
    return this.#freshToken ?? (typeof token === "function" ? await token() : token) ?? this.#joinToken ?? undefined;
  }
}

/**
 * A stored session is taken, not read: a second tab, copied with its storage, must not supersede the first.
 * @param {SessionOptions["storage"]} storage
 */
function takeStored(storage) {
  const text = storage?.getItem(storageKey);
  storage?.removeItem(storageKey);
  try {
    return text ? JSON.parse(text) : null;
  } catch {
    return null;
  }
}
