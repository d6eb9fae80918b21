// @ts-check
/** @import { ErrorBody } from "./types.js" */

/** A refusal by the hub: `code` is stable (docs/protocol.md section 8), `message` is a sentence. */
export class HubError extends Error {
  /** @param {ErrorBody} body */
  constructor({ code, message, field, retryAfterMs }) {
    super(message);
    this.name = "HubError";
    this.code = code;
    this.field = field;
    this.retryAfterMs = retryAfterMs;
  }
}

/**
 * What each close code means to a client (docs/protocol.md section 7). `now`, `after` and `move` resume; anything that is not in
 * the table resumes with back-off.
 * @type {Map<number, { action: "done" | "refuse" | "supersede" | "now" | "after" | "move", code: string, message: string }>}
 */
export const closeCodes = new Map([
  [1000, { action: "done", code: "closed", message: "The connection was closed." }],
  [1001, { action: "done", code: "closed", message: "The connection was closed." }],
  [4001, { action: "refuse", code: "unauthorized", message: "The hub asks for a valid token." }],
  [4002, { action: "refuse", code: "protocol", message: "The hub did not understand this client." }],
  [4003, { action: "supersede", code: "superseded", message: "This session goes on in another tab." }],
  [4004, { action: "refuse", code: "kicked", message: "A moderator has removed you." }],
  [4005, { action: "refuse", code: "room_closed", message: "The room is closed." }],
  [4008, { action: "now", code: "slow_consumer", message: "The connection was too slow." }],
  [4009, { action: "refuse", code: "too_big", message: "A message was too big." }],
  [4010, { action: "after", code: "rate", message: "Too many messages." }],
  [4011, { action: "now", code: "dead", message: "Nothing was heard from this client." }],
  [4012, { action: "after", code: "draining", message: "The hub is restarting." }],
  [4013, { action: "move", code: "moved", message: "The session goes on at another node of the hub." }],
  [4014, { action: "after", code: "unavailable", message: "A part of the hub is out of reach." }],
]);
