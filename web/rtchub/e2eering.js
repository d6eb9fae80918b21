// @ts-check
/** @import { Epoch } from "./e2eekeys.js" */
/** @import { Kind } from "./e2eeframe.js" */
import { openFrame, sealFrame, trailerOf } from "./e2eeframe.js";
import { frameKey } from "./e2eekeys.js";

/**
 * @typedef {object} Opened
 * @property {string | null} sender  null: the frame does not say
 * @property {ArrayBuffer | null} data  null: it cannot be opened, and must not be shown
 * @property {boolean} known  whether we have the key that it names
 */

/** Keys of one page: what its worker holds. Without a current epoch nothing is sent. */
export class Ring {
  /** @type {Map<string, Epoch>} */ #epochs = new Map();
  /** By epoch and sender. @type {Map<string, Promise<CryptoKey>>} */ #keys = new Map();
  /** @type {string | null} */ #current = null;
  #salt = crypto.getRandomValues(new Uint8Array(6));
  #counter = 0;
  #self;

  /** @param {string} self */
  constructor(self) {
    this.#self = self;
  }

  /** @param {Epoch[]} epochs  those that frames may still come under @param {string | null} current  the one to send under */
  set(epochs, current) {
    this.#epochs = new Map(epochs.map((epoch) => [epoch.id, epoch]));
    this.#current = current;
    for (const name of this.#keys.keys()) if (!this.#epochs.has(name.slice(0, 8))) this.#keys.delete(name);
  }

  /** @param {Kind} kind @param {ArrayBuffer} data @returns {Promise<ArrayBuffer | null>}  null: there is no key to send under yet */
  async seal(kind, data) {
    const epoch = this.#epochs.get(this.#current ?? "");
    if (!epoch) return null;
    const counter = this.#counter++;
    const key = await this.#key(epoch, this.#self);
    const keyId = Uint8Array.from(epoch.id.match(/../g) ?? [], (pair) => parseInt(pair, 16));
    return sealFrame(kind, data, { keyId, sender: new TextEncoder().encode(this.#self), key, salt: this.#salt, counter });
  }

  /** @param {Kind} kind @param {ArrayBuffer} data @returns {Promise<Opened>} */
  async open(kind, data) {
    const trailer = trailerOf(data);
    if (!trailer) return { sender: null, data: null, known: false };
    const { sender } = trailer;
    const epoch = this.#epochs.get(trailer.keyId);
    if (!epoch) return { sender, data: null, known: false };
    try {
      return { sender, data: await openFrame(kind, data, await this.#key(epoch, sender)), known: true };
    } catch {
      return { sender, data: null, known: true };
    }
  }

  /** @param {Epoch} epoch @param {string} sender */
  #key(epoch, sender) {
    const name = `${epoch.id} ${sender}`;
    let key = this.#keys.get(name);
    if (!key) {
      // Names in frames are whatever somebody wrote there: of made-up ones not all are kept.
      if (this.#keys.size > 2000) this.#keys.clear();
      this.#keys.set(name, key = frameKey(epoch.secret, sender));
    }
    return key;
  }
}
