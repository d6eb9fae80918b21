// @ts-check
/** @import { Chat, Participant, Person, Room, RoomProperties } from "./types.js" */

const chatMost = 500;

/**
 * The room as the hub tells it: who is in it, who waits, what was said. It keeps what comes; what follows from it for
 * the media is the business of `call.js`.
 */
export class RoomState {
  /** @type {RoomProperties | null} */ properties = null;
  /** Everybody, self too. @type {Map<string, Participant>} */ people = new Map();
  /** @type {Person[]} */ waiting = [];
  /** @type {Chat[]} */ chat = [];
  /** The highest request id seen of each sender: after a resync something may come twice. @type {Map<string, number>} */
  #seen = new Map();
  #notice;

  /** @param {(notice: { code: string, id: string, name: string, [more: string]: unknown }) => void} notice */
  constructor(notice) {
    this.#notice = notice;
  }

  get isJoined() {
    return this.properties?.status === "joined";
  }

  /** @param {string} selfId */
  others(selfId) {
    return [...this.people.values()].filter(({ id }) => id !== selfId);
  }

  /** @param {Room} snapshot */
  enter({ participants, waiting, chat, seat: _seat, ...properties }) {
    this.properties = properties;
    this.people = new Map(participants.map((participant) => [participant.id, participant]));
    this.waiting = waiting ?? [];
    this.chat = chat ?? [];
    for (const { from, n } of this.chat) this.isNew(from, n);
  }

  exit() {
    this.properties = null;
    this.people.clear();
    this.waiting = [];
    this.chat = [];
    this.#seen.clear();
  }

  /** @param {Participant} participant */
  joined(participant) {
    const { id, name } = participant;
    this.people.set(id, participant);
    this.#notice({ code: "joined", id, name });
  }

  /**
   * @param {Participant} participant
   * @param {{ isSelf: boolean }} options
   */
  changed(participant, { isSelf }) {
    const { id, name, hand, role, media } = participant;
    const before = this.people.get(id);
    this.people.set(id, participant);
    if (!before) return;
    if (before.role !== role) this.#notice({ code: "role", id, name, role });
    if (isSelf) return;
    if (!before.hand !== !hand) this.#notice({ code: "hand", id, name, raised: hand !== null });
    if (!before.media.screen && media.screen) this.#notice({ code: "screen", id, name });
  }

  /**
   * @param {string} id
   * @param {string} reason
   */
  left(id, reason) {
    const name = this.people.get(id)?.name ?? "";
    this.people.delete(id);
    this.#seen.delete(id);
    this.#notice({ code: "left", id, name, reason });
  }

  /** @param {Person[]} waiting */
  setWaiting(waiting) {
    for (const { id, name } of waiting)
      if (!this.waiting.some((other) => other.id === id)) this.#notice({ code: "waiting", id, name });
    this.waiting = waiting;
  }

  /** @param {Chat} chat @returns {boolean}  whether it was new */
  said(chat) {
    if (!this.isNew(chat.from, chat.n)) return false;
    this.chat = [...this.chat, chat].slice(-chatMost);
    return true;
  }

  /**
   * @param {string} from
   * @param {number | undefined} n  the request id that the sender used
   */
  isNew(from, n) {
    if (n === undefined) return true;
    if (n <= (this.#seen.get(from) ?? 0)) return false;
    this.#seen.set(from, n);
    return true;
  }
}
