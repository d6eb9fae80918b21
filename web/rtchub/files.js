// @ts-check
/** @import { Clock } from "./types.js" */
/** @import { Transfer } from "./transfer.js" */
import { Inbound, Outbound, readMessage, refuse, safeName } from "./transfer.js";

/**
 * Files over data channels, one channel a transfer, so that several run side by side. On the channel:
 *
 *     sender                                          receiver
 *     {t:"offer", id, name, size, type}      ->
 *                                            <-       {t:"accept", from}    the byte to start at
 *     binary, binary, ...                    ->
 *     {t:"end", sha256}                      ->
 *                                            <-       {t:"done"}            all bytes there, and their digest is right
 *
 * and from either side {t:"decline"}, {t:"cancel"} or {t:"failed", reason}. When the channel breaks on the way the sender
 * opens another as soon as there is a connection and makes the same offer; the receiver answers with what it has.
 */

export const channelLabel = "rtchub-file";

const offersMost = 16;
/** What a receiver keeps ends up in memory or in the browser's temporary files. */
export const defaultMaxBytes = 2 * 1024 ** 3;

export class Files {
  /** @type {Map<string, Outbound | Inbound>} */ #transfers = new Map();
  #open; #onChange; #clock; #maxBytes;

  /**
   * @param {object} options
   * @param {(peer: string) => RTCDataChannel | null} options.open  a new channel to a peer, or null without a connection
   * @param {(transfer: Transfer, stateChanged: boolean) => void} options.onChange
   * @param {Clock} options.clock
   * @param {number} [options.maxBytes]
   */
  constructor({ open, onChange, clock, maxBytes = defaultMaxBytes }) {
    this.#open = open;
    this.#onChange = onChange;
    this.#clock = clock;
    this.#maxBytes = maxBytes;
  }

  /** @returns {Transfer[]} */
  get list() {
    return [...this.#transfers.values()].map((transfer) => transfer.view);
  }

  /**
   * Offers a file to a peer.
   * @param {File | (Blob & { name?: string })} file
   * @param {string} peer
   * @returns {string}  the id of the transfer
   */
  send(file, peer) {
    if (file.size > this.#maxBytes) throw new RangeError(`A file may have at most ${this.#maxBytes} bytes.`);
    const id = Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => byte.toString(16).padStart(2, "0")).join("");
    const transfer = new Outbound({ id, peer, file, changed: this.#changed, open: this.#open, clock: this.#clock });
    this.#transfers.set(id, transfer);
    transfer.connect();
    return id;
  }

  /**
   * A channel that a peer has opened for a file.
   * @param {string} peer
   * @param {RTCDataChannel} channel
   */
  receive(peer, channel) {
    channel.binaryType = "arraybuffer";
    channel.onmessage = ({ data }) => {
      const offer = readMessage(data);
      if (offer?.t !== "offer" || typeof offer.id !== "string" || !Number.isSafeInteger(offer.size) || offer.size < 0) return channel.close();
      const id = `${peer}/${offer.id.slice(0, 64)}`;
      const known = this.#transfers.get(id);
      if (known instanceof Inbound) return known.resume(channel);
      const open = this.list.filter((t) => t.peer === peer && t.direction === "in" && t.state === "offered");
      if (offer.size > this.#maxBytes) return refuse(channel, "too_large");
      if (open.length >= offersMost) return refuse(channel, "too_many");
      const transfer = new Inbound({
        id, peer, channel, size: offer.size, name: safeName(offer.name), type: String(offer.type ?? ""),
        changed: this.#changed, clock: this.#clock,
      });
      this.#transfers.set(id, transfer);
      this.#changed(transfer.view, true);
    };
  }

  /** @param {string} id */
  accept(id) {
    const transfer = this.#transfers.get(id);
    if (transfer instanceof Inbound) transfer.accept();
  }

  /** @param {string} id */
  decline(id) {
    const transfer = this.#transfers.get(id);
    if (transfer instanceof Inbound) transfer.decline();
  }

  /** @param {string} id */
  cancel(id) {
    this.#transfers.get(id)?.cancel();
  }

  /** There is a connection to this peer (again). @param {string} peer */
  connected(peer) {
    for (const transfer of this.#transfers.values())
      if (transfer instanceof Outbound && transfer.view.peer === peer) transfer.connect();
  }

  /** The peer has gone for good. @param {string} peer */
  gone(peer) {
    for (const transfer of this.#transfers.values()) if (transfer.view.peer === peer) transfer.end("failed");
  }

  /** @type {(transfer: Transfer, stateChanged: boolean) => void} */
  #changed = (transfer, stateChanged) => this.#onChange(transfer, stateChanged);
}
