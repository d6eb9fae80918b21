// @ts-check
/** What the lab draws from a log and from statistics: timelines, ladder, graphs, the path, and what is wrong. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { diagnose } from "../rtchub/lab/diagnosis.js";
import { describe, endpoint, rungs } from "../rtchub/lab/ladder.js";
import { route } from "../rtchub/lab/route.js";
import { Series, niceTop, path, sample } from "../rtchub/lab/series.js";
import { marks, range, spans, tickMs } from "../rtchub/lab/timeline.js";

const host = "candidate:717129757 1 udp 2122194687 192.0.2.2 57064 typ host generation 0 ufrag bk/a network-id 1";
const log = [
  { at: 1000, kind: "signaling", value: "have-local-offer" },
  { at: 1000, kind: "description", value: { side: "local", type: "offer", sdp: "v=0\r\nm=audio 9 x 111\r\nm=video 9 x 96\r\n" } },
  { at: 1010, kind: "gathering", value: "gathering" },
  { at: 1020, kind: "candidate", value: { candidate: host, usernameFragment: "bk/a" } },
  { at: 1021, kind: "sent-candidate", value: { candidate: host, usernameFragment: "bk/a" } },
  { at: 1100, kind: "gathering", value: "complete" },
  { at: 1101, kind: "sent-candidate", value: null },
  { at: 1200, kind: "description", value: { side: "remote", type: "answer", sdp: `v=0\r\nm=audio 9 x 111\r\na=${host}\r\n` } },
  { at: 1200, kind: "signaling", value: "stable" },
  { at: 1300, kind: "ice", value: "checking" },
  { at: 1400, kind: "ice", value: "connected" },
  { at: 2000, kind: "rejoin", value: 1 },
];

test("spans fill the time from the first entry until now, without gaps", () => {
  assert.deepEqual(spans(log, "gathering", 5000), [
    { state: "new", from: 1000, to: 1010 }, { state: "gathering", from: 1010, to: 1100 }, { state: "complete", from: 1100, to: 2000 },
    { state: "new", from: 2000, to: 5000 },
  ], "and another connection begins anew");
  assert.deepEqual(spans(log, "signaling", 1500).map(({ state }) => state), ["have-local-offer", "stable"], "no span of no length");
  assert.deepEqual(spans([], "ice", 5000), []);
});

test("marks, the range of the axis and its ticks", () => {
  assert.deepEqual(marks(log).map(({ at, mark, side }) => `${at} ${mark} ${side}`),
    ["1000 offer local", "1020 candidate local", "1200 answer remote", "2000 rejoin local"]);
  assert.deepEqual(range(log, 3000, 60_000), { from: 1000, to: 3000 });
  assert.deepEqual(range(log, 100_000, 60_000), { from: 40_000, to: 100_000 });
  assert.equal(tickMs(2000, 6), 500);
  assert.equal(tickMs(60_000, 6), 10_000);
});

test("the ladder shows what went over the wire: candidates when they were sent, not when they were found", () => {
  assert.deepEqual(rungs(log).map(({ at, out, type, detail }) => [at, out, type, detail]), [
    [1000, true, "offer", "audio + video"],
    [1021, true, "candidate", "host udp 192.0.2.2:57064"],
    [1101, true, "end", ""],
    [1200, false, "answer", "audio, 1 × candidate"],
  ]);
  assert.equal(describe({ type: "candidate", d: { candidate: null } }).type, "end");
});

test("addresses are short enough to read", () => {
  assert.equal(endpoint({ address: "de75b551-85c6-45dc-938a-a901bf60341b.local", port: 7 }), "de75b551….local:7");
  assert.equal(endpoint({ address: "fd00::2", port: 7 }), "[fd00::2]:7");
});

/** @param {object} more */
const stats = more => /** @type {import("../rtchub/stats.js").Stats} */ (/** @type {unknown} */ ({
  at: 0, pair: { id: "P", currentRoundTripTime: 0.025 }, local: null, remote: null, transport: null, inbound: [], outbound: [], remoteInbound: [], channels: [], ...more,
}));

test("a sample: rates from two looks, null where nothing was measured", () => {
  const before = stats({ at: 1000, inbound: [{ kind: "video", bytesReceived: 0, packetsReceived: 0, packetsLost: 0 }], outbound: [{ kind: "video", bytesSent: 0 }] });
  const now = stats({
    at: 2000,
    inbound: [{ kind: "video", bytesReceived: 125_000, packetsReceived: 95, packetsLost: 5, jitter: 0.012, framesPerSecond: 15 }],
    outbound: [{ kind: "video", bytesSent: 25_000, framesPerSecond: 30 }, { kind: "audio" }],
    remoteInbound: [{ fractionLost: 0.1 }],
  });
  assert.deepEqual(sample(now, before), { at: 2000, inKbps: 1000, outKbps: 200, rttMs: 25, jitterMs: 12, lossIn: 5, lossOut: 10, fpsIn: 15, fpsOut: 30 });
  const first = sample(now, null);
  assert.deepEqual([first.inKbps, first.outKbps, first.lossIn, first.rttMs], [null, null, null, 25]);
  assert.equal(sample(now, { ...before, pair: { id: "another" } }).inKbps, null, "no rate across two connections");
});

test("the series keeps its window and one sample before it; the path breaks where nothing was measured", () => {
  const series = new Series(10_000);
  /** @param {number} at @param {number | null} rttMs */
  const push = (at, rttMs) => series.push({ at, inKbps: null, outKbps: null, rttMs, jitterMs: null, lossIn: null, lossOut: null, fpsIn: null, fpsOut: null });
  for (let at = 0; at <= 20_000; at += 1000) push(at, at === 15_000 ? null : at / 1000);
  assert.deepEqual([series.samples[0].at, series.samples.length], [9000, 12]);
  assert.equal(series.max(["rttMs", "inKbps"]), 20);
  const drawn = path(series.samples, "rttMs", { from: 10_000, to: 20_000, top: 20, width: 100, height: 50 });
  assert.equal(drawn.match(/M/g)?.length, 2);
  assert.ok(drawn.endsWith("L100.0 0.0"));
});

test("scales end at round numbers", () => {
  assert.deepEqual([niceTop(0, 20), niceTop(21, 20), niceTop(180, 100), niceTop(1000, 100), niceTop(0.3, 0.1)], [20, 50, 200, 1000, 0.5]);
});

test("the path: what stands between shows itself by the kind of the candidates", () => {
  const direct = { candidateType: "host", address: "192.0.2.2", port: 1, protocol: "udp" };
  const mapped = { candidateType: "srflx", address: "203.0.113.7", port: 2, relatedAddress: "192.0.2.2", relatedPort: 1, protocol: "udp" };
  const relayed = { candidateType: "relay", address: "198.51.100.1", port: 3, protocol: "udp" };
  /** @param {object} local @param {object} remote */
  const way = (local, remote) => route(local, remote).map(({ kind, side, address, port }) => `${side} ${kind} ${address}:${port}`);
  assert.deepEqual(way(direct, direct), ["local self 192.0.2.2:1", "remote peer 192.0.2.2:1"]);
  assert.deepEqual(way(mapped, relayed), ["local self 192.0.2.2:1", "local nat 203.0.113.7:2", "remote turn 198.51.100.1:3", "remote peer null:null"]);
});

/** @type {import("../rtchub/lab/diagnosis.js").Facts} */
const fine = { connection: "connecting", ice: "checking", gathering: "complete", signaling: "stable", policy: "all", servers: [], local: ["host"], remote: ["host"], dropped: [] };
/** @param {Partial<typeof fine>} facts */
const key = facts => diagnose({ ...fine, ...facts }).key;

test("a connection that stands is well, whatever the switches say", () => {
  assert.deepEqual(diagnose({ ...fine, connection: "connected", policy: "relay", dropped: ["host"] }), { mood: "good", key: "connected" });
});

test("relay only without a relay says why, before ICE gives up", () => {
  assert.equal(key({ policy: "relay", local: [] }), "relay-without-turn");
  assert.equal(key({ policy: "relay", local: [], servers: ["stun:a:1"] }), "relay-without-turn");
  assert.equal(key({ policy: "relay", local: [], servers: ["turn:a:1"] }), "relay-unreachable");
  assert.equal(key({ policy: "relay", local: [], gathering: "gathering" }), "checking", "not while it may still come");
  assert.equal(key({ policy: "relay", local: ["relay"], servers: ["turn:a:1"] }), "checking");
});

test("failures are told apart", () => {
  const failed = { connection: "failed", ice: "failed" };
  assert.equal(key({ ...failed }), "failed-no-turn");
  assert.equal(key({ ...failed, servers: ["turns:a:1"] }), "failed");
  assert.equal(key({ ...failed, dropped: ["srflx"] }), "failed-dropped");
  assert.equal(key({ ...failed, remote: [] }), "failed-no-remote");
  assert.equal(key({ local: [] }), "no-candidates");
  assert.equal(key({ dropped: ["host"], remote: [] }), "all-dropped");
});

test("the way there, step by step", () => {
  assert.equal(key({ connection: "new", ice: "new", gathering: "new", local: [], remote: [] }), "new");
  assert.equal(key({ signaling: "have-local-offer", ice: "new", remote: [] }), "waiting-answer");
  assert.equal(key({ signaling: "have-remote-offer", ice: "new" }), "answering");
  assert.equal(key({ remote: [] }), "waiting-candidates");
  assert.equal(key({ ice: "connected" }), "handshake");
  assert.equal(key({ connection: "disconnected", ice: "disconnected" }), "disconnected");
});
