// @ts-check
/** The ways to a hub, tried one by one in a browser and at a hub that behave as the test says. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Reach, checkNames, only, roomOf } from "../rtchub/reach.js";
import { FakeClock, settle } from "./clock.js";

const answer = ["v=0", "m=audio 9 UDP/TLS/RTP/SAVPF 111", "a=candidate:1 1 udp 2130706431 192.0.2.1 7882 typ host", "a=candidate:2 1 TCP 2130706175 192.0.2.1 7882 typ host tcptype passive",
  "a=candidate:3 1 udp 2130706430 2001:db8::1 7882 typ host", "a=end-of-candidates", ""].join("\r\n");
const turn = { urls: ["turn:t.test:3478?transport=udp", "turn:t.test:3478?transport=tcp"], username: "u", credential: "c" };

/**
 * @param {object} world
 * @param {RTCIceServer[]} [world.servers]
 * @param {(url: string) => string | number} [world.relay]  an address, or an error's code
 * @param {(sdp: string) => boolean} [world.connects]
 * @param {() => Response} [world.post]
 * @param {boolean} [world.socket]
 */
function world({ servers = [{ urls: ["stun:h.test:3478"] }, turn], relay = () => "198.51.100.1", connects = () => true, post = () => new Response(answer, { status: 201, headers: { location: "/whip/r/s" } }), socket = true } = {}) {
  const clock = new FakeClock();
  /** @type {any[]} */ const requests = [];
  class Socket extends EventTarget {
    readyState = 0;
    /** @type {any} */ onopen = null; /** @type {any} */ onmessage = null; /** @type {any} */ onclose = null; /** @type {any} */ onerror = null;
    constructor() {
      super();
      queueMicrotask(() => {
        if (!socket) return;
        this.readyState = 1;
        this.onopen?.({});
      });
    }

    /** @param {string} frame */
    send(frame) {
      if (JSON.parse(frame).t !== "hello") return;
      const d = { version: 1, session: { id: "s", secret: "x", seq: 0 }, self: { id: "k7mq4xtd" }, iceServers: { servers, expiresAt: null }, stun: [], limits: {}, room: null, received: 0, seq: 0 };
      queueMicrotask(() => this.onmessage?.({ data: JSON.stringify({ t: "welcome", d }) }));
    }

    close() {
      this.readyState = 3;
    }
  }
  class Connection extends EventTarget {
    connectionState = "new"; iceGatheringState = "new";
    /** @type {any} */ onicecandidate = null; /** @type {any} */ onicecandidateerror = null; /** @type {any} */ onconnectionstatechange = null; /** @type {any} */ onicegatheringstatechange = null;
    /** @param {any} configuration */
    constructor(configuration) {
      super();
      this.configuration = configuration;
    }

    addTransceiver() {}
    createDataChannel() {}
    close() {}
    createOffer = async () => ({ type: "offer", sdp: "v=0\r\n" });

    async setLocalDescription() {
      const [url] = [this.configuration.iceServers?.[0]?.urls ?? []].flat();
      queueMicrotask(() => {
        if (this.configuration.iceTransportPolicy === "relay") {
          const found = relay(url);
          if (typeof found === "number") this.onicecandidateerror?.({ errorCode: found, errorText: "", url });
          else this.onicecandidate?.({ candidate: { candidate: "candidate:1", address: found, port: 5000 } });
          this.onicecandidate?.({ candidate: null });
        }
        this.iceGatheringState = "complete";
        this.onicegatheringstatechange?.();
      });
    }

    /** @param {{ sdp: string }} description */
    async setRemoteDescription({ sdp }) {
      if (!connects(sdp)) return;
      this.connectionState = "connected";
      queueMicrotask(() => this.onconnectionstatechange?.());
    }
  }
  /** @type {any} */ const env = {
    isSecureContext: true, WebSocket: Socket, RTCPeerConnection: Connection,
    /** @param {URL} url @param {any} request */
    fetch: async (url, request) => {
      requests.push({ url: String(url), ...request });
      return request.method === "POST" ? post() : new Response(null, { status: 200 });
    },
  };
  const reach = new Reach({ hub: "http://h.test", clock, env });
  return { reach, clock, requests, of: /** @param {string} name */ name => /** @type {any} */ (reach.checks.find(each => each.name === name)) };
}

test("where everything is open everything works, and what was made is deleted again", async () => {
  const { reach, requests } = world();
  await reach.run();
  assert.deepEqual(reach.checks.map(({ name, state, code }) => [name, state, code]), checkNames.map(name => [name, "ok", null]));
  assert.deepEqual(requests.map(({ method }) => method), ["POST", "DELETE", "POST", "DELETE"]);
  assert.match(requests[0].url, /^http:\/\/h\.test\/whip\/diag-[a-z2-9]{10}$/);
});

test("UDP that does not come back is told apart from TCP that does", async () => {
  const { reach, clock, of } = world({ connects: sdp => !/ udp /.test(sdp.split("m=audio")[1].replace("UDP/TLS", "")) });
  const run = reach.run();
  for (let i = 0; i < 12; i++) await clock.advance(1000);
  await run;
  assert.deepEqual([of("sfu-udp").state, of("sfu-udp").code, of("sfu-udp").detail], ["failed", "no-answer", "192.0.2.1:7882, [2001:db8::1]:7882"]);
  assert.deepEqual([of("sfu-tcp").state, of("sfu-tcp").detail], ["ok", "192.0.2.1:7882"]);
});

test("a TURN server that refuses us, and one that is not there, by each of its ways", async () => {
  const { reach, of } = world({ relay: url => (/tcp/.test(url) ? 701 : 401) });
  await reach.run();
  assert.deepEqual([of("turn-udp").code, of("turn-tcp").code], ["unauthorized", "no-answer"]);
  assert.match(of("turn-tcp").detail, /^701/);
});

test("what the hub does not offer is left out, with what to do", async () => {
  const { reach, of } = world({ servers: [{ urls: ["turn:t.test"] }], post: () => new Response(answer.replace(/a=candidate:2.*\r\n/, ""), { status: 201, headers: { location: "/whip/r/s" } }) });
  await reach.run();
  for (const name of ["stun", "turn-tcp", "sfu-tcp"]) assert.deepEqual([of(name).state, of(name).code], ["skipped", "none"], name);
  assert.equal(of("turn-udp").state, "ok");
});

test("a hub that asks for a token says so, and one whose socket does not open leaves the rest unknown", async () => {
  const closed = world({ post: () => new Response(JSON.stringify({ code: "unauthorized", detail: "Token." }), { status: 401 }) });
  await closed.reach.run();
  assert.deepEqual([closed.of("sfu-udp").state, closed.of("sfu-udp").code], ["failed", "unauthorized"]);
  const deaf = world({ socket: false });
  const run = deaf.reach.run();
  for (let i = 0; i < 8; i++) await deaf.clock.advance(1000);
  await settle();
  await run;
  assert.deepEqual([deaf.of("websocket").code, deaf.of("stun").state, deaf.of("turn-udp").code], ["no-socket", "skipped", "unknown"]);
});

test("candidates of one kind, and the room of a token", () => {
  assert.deepEqual(only("tcp", answer).addresses, ["192.0.2.1:7882"]);
  assert.equal(/ udp /.test(only("tcp", answer).sdp), false);
  assert.match(only("udp", answer).sdp, /a=end-of-candidates/);
  const payload = Buffer.from(JSON.stringify({ grants: { room: "blue-fox" } })).toString("base64url");
  assert.equal(roomOf(`h.${payload}.s`), "blue-fox");
  assert.equal(roomOf("an api key"), null);
  assert.equal(roomOf(null), null);
});

test("every reason has words in both languages", () => {
  const source = readFileSync(new URL("../rtchub/reach.js", import.meta.url), "utf8");
  const codes = new Set([...source.matchAll(/Failure\((?:[^"]*\? )?"([\w-]+)"(?: : "([\w-]+)")?/g)].flatMap(([, one, other]) => (other ? [one, other] : [one])));
  assert.ok(codes.size >= 4, [...codes].join());
  for (const tag of ["en", "zh"]) {
    const words = JSON.parse(readFileSync(new URL(`../i18n/diag.${tag}.json`, import.meta.url), "utf8"));
    for (const code of codes) assert.ok(Object.keys(words).some(key => key.startsWith("diag.advice.") && key.endsWith(`.${code}`)), code);
    for (const name of checkNames) assert.ok(words[`diag.check.${name}`] && words[`diag.about.${name}`], name);
  }
});
