// @ts-check
/** The methods of a call that only ask something of the hub: what comes of it, everybody hears as an event. */
export class Requests extends EventTarget {
  /** Sends a request of docs/protocol.md section 4, and resolves with the payload of its reply. */
  request;

  /** @param {(t: string, d?: object, to?: string) => Promise<any>} request */
  constructor(request) {
    super();
    this.request = request;
  }

  /** @param {boolean} raised */
  raiseHand(raised) {
    return this.request("hand", { raised });
  }

  /** @param {string} text */
  chat(text) {
    return this.request("chat", { text });
  }

  /**
   * @param {any} data
   * @param {string} [to]  one participant, or everybody else
   */
  send(data, to) {
    return this.request("data", data, to);
  }

  /** @param {string} target @param {"audio" | "video"} kind */
  mute(target, kind) {
    return this.request("mute", { target, kind });
  }

  /** @param {string} target */
  kick(target) {
    return this.request("kick", { target });
  }

  /** @param {boolean} locked */
  lock(locked) {
    return this.request("lock", { locked });
  }

  /** @param {boolean} enabled */
  lobby(enabled) {
    return this.request("lobby", { enabled });
  }

  /** @param {string} target */
  admit(target) {
    return this.request("admit", { target });
  }

  /** @param {string} target */
  deny(target) {
    return this.request("deny", { target });
  }

  /** @param {string} target @param {boolean} moderator */
  moderator(target, moderator) {
    return this.request("moderator", { target, moderator });
  }

  /** Shows one participant large to everybody; null: nobody any more. @param {string | null} target */
  spotlight(target) {
    return this.request("spotlight", { target });
  }
}
