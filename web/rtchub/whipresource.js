// @ts-check
import { HubError } from "./errors.js";

/**
 * The HTTP half of WHIP (RFC 9725) and WHEP: an offer is posted, the answer comes back, and what was made has an address of
 * its own until it is deleted. Refusals are thrown as `HubError`; whoever is not reached, as the code `unreachable`.
 */
export class WhipResource {
  /** @type {URL | null} */ #location = null;
  #endpoint; #token; #fetch;

  /**
   * @param {object} options
   * @param {URL} options.endpoint  `/whip/{room}` or `/whep/{room}`
   * @param {string | null} options.token  a join token, a key, or on an open hub the passcode of the room
   * @param {typeof fetch} options.fetch
   */
  constructor({ endpoint, token, fetch }) {
    this.#endpoint = endpoint;
    this.#token = token;
    this.#fetch = fetch;
  }

  /**
   * @param {string} offer
   * @returns {Promise<{ answer: string, iceServers: RTCIceServer[] }>}
   */
  async post(offer) {
    const response = await this.#send(this.#endpoint, { method: "POST", type: "application/sdp", body: offer });
    this.#location = new URL(response.headers.get("location") ?? "", this.#endpoint);
    return { answer: await response.text(), iceServers: iceServersOf(response.headers.get("link")) };
  }

  /**
   * Restarts ICE with the credentials of a new offer.
   * @param {string} offer
   * @param {string} answer  the last one
   * @returns {Promise<string>}  the answer with the server's new credentials and candidates
   */
  async restart(offer, answer) {
    const response = await this.#send(this.#session, {
      method: "PATCH", type: "application/trickle-ice-sdpfrag", ifMatch: "*", body: iceOf(offer),
    });
    return withIce(answer, await response.text());
  }

  /** Ends it, also while a page is being closed. Resolves when the hub has answered, whatever that is. @returns {Promise<void>} */
  async delete() {
    if (!this.#location) return;
    const sent = this.#send(this.#session, { method: "DELETE" });
    this.#location = null;
    await sent.catch(() => {});
  }

  get #session() {
    if (!this.#location) throw new HubError({ code: "not_found", message: "There is no session." });
    return this.#location;
  }

  /**
   * @param {URL} url
   * @param {{ method: string, type?: string, ifMatch?: string, body?: string }} request
   */
  async #send(url, { method, type, ifMatch, body }) {
    const headers = {
      ...(type && { "content-type": type }), ...(ifMatch && { "if-match": ifMatch }), ...(this.#token && { authorization: `Bearer ${this.#token}` }),
    };
    /** @type {Response} */ let response;
    try {
      response = await this.#fetch(url, { method, headers, body, keepalive: method === "DELETE" });
    } catch {
      throw new HubError({ code: "unreachable", message: "The hub was not reached." });
    }
    if (response.ok) return response;
    const problem = await response.json().catch(() => ({}));
    const seconds = Number(response.headers.get("retry-after") ?? NaN);
    throw new HubError({
      code: problem.code ?? "internal",
      message: problem.detail ?? `The hub answered ${response.status}.`,
      retryAfterMs: problem.retryAfterMs ?? (Number.isNaN(seconds) ? undefined : seconds * 1000),
    });
  }
}

/**
 * `<turn:host>; rel="ice-server"; username="u"; credential="c", <stun:host>; ...` (RFC 9725 section 4.6, RFC 8288)
 * @param {string | null} link
 * @returns {RTCIceServer[]}
 */
export function iceServersOf(link) {
  return [...(link ?? "").matchAll(/<([^>]*)>((?:\s*;\s*[\w-]+\s*=\s*(?:"[^"]*"|[^",;\s]*))*)/g)].flatMap(([, urls, rest]) => {
    const parameters = Object.fromEntries([...rest.matchAll(/;\s*([\w-]+)\s*=\s*(?:"([^"]*)"|([^",;\s]*))/g)].map(([, name, quoted, bare]) => [name, quoted ?? bare]));
    const { rel, username, credential } = parameters;
    return rel === "ice-server" ? [{ urls, ...(username && { username, credential }) }] : [];
  });
}

/** The ICE credentials of a description, as a fragment (RFC 8840). @param {string} sdp */
export function iceOf(sdp) {
  const line = /** @param {string} name */ name => new RegExp(`^a=${name}:.*$`, "m").exec(sdp)?.[0].trimEnd() ?? "";
  return `${line("ice-ufrag")}\r\n${line("ice-pwd")}\r\n`;
}

/**
 * A description with the credentials and candidates of a fragment in the place of its own.
 * @param {string} sdp
 * @param {string} fragment
 */
export function withIce(sdp, fragment) {
  const lines = fragment.split(/\r?\n/);
  const of = /** @param {string} name */ name => lines.filter(line => line.startsWith(`a=${name}`));
  const candidates = [...new Set([...of("candidate:"), ...of("end-of-candidates")])];
  const [ufrag] = of("ice-ufrag:");
  const [password] = of("ice-pwd:");
  return sdp.split(/\r?\n/).flatMap(line => {
    if (line.startsWith("a=ice-ufrag:")) return [ufrag];
    if (line.startsWith("a=ice-pwd:")) return [password, ...candidates];
    return line.startsWith("a=candidate:") || line.startsWith("a=end-of-candidates") ? [] : [line];
  }).join("\r\n");
}
