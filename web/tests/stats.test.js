// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";
import { measure, parse, score } from "../rtchub/stats.js";

/** @param {number} at @param {Record<string, any>} [change] */
function report(at, { received = 0, lost = 0, inBytes = 0, outBytes = 0, energy = 0, duration = 0, rtt = 0.04, jitter = 0.01, local = "host" } = {}) {
  return new Map(Object.entries({
    T: { type: "transport", selectedCandidatePairId: "P" },
    P: { type: "candidate-pair", timestamp: at, currentRoundTripTime: rtt, localCandidateId: "L", remoteCandidateId: "R" },
    other: { type: "candidate-pair", timestamp: at, currentRoundTripTime: 9, nominated: true, state: "succeeded" },
    L: { type: "local-candidate", candidateType: local },
    R: { type: "remote-candidate", candidateType: "srflx" },
    C: { type: "codec", mimeType: "video/VP8" },
    V: { type: "inbound-rtp", kind: "video", codecId: "C", packetsReceived: received, packetsLost: lost, bytesReceived: inBytes, jitter },
    A: { type: "inbound-rtp", kind: "audio", packetsReceived: 0, packetsLost: 0, bytesReceived: 0, totalAudioEnergy: energy, totalSamplesDuration: duration, audioLevel: 0.5 },
    O: { type: "outbound-rtp", kind: "video", bytesSent: outBytes },
  }).map(([id, stat]) => [id, { id, ...stat }]));
}

test("finds the selected pair with its candidates, and names codecs", () => {
  const stats = parse(report(1000, { local: "relay" }));
  assert.equal(stats.pair.id, "P");
  assert.deepEqual([stats.local.candidateType, stats.remote.candidateType], ["relay", "srflx"]);
  assert.equal(stats.inbound[0].codecName, "VP8");
});

test("without transport statistics the pair that says so itself is taken", () => {
  const pairs = [{ id: "x", type: "candidate-pair", nominated: true, state: "failed" }, { id: "y", type: "candidate-pair", selected: true }];
  assert.equal(parse(pairs).pair.id, "y");
});

test("rates and loss are of the time between two looks", () => {
  const before = parse(report(10_000, { received: 1000, lost: 50, inBytes: 100_000, outBytes: 5000 }));
  const now = parse(report(12_000, { received: 1095, lost: 55, inBytes: 350_000, outBytes: 30_000, jitter: 0.0123 }));
  assert.deepEqual(measure(now, before).quality, {
    score: 3, rttMs: 40, lossPercent: 5, jitterMs: 12.3, freezePercent: 0, inKbps: 1000, outKbps: 100, relayed: false,
  });
});

test("the first look has no rates, and counters that started afresh give none below zero", () => {
  const first = measure(parse(report(1000, { inBytes: 500_000 })), null).quality;
  assert.equal(first?.inKbps, 0);
  const again = measure(parse(report(2000, { inBytes: 10 })), parse(report(1000, { inBytes: 500_000, received: 10, lost: 5 }))).quality;
  assert.deepEqual([again?.inKbps, again?.lossPercent], [0, 0]);
});

test("no round trip, no quality", () => {
  assert.equal(measure(parse([]), null).quality, null);
});

test("relayed when either end is", () => {
  assert.equal(measure(parse(report(1, { local: "relay" })), null).quality?.relayed, true);
});

test("the level is the energy of the last second, or the momentary one at first", () => {
  const before = parse(report(1000, { energy: 1, duration: 10 }));
  assert.equal(measure(before, null).level, 0.5);
  assert.equal(measure(parse(report(2000, { energy: 1.25, duration: 11 })), before).level, 0.5);
  assert.equal(measure(parse(report(2000, { energy: 1, duration: 11 })), before).level, 0);
  assert.equal(measure(parse(report(2000, { energy: 1, duration: 10 })), before).level, 0, "nothing played");
});

test("the score is that of the worst", () => {
  const good = { rttMs: 50, jitterMs: 5, lossPercent: 0 };
  assert.equal(score(good), 4);
  assert.equal(score({ ...good, lossPercent: 3 }), 3);
  assert.equal(score({ ...good, rttMs: 700 }), 2);
  assert.equal(score({ ...good, freezePercent: 30 }), 1);
  assert.equal(score({ ...good, lossPercent: 3, jitterMs: 400 }), 0);
});

test("a picture that stands still costs quality", () => {
  const still = (/** @type {number} */ at, /** @type {number} */ seconds) => parse([
    { id: "p", type: "candidate-pair", selected: true, timestamp: at, currentRoundTripTime: 0.04 },
    { id: "v", type: "inbound-rtp", kind: "video", totalFreezesDuration: seconds },
  ]);
  const { quality } = measure(still(3000, 1.5), still(1000, 1));
  assert.deepEqual([quality?.freezePercent, quality?.score], [25, 2]);
});
