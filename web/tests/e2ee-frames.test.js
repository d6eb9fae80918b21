// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";
import { clearBytes, openFrame, sealFrame, trailerOf } from "../rtchub/e2eeframe.js";
import { firstEpoch, frameKey, isSecret, linkKeys, newEpoch, newPair, newSecret, openEpoch, publicText, sealEpoch, signHello, verifyHello } from "../rtchub/e2eekeys.js";
import { Ring } from "../rtchub/e2eering.js";
import { seeded } from "./clock.js";

const link = await linkKeys(newSecret());
const first = await firstEpoch(link);

/** @param {() => number} random @param {number} length @param {number} [lead] the first byte */
function frameOf(random, length, lead) {
  const frame = Uint8Array.from({ length }, () => Math.floor(random() * 256));
  if (lead !== undefined && length > 0) frame[0] = lead;
  return frame.buffer;
}

/** @param {string} self @param {import("../rtchub/e2eekeys.js").Epoch[]} epochs @param {number} [current] */
function ringOf(self, epochs, current = 0) {
  const ring = new Ring(self);
  ring.set(epochs, epochs[current]?.id ?? null);
  return ring;
}

const kinds = /** @type {const} */ ([["audio", undefined, 1], ["video", 0x10, 10], ["video", 0x11, 3]]);

test("every kind of frame comes back as it was, and what forwarding needs stays clear", async () => {
  const random = seeded(5);
  const [from, to] = [ringOf("aaaaaaaa", [first]), ringOf("bbbbbbbb", [first])];
  for (let run = 0; run < 120; run++) {
    const [kind, lead, clear] = kinds[run % 3];
    const length = run < 60 ? run : Math.floor(random() * 20_000);
    const frame = frameOf(random, length, lead);
    const sealed = /** @type {ArrayBuffer} */ (await from.seal(kind, frame));
    assert.deepEqual(new Uint8Array(sealed, 0, Math.min(clear, length)), new Uint8Array(frame, 0, Math.min(clear, length)));
    assert.equal(sealed.byteLength, length + 41);
    const opened = await to.open(kind, sealed);
    assert.equal(opened.sender, "aaaaaaaa");
    assert.deepEqual(new Uint8Array(/** @type {ArrayBuffer} */ (opened.data)), new Uint8Array(frame));
  }
});

test("beyond the clear bytes nothing of the frame can be read", async () => {
  const frame = new Uint8Array(400).fill(0x41).buffer;
  const sealed = new Uint8Array(/** @type {ArrayBuffer} */ (await ringOf("aaaaaaaa", [first]).seal("audio", frame)));
  const runs = Buffer.from(sealed.subarray(1)).toString("latin1").includes("AAAA");
  assert.equal(runs, false);
});

test("the clear part: VP8 keyframe, VP8 delta, Opus, and what is shorter than that", () => {
  assert.equal(clearBytes("video", Uint8Array.of(0x50, ...new Uint8Array(40))), 10);
  assert.equal(clearBytes("video", Uint8Array.of(0x51, ...new Uint8Array(40))), 3);
  assert.equal(clearBytes("audio", new Uint8Array(40)), 1);
  assert.equal(clearBytes("video", Uint8Array.of(0x50, 1)), 2);
  assert.equal(clearBytes("audio", new Uint8Array(0)), 0);
});

test("no byte can be changed, left out or added", async () => {
  const random = seeded(6);
  const [from, to] = [ringOf("aaaaaaaa", [first]), ringOf("bbbbbbbb", [first])];
  for (const [kind, lead] of kinds) {
    const sealed = new Uint8Array(/** @type {ArrayBuffer} */ (await from.seal(kind, frameOf(random, 60, lead))));
    for (let at = 0; at < sealed.length; at++) {
      const changed = sealed.slice();
      changed[at] ^= 1 + Math.floor(random() * 255);
      assert.equal((await to.open(kind, changed.buffer)).data, null, `byte ${at} of ${sealed.length}`);
      assert.equal((await to.open(kind, sealed.slice(0, at).buffer)).data, null, `cut to ${at}`);
    }
    assert.equal((await to.open(kind, Uint8Array.of(...sealed, 1).buffer)).data, null);
    assert.notEqual((await to.open(kind, sealed.buffer)).data, null, "the frame itself opens");
  }
});

test("a frame in somebody else's name, under another link or an unknown epoch does not open", async () => {
  const random = seeded(7);
  const other = await newEpoch(0);
  const stranger = await firstEpoch(await linkKeys(newSecret()));
  const sealed = new Uint8Array(/** @type {ArrayBuffer} */ (await ringOf("aaaaaaaa", [first]).seal("audio", frameOf(random, 80))));
  const renamed = sealed.slice();
  renamed.set(new TextEncoder().encode("cccccccc"), renamed.length - 9);
  const to = ringOf("bbbbbbbb", [first]);
  assert.deepEqual(await to.open("audio", renamed.buffer), { sender: "cccccccc", data: null, known: true });
  assert.deepEqual(await ringOf("bbbbbbbb", [other]).open("audio", sealed.buffer), { sender: "aaaaaaaa", data: null, known: false });
  assert.deepEqual(await ringOf("bbbbbbbb", [stranger]).open("audio", sealed.buffer), { sender: "aaaaaaaa", data: null, known: false });
});

test("what was never sealed is not shown", async () => {
  const random = seeded(8);
  const to = ringOf("bbbbbbbb", [first]);
  for (let run = 0; run < 300; run++) {
    const { data } = await to.open(run % 2 ? "audio" : "video", frameOf(random, Math.floor(random() * 200)));
    assert.equal(data, null);
  }
  assert.equal(trailerOf(new ArrayBuffer(0)), null);
});

test("a frame that comes twice, or late, opens all the same", async () => {
  const random = seeded(9);
  const [from, to] = [ringOf("aaaaaaaa", [first]), ringOf("bbbbbbbb", [first])];
  const sealed = [];
  for (let i = 0; i < 20; i++) sealed.push(/** @type {ArrayBuffer} */ (await from.seal("audio", frameOf(random, 50))));
  for (const data of [...sealed.reverse(), sealed[3]]) assert.notEqual((await to.open("audio", data)).data, null);
});

test("no IV is used twice, not even after a reload with the same keys", async () => {
  const seen = new Set();
  const frame = new Uint8Array(20).buffer;
  for (let reload = 0; reload < 20; reload++) {
    const ring = ringOf("aaaaaaaa", [first]);
    const all = await Promise.all(Array.from({ length: 50 }, (_, i) => ring.seal(i % 2 ? "audio" : "video", frame)));
    for (const sealed of all) seen.add(Buffer.from(/** @type {ArrayBuffer} */ (sealed)).subarray(-25, -13).toString("hex"));
  }
  assert.equal(seen.size, 1000);
});

test("counters beyond 32 bits stay apart", async () => {
  const key = await frameKey(first.secret, "aaaaaaaa");
  const sealing = { keyId: new Uint8Array(4), sender: new TextEncoder().encode("aaaaaaaa"), key, salt: new Uint8Array(6) };
  const ivs = await Promise.all([5, 2 ** 32 + 5, 2 ** 40].map(async counter =>
    Buffer.from(await sealFrame("audio", new ArrayBuffer(9), { ...sealing, counter })).subarray(-19, -13).toString("hex")));
  assert.deepEqual(ivs, ["000000000005", "000100000005", "010000000000"]);
});

test("after a rotation the old epoch still opens what is on its way, until it is dropped", async () => {
  const random = seeded(10);
  const next = await newEpoch(1);
  const from = ringOf("aaaaaaaa", [first]);
  const to = ringOf("bbbbbbbb", [next, first]);
  const late = /** @type {ArrayBuffer} */ (await from.seal("audio", frameOf(random, 50)));
  from.set([next, first], next.id);
  const fresh = /** @type {ArrayBuffer} */ (await from.seal("audio", frameOf(random, 50)));
  assert.notEqual((await to.open("audio", late)).data, null);
  assert.notEqual((await to.open("audio", fresh)).data, null);
  assert.equal((await ringOf("cccccccc", [first]).open("audio", fresh)).data, null, "who left before it");
  to.set([next], next.id);
  assert.equal((await to.open("audio", late)).data, null);
});

test("without an epoch nothing is sent", async () => {
  assert.equal(await ringOf("aaaaaaaa", [], 0).seal("audio", new ArrayBuffer(5)), null);
});

test("opening is the reverse of sealing and takes nothing else", async () => {
  const key = await frameKey(first.secret, "aaaaaaaa");
  const other = await frameKey(first.secret, "bbbbbbbb");
  const sealing = { keyId: new Uint8Array(4), sender: new TextEncoder().encode("aaaaaaaa"), key, salt: new Uint8Array(6), counter: 1 };
  const sealed = await sealFrame("audio", Uint8Array.of(1, 2, 3).buffer, sealing);
  assert.deepEqual(new Uint8Array(await openFrame("audio", sealed, key)), Uint8Array.of(1, 2, 3));
  await assert.rejects(openFrame("audio", sealed, other));
});

test("the same link gives the same first epoch, another link another one", async () => {
  const secret = newSecret();
  assert.ok(isSecret(secret) && !isSecret("short") && !isSecret(null) && !isSecret(`${secret}=`));
  const [one, two] = [await firstEpoch(await linkKeys(secret)), await firstEpoch(await linkKeys(secret))];
  assert.deepEqual(one, two);
  assert.notEqual(one.id, first.id);
  assert.match(one.id, /^[0-9a-f]{8}$/);
});

test("an epoch's box opens for its receiver, in that direction, with that link, and for nobody else", async () => {
  const [a, b, c] = [await newPair(), await newPair(), await newPair()];
  const [keyA, keyB] = [await publicText(a), await publicText(b)];
  const epoch = await newEpoch(7);
  const box = await sealEpoch(epoch, { link, mine: a, theirs: keyB, from: "aaaaaaaa", to: "bbbbbbbb" });
  const ends = { link, mine: b, theirs: keyA, from: "aaaaaaaa", to: "bbbbbbbb" };
  assert.deepEqual(await openEpoch(box, ends), epoch);
  await assert.rejects(openEpoch(box, { ...ends, mine: c }), "somebody else's key");
  await assert.rejects(openEpoch(box, { ...ends, from: "cccccccc" }), "in another name");
  await assert.rejects(openEpoch(box, { ...ends, link: await linkKeys(newSecret()) }), "the hub, which does not have the link");
  await assert.rejects(openEpoch(`${box.slice(0, -3)}AAA`, ends), "tampered with");
});

test("a hello is bound to its id and its key", async () => {
  const key = await publicText(await newPair());
  const mac = await signHello(link, "aaaaaaaa", key);
  assert.equal(await verifyHello(link, "aaaaaaaa", key, mac), true);
  assert.equal(await verifyHello(link, "bbbbbbbb", key, mac), false);
  assert.equal(await verifyHello(link, "aaaaaaaa", await publicText(await newPair()), mac), false);
  assert.equal(await verifyHello(await linkKeys(newSecret()), "aaaaaaaa", key, mac), false);
});
