// @ts-check
/** Verdicts from what Chromium and Firefox really gathered, against STUN servers that told the truth or played a NAT. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { judge, meeting } from "../rtchub/lab/nat.js";
import { probeNat } from "../rtchub/lab/natprobe.js";
import { FakeClock, settle } from "./clock.js";

/** @typedef {import("../rtchub/lab/nat.js").Gathering} Gathering */

const urls = /** @type {const} */ (["stun:203.0.113.1:3478", "stun:203.0.113.1:3479"]);
const host = { address: "192.0.2.2", port: 60787 };
const hidden = { address: "de75b551-85c6-45dc-938a-a901bf60341b.local", port: 49290 };

/** @param {number} port @param {Partial<import("../rtchub/lab/nat.js").Reflexive>} [more] */
const seen = (port, more) => ({ address: "203.0.113.7", port, relatedAddress: host.address, relatedPort: host.port, url: null, ...more });
/** @param {Partial<Gathering>} [more] @returns {Gathering} */
const run = (more) => ({ urls: [urls[0]], complete: true, ms: 120, host: [host], srflx: [], errors: [], ...more });
const silent = run({ complete: false, ms: 4000 });

test("one mapping for both ports is a cone", () => {
  const { type, reason, values, preserves, near } = judge({ first: run({ srflx: [seen(60787)] }), second: run({ srflx: [seen(60787)] }), both: run({ srflx: [seen(60787)] }) });
  assert.deepEqual({ type, reason, values, preserves, near }, { type: "cone", reason: "one-port", values: { mapped: "203.0.113.7:60787" }, preserves: true, near: false });
});

test("two mappings of one base are symmetric, and both are named", () => {
  const both = run({ srflx: [seen(60787), seen(61787)] });
  const { type, reason, values, preserves } = judge({ first: run({ srflx: [seen(50000)] }), second: run({ srflx: [seen(50001)] }), both });
  assert.deepEqual({ type, reason, values, preserves },
    { type: "symmetric", reason: "two-ports", values: { one: "203.0.113.7:60787", other: "203.0.113.7:61787" }, preserves: false });
  const pool = judge({ first: both, second: both, both: run({ srflx: [seen(60787), seen(60787, { address: "203.0.113.8" })] }) });
  assert.equal(pool.reason, "two-addresses");
});

test("symmetric shows while the browser hides the base, too", () => {
  const off = { relatedAddress: "0.0.0.0", relatedPort: 0 };
  const one = run({ host: [hidden], srflx: [seen(49290, off)] });
  const both = run({ host: [hidden], srflx: [seen(49290, off), seen(50290, off)] });
  assert.equal(judge({ first: one, second: one, both }).type, "symmetric");
  const { type, reason } = judge({ first: one, second: one, both: one });
  assert.deepEqual({ type, reason }, { type: "cone", reason: "one-port-hidden" });
});

test("two networks with a mapping each are not a symmetric NAT", () => {
  const other = { address: "198.51.100.9", port: 40001, relatedAddress: "10.0.0.5", relatedPort: 40001, url: null };
  const both = run({ srflx: [seen(60787), other] });
  assert.equal(judge({ first: both, second: both, both }).type, "cone");
});

test("gathering that ends at once with nothing new means that the own address was seen", () => {
  assert.deepEqual([judge({ first: run(), second: run(), both: run() })].map(({ type, reason, preserves }) => ({ type, reason, preserves })),
    [{ type: "open", reason: "same-as-host", preserves: null }]);
});

test("with a hidden base, the port of the own socket at an address of the same network is no NAT, and the caveat is told", () => {
  const srflx = [{ address: "127.0.0.1", port: hidden.port, relatedAddress: "0.0.0.0", relatedPort: 0, url: null }];
  const one = run({ urls: ["stun:localhost:3478"], host: [hidden], srflx });
  const { type, reason, near } = judge({ first: one, second: one, both: one });
  assert.deepEqual({ type, reason, near }, { type: "open", reason: "same-port-hidden", near: true });
});

test("silence is not taken for an answer", () => {
  assert.equal(judge({ first: silent, second: silent, both: silent }).type, "blocked");
  const failed = run({ errors: [{ url: urls[0], code: 701 }], ms: 11_136 });
  assert.equal(judge({ first: failed, second: failed, both: failed }).type, "blocked", "Firefox ends the gathering with an error");
  const one = judge({ first: run({ srflx: [seen(60787)] }), second: silent, both: run({ complete: false, srflx: [seen(60787)] }) });
  assert.deepEqual([one.type, one.reason, one.values], ["unknown", "one-answer", { url: urls[0] }]);
  const lost = judge({ first: run({ srflx: [seen(60787)] }), second: run({ srflx: [seen(60788)] }), both: run({ complete: false, srflx: [seen(60787)] }) });
  assert.deepEqual([lost.type, lost.reason], ["unknown", "incomplete"], "the second mapping may just not have come");
});

test("no address at all is no verdict about NAT", () => {
  const nothing = run({ host: [] });
  assert.deepEqual([judge({ first: nothing, second: nothing, both: nothing })].map(({ type, reason }) => [type, reason]), [["unknown", "nothing-gathered"]]);
});

test("who meets whom: the same from both sides, relay only where it must be", () => {
  const types = /** @type {const} */ (["open", "cone", "symmetric", "blocked"]);
  for (const a of types) for (const b of types) assert.equal(meeting(a, b), meeting(b, a));
  assert.equal(meeting("cone", "cone"), "direct");
  assert.equal(meeting("open", "cone"), "direct");
  assert.equal(meeting("cone", "symmetric"), "depends");
  assert.equal(meeting("symmetric", "symmetric"), "relay");
  assert.equal(meeting("blocked", "open"), "relay-tcp");
});

/** Gathers what the test says for its servers. */
class GatheringPeer {
  /** @type {GatheringPeer[]} */ static all = [];
  iceGatheringState = "new";
  closed = false;
  /** @type {any} */ onicecandidate = null;
  /** @type {any} */ onicecandidateerror = null;
  /** @type {any} */ onicegatheringstatechange = null;

  /** @param {{ iceServers: { urls: string[] }[] }} configuration */
  constructor({ iceServers }) {
    this.urls = iceServers[0].urls;
    GatheringPeer.all.push(this);
  }

  createDataChannel() {}
  async setLocalDescription() {}
  close() {
    this.closed = true;
  }

  /** @param {string} candidate @param {string} [url] */
  found(candidate, url) {
    this.onicecandidate({ candidate: { candidate, url } });
  }

  end() {
    this.iceGatheringState = "complete";
    this.onicegatheringstatechange();
  }
}

test("the probe asks each port alone and both together, waits 4 s at most, and leaves nothing open", async () => {
  const clock = new FakeClock();
  GatheringPeer.all = [];
  const result = probeNat([...urls], { RTCPeerConnection: /** @type {any} */ (GatheringPeer), clock });
  await settle();
  assert.deepEqual(GatheringPeer.all.map(({ urls }) => urls), [[urls[0]], [urls[1]], [...urls]]);
  const [first, second, both] = GatheringPeer.all;
  first.found("candidate:1 1 udp 2122194687 192.0.2.2 57064 typ host");
  first.found("candidate:3 1 tcp 1518214911 192.0.2.2 9 typ host tcptype active");
  first.found("candidate:2 1 udp 1685987071 203.0.113.7 57064 typ srflx raddr 192.0.2.2 rport 57064", urls[0]);
  await clock.advance(120);
  first.end();
  second.onicecandidateerror({ url: urls[1], errorCode: 701 });
  second.end();
  both.found("candidate:1 1 udp 2122194687 192.0.2.2 57065 typ host");
  await clock.advance(4000);
  const observation = await result;
  assert.deepEqual(observation.first, {
    urls: [urls[0]], complete: true, ms: 120, host: [{ address: "192.0.2.2", port: 57064 }], errors: [],
    srflx: [{ address: "203.0.113.7", port: 57064, relatedAddress: "192.0.2.2", relatedPort: 57064, url: urls[0] }],
  });
  assert.deepEqual(observation.second.errors, [{ url: urls[1], code: 701 }]);
  assert.deepEqual([observation.both.complete, observation.both.ms], [false, 4000]);
  assert.ok(GatheringPeer.all.every(({ closed }) => closed));
});
