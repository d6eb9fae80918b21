// @ts-check
/** Publishing and playing over a hub that says what the test wants: when it waits, restarts, begins anew and gives up. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { WhipClient } from "../rtchub/whip.js";
import { iceOf, iceServersOf, withIce } from "../rtchub/whipresource.js";
import { FakeClock, settle } from "./clock.js";

const offerOf = /** @param {number} n */ n => `v=0\r\na=ice-ufrag:u${n}\r\na=ice-pwd:p${n}\r\n`;
const answer = "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=ice-ufrag:hub\r\na=ice-pwd:secret\r\na=candidate:1 1 udp 1 192.0.2.1 7882 typ host\r\na=end-of-candidates\r\n";

class FakeConnection {
  connectionState = "new";
  /** @type {any} */ onconnectionstatechange = null;
  /** @type {string[]} */ set = [];
  /** @type {any} */ configuration;
  closed = false;
  offers = 0;
  dtls = Object.assign(new EventTarget(), { state: "new" });

  /** @param {RTCConfiguration} configuration */
  constructor(configuration) {
    this.configuration = configuration;
  }

  addTransceiver() {
    return { receiver: { track: {} } };
  }

  getTransceivers() {
    return [{ sender: { transport: this.dtls }, receiver: {} }];
  }

  createOffer = async () => ({ type: "offer", sdp: offerOf(++this.offers) });

  /** As browsers do, W3C WebRTC 4.4.1.6. @param {RTCConfiguration} next */
  setConfiguration(next) {
    if (next.bundlePolicy !== this.configuration.bundlePolicy) throw new Error("InvalidModificationError");
    this.configuration = next;
  }

  /** @param {RTCSessionDescriptionInit} description */
  setLocalDescription = async description => void this.set.push(/** @type {string} */ (description.sdp));
  setRemoteDescription = this.setLocalDescription;

  close() {
    this.closed = true;
  }

  /** @param {string} state */
  become(state) {
    this.connectionState = state;
    this.onconnectionstatechange?.();
  }
}

/** @typedef {[status: number, body?: any, headers?: Record<string, string>]} Reply */

/** @param {(request: any) => Reply | Promise<Reply>} hub */
function playing(hub) {
  const clock = new FakeClock();
  /** @type {any[]} */ const requests = [];
  /** @type {FakeConnection[]} */ const connections = [];
  /** @type {any} */ const env = {
    MediaStream: class {},
    RTCPeerConnection: class extends FakeConnection {
      /** @param {RTCConfiguration} configuration */
      constructor(configuration) {
        super(configuration);
        connections.push(this);
      }
    },
    /** @param {URL} url @param {any} request */
    fetch: async (url, request) => {
      requests.push({ url: String(url), ...request });
      const [status, body = "", headers = {}] = await hub({ url: String(url), ...request });
      return new Response(status === 204 ? null : typeof body === "string" ? body : JSON.stringify(body), { status, headers });
    },
  };
  const client = new WhipClient({ url: new URL("http://hub.test/whep/studio"), token: "t0", clock, env });
  return { client, clock, requests, connections, methods: () => requests.map(each => each.method) };
}

/** @param {(request: any) => Reply | Promise<Reply>} hub */
async function live(hub) {
  const all = playing(hub);
  await all.client.start();
  all.connections[0].become("connected");
  return all;
}

/** @returns {[number, string, Record<string, string>]} */
const made = () => [201, answer, { location: "/whep/studio/s1", link: '<turn:hub.test:3478?transport=udp>; rel="ice-server"; username="u"; credential="c"' }];
/** @type {[number, any]} */
const nobody = [409, { code: "nothing_to_play", detail: "Nobody.", retryAfterMs: 2000 }];

test("an offer is posted with the token before anything is gathered, and the hub's ICE servers are taken", async () => {
  const { client, requests, connections } = playing(() => made());
  await client.start();
  const [pc] = connections;
  assert.equal(requests[0].headers.authorization, "Bearer t0");
  assert.equal(requests[0].body, offerOf(1));
  assert.deepEqual(pc.configuration.iceServers, [{ urls: "turn:hub.test:3478?transport=udp", username: "u", credential: "c" }]);
  assert.deepEqual(pc.set, [offerOf(1), answer]);
  pc.become("connected");
  assert.equal(client.state, "live");
});

test("while nobody publishes it waits as long as the hub says, and asks again", async () => {
  let published = false;
  const { client, clock, methods } = playing(() => published ? made() : nobody);
  await client.start();
  assert.deepEqual([client.state, client.error?.code, client.retryAt], ["waiting", "nothing_to_play", clock.now() + 2000]);
  await clock.advance(2000);
  assert.equal(client.state, "waiting");
  published = true;
  await clock.advance(2000);
  assert.deepEqual(methods(), ["POST", "POST", "POST"]);
  /** @type {any} */ (client.pc).become("connected");
  assert.equal(client.state, "live");
  assert.equal(client.error, null);
});

for (const [code, status] of /** @type {[string, number][]} */ ([["unauthorized", 401], ["room_locked", 403], ["room_closed", 410], ["not_acceptable", 422]])) {
  test(`${code} is a refusal, and nobody asks again`, async () => {
    const { client, clock, methods } = playing(() => [status, { code, detail: "No." }]);
    await client.start();
    assert.deepEqual([client.state, client.error?.code], ["refused", code]);
    await clock.advance(60_000);
    assert.deepEqual(methods(), ["POST"]);
  });
}

test("a wrong passcode is not tried again, though the hub says when one may", async () => {
  const { client, clock, methods } = playing(() => [401, { code: "passcode_wrong", detail: "No.", retryAfterMs: 5000 }, { "retry-after": "5" }]);
  await client.start();
  await clock.advance(60_000);
  assert.deepEqual([client.state, methods()], ["refused", ["POST"]]);
});

test("a path that is lost for three seconds is looked for anew in the same session", async () => {
  const { client, clock, requests, connections } = playing(({ method }) => method === "POST" ? made() : [200, "a=ice-ufrag:new\r\na=ice-pwd:other\r\na=candidate:2 1 udp 1 192.0.2.9 1 typ host\r\n"]);
  await client.start();
  const [pc] = connections;
  pc.become("connected");
  pc.become("disconnected");
  await clock.advance(2900);
  assert.equal(client.state, "live");
  await clock.advance(200);
  assert.equal(client.state, "recovering");
  const { url, method, headers, body } = requests[1];
  assert.deepEqual([url, method, headers["if-match"], headers["content-type"]], ["http://hub.test/whep/studio/s1", "PATCH", "*", "application/trickle-ice-sdpfrag"]);
  assert.equal(body, "a=ice-ufrag:u2\r\na=ice-pwd:p2\r\n");
  assert.match(/** @type {string} */ (pc.set.at(-1)), /a=ice-ufrag:new\r\na=ice-pwd:other\r\na=candidate:2 /);
  pc.become("connected");
  assert.deepEqual([client.state, connections.length], ["live", 1]);
});

test("a hub that has forgotten the session gets a new offer", async () => {
  const { client, connections, methods } = playing(({ method }) => method === "POST" ? made() : [404, { code: "not_found", detail: "Gone." }]);
  await client.start();
  connections[0].become("failed");
  await settle();
  assert.deepEqual([connections.length, connections[0].closed], [2, true]);
  assert.deepEqual(methods(), ["POST", "PATCH", "POST"]);
  connections[1].become("connected");
  assert.equal(client.state, "live");
});

test("the hub's goodbye ends it; one's own deletes the session", async () => {
  const ended = playing(() => made());
  await ended.client.start();
  Object.assign(ended.connections[0].dtls, { state: "closed" }).dispatchEvent(new Event("statechange"));
  assert.equal(ended.client.state, "ended");
  assert.deepEqual(ended.methods(), ["POST"]);

  const stopped = playing(() => made());
  await stopped.client.start();
  stopped.client.stop();
  await settle();
  assert.equal(stopped.client.state, "stopped");
  assert.deepEqual(stopped.requests.at(-1), { ...stopped.requests.at(-1), method: "DELETE", url: "http://hub.test/whep/studio/s1", keepalive: true });
  await stopped.clock.advance(60_000);
  assert.deepEqual(stopped.methods(), ["POST", "DELETE"]);
});

test("DTLS says goodbye when the session is deleted, or when the hub is silent for a second", async () => {
  for (const silent of [false, true]) {
    /** @type {(response: any) => void} */ let answerDelete = () => {};
    const { client, clock, connections: [pc] } = await live(request => request.method === "DELETE" ? new Promise(resolve => { answerDelete = resolve; }) : made());
    client.stop();
    await settle();
    assert.equal(pc.closed, false);
    if (silent) await clock.advance(1000);
    else answerDelete([200]);
    await settle();
    assert.equal(pc.closed, true);
  }
});

test("an answer that comes after one has stopped is a session to delete", async () => {
  const late = playing(() => made());
  const started = late.client.start();
  late.client.stop();
  await started;
  await settle();
  assert.deepEqual(late.methods(), ["POST", "DELETE"]);
  assert.equal(late.client.state, "stopped");
});

test("Link headers: several, quoted, others among them", () => {
  const link = '<stun:a.test>; rel="ice-server", <https://x.test/>; rel="help", <turns:b.test?transport=tcp>; rel=ice-server; username="a;b,c"; credential="d"; credential-type="password"';
  assert.deepEqual(iceServersOf(link), [{ urls: "stun:a.test" }, { urls: "turns:b.test?transport=tcp", username: "a;b,c", credential: "d" }]);
  assert.deepEqual(iceServersOf(null), []);
});

test("fragments: what is sent of an offer, and what is taken into an answer", () => {
  assert.equal(iceOf(`${answer}a=ice-ufrag:second\r\n`), "a=ice-ufrag:hub\r\na=ice-pwd:secret\r\n");
  const next = withIce(answer, "a=ice-ufrag:x\r\na=ice-pwd:y\r\nm=audio 9 RTP/AVP 0\r\na=candidate:3 1 udp 1 192.0.2.3 3 typ host\r\na=end-of-candidates\r\n");
  assert.equal(next, "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=ice-ufrag:x\r\na=ice-pwd:y\r\na=candidate:3 1 udp 1 192.0.2.3 3 typ host\r\na=end-of-candidates\r\n");
});
