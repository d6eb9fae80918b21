// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";
import { Negotiation } from "../rtchub/negotiation.js";
import { FakeClock, seeded, settle } from "./clock.js";
import { FakePeerConnection } from "./fakepc.js";

/**
 * Two sides and the wire between them: in order, as slow as `latency` says.
 * @param {{ delay?: () => number, latency?: () => number, waits?: boolean }} [options]
 */
function pair({ delay, latency = () => 0, waits = false } = {}) {
  const clock = new FakeClock();
  /** @param {string} name @param {boolean} polite */
  const side = (name, polite) => {
    const pc = new FakePeerConnection({ name, clock, delay });
    /** @type {any[]} */ const sent = [];
    /** @type {unknown[]} */ const errors = [];
    const wire = { open: true, freeAt: 0 };
    /** @type {{ pc: FakePeerConnection, sent: any[], errors: unknown[], wire: typeof wire, other: any, negotiation: Negotiation }} */
    const it = /** @type {any} */ ({ pc, sent, errors, wire });
    it.negotiation = new Negotiation({
      pc: /** @type {any} */ (pc), tag: name, polite, clock, waits: waits && polite,
      send: (type, d) => {
        sent.push({ type, d });
        if (!wire.open) return;
        wire.freeAt = Math.max(wire.freeAt, clock.now() + latency());
        clock.setTimeout(() => it.other.negotiation.receive(type, structuredClone(d)), wire.freeAt - clock.now());
      },
      streams: () => ({ [`${name}-camera`]: "camera" }),
      onError: (error) => errors.push(error),
    });
    return it;
  };
  const a = side("A", false), b = side("B", true);
  a.other = b;
  b.other = a;
  return { clock, a, b };
}

/** @param {ReturnType<typeof pair>} p @param {string[]} sections */
function assertAgreed({ a, b }, sections) {
  for (const side of [a, b]) {
    assert.equal(side.pc.signalingState, "stable");
    assert.deepEqual([...side.pc.agreed].sort(), [...sections].sort());
    assert.deepEqual(side.errors, []);
  }
}

test("one side wants something: one offer, one answer, all candidates and their end", async () => {
  const p = pair();
  p.a.pc.want("audio");
  await p.clock.advance(1000);
  assertAgreed(p, ["audio"]);
  assert.deepEqual(p.a.sent.map((m) => m.type), ["offer", "candidate", "candidate", "candidate"]);
  assert.deepEqual(p.b.sent.map((m) => m.type), ["answer", "candidate", "candidate", "candidate"]);
  assert.equal(p.a.sent.at(-1).d.candidate, null);
  const [{ d: offer }] = p.a.sent, [{ d: answer }] = p.b.sent;
  assert.deepEqual([offer.pc, offer.neg, offer.streams], ["A", 1, { "A-camera": "camera" }]);
  assert.deepEqual([answer.pc, answer.re, answer.neg], ["B", "A", 1]);
  assert.equal(p.b.pc.taken.length, 2);
});

test("glare: the polite side rolls back, the impolite one ignores, and both get what they want", async () => {
  const p = pair({ latency: () => 5 });
  p.a.pc.want("from a");
  p.b.pc.want("from b");
  await p.clock.advance(1000);
  assertAgreed(p, ["from a", "from b"]);
  assert.equal(p.b.pc.rollbacks, 1);
  assert.equal(p.a.pc.rollbacks, 0);
});

test("in whatever order wishes, restarts and messages meet, both end stable, agreed, and with live candidates", async () => {
  let glares = 0;
  for (let seed = 1; seed <= 400; seed++) {
    const random = seeded(seed);
    const p = pair({ delay: () => Math.floor(random() * 4), latency: () => Math.floor(random() * 12) });
    /** @type {string[]} */ const all = [];
    for (let i = 0; i < 12; i++) {
      const side = random() < 0.5 ? p.a : p.b;
      const dice = random();
      if (dice < 0.6) {
        all.push(`s${i}`);
        side.pc.want(`s${i}`);
      } else if (dice < 0.8) {
        side.pc.restartIce();
      } else {
        side.negotiation.offer();
      }
      await p.clock.advance(Math.floor(random() * 20));
    }
    await p.clock.advance(5000);
    try {
      assertAgreed(p, all);
      for (const side of [p.a, p.b]) {
        const ufrag = /ice-ufrag:(.*)\r/.exec(side.pc.localDescription?.sdp ?? "")?.[1];
        if (!ufrag) continue; // nobody wanted anything
        assert.ok(side.other.pc.remoteDescription.sdp.includes(`a=ice-ufrag:${ufrag}\r\n`), "the newest credentials are known");
        assert.ok(side.other.pc.taken.some((/** @type {string} */ line) => line.startsWith(`candidate:${ufrag} `)), "and their candidates");
      }
    } catch (error) {
      throw new Error(`seed ${seed}: ${error}`);
    }
    glares += p.b.pc.rollbacks;
    assert.equal(p.a.pc.rollbacks, 0, "the impolite side never rolls back");
  }
  assert.ok(glares > 100, `${glares} collisions`);
});

test("stale answers are dropped: another tag, an older negotiation, or nothing outstanding", async () => {
  const p = pair();
  p.a.wire.open = false;
  p.a.pc.want("audio");
  await p.clock.advance(100);
  const answer = { type: "answer", pc: "B", sdp: "s=audio\r\na=ice-ufrag:B1\r\n" };
  p.a.negotiation.receive("answer", { ...answer, re: "other", neg: 1 });
  p.a.negotiation.receive("answer", { ...answer, re: "A", neg: 0 });
  p.a.negotiation.receive("answer", { ...answer, re: "A", neg: 2 });
  await p.clock.advance(100);
  assert.equal(p.a.pc.signalingState, "have-local-offer");
  p.a.negotiation.receive("answer", { ...answer, re: "A", neg: 1 });
  p.a.negotiation.receive("answer", { ...answer, re: "A", neg: 1 });
  await p.clock.advance(100);
  assert.equal(p.a.pc.signalingState, "stable");
  assert.deepEqual(p.a.errors, []);
});

test("an offer older than one already seen is dropped, the same one again is answered again", async () => {
  const p = pair();
  p.a.pc.want("audio");
  await p.clock.advance(100);
  p.a.pc.want("video");
  await p.clock.advance(100);
  const [first, second] = p.a.sent.filter((m) => m.type === "offer").map((m) => m.d);
  const answers = () => p.b.sent.filter((m) => m.type === "answer").length;
  assert.equal(answers(), 2);
  p.b.negotiation.receive("offer", first);
  await p.clock.advance(100);
  assert.equal(answers(), 2);
  p.b.negotiation.receive("offer", second);
  await p.clock.advance(100);
  assert.equal(answers(), 3);
  assertAgreed(p, ["audio", "video"]);
});

test("one offer is outstanding at a time, and wishes meanwhile make one more", async () => {
  const p = pair({ latency: () => 50 });
  p.a.pc.want("audio");
  await p.clock.advance(10);
  for (let i = 0; i < 5; i++) p.a.negotiation.offer();
  await p.clock.advance(60);
  assert.equal(p.a.sent.filter((m) => m.type === "offer").length, 1);
  await p.clock.advance(500);
  assert.equal(p.a.sent.filter((m) => m.type === "offer").length, 2);
  assertAgreed(p, ["audio"]);
});

test("candidates that arrive before their description wait for it", async () => {
  const p = pair();
  p.a.wire.open = false;
  p.a.pc.want("audio");
  await p.clock.advance(100);
  const [offer, ...candidates] = p.a.sent;
  for (const { type, d } of candidates) p.b.negotiation.receive(type, d);
  await p.clock.advance(10);
  assert.equal(p.b.pc.taken.length, 0);
  p.b.negotiation.receive("offer", offer.d);
  await p.clock.advance(100);
  assert.equal(p.b.pc.taken.length, 2);
  assert.deepEqual(p.b.errors, []);
});

test("a candidate error is swallowed only while an offer is ignored", async () => {
  const p = pair();
  p.a.pc.want("audio");
  await p.clock.advance(100);
  p.a.pc.addIceCandidate = () => Promise.reject(new Error("bad candidate"));
  p.a.negotiation.receive("candidate", { pc: "B", neg: 1, candidate: { candidate: "x" } });
  await p.clock.advance(10);
  assert.equal(p.a.errors.length, 1);
  p.a.wire.open = false;
  p.a.pc.want("video");
  await p.clock.advance(10);
  p.a.negotiation.receive("offer", { pc: "B", neg: 1, sdp: "s=x\r\na=ice-ufrag:B9\r\n" });
  p.a.negotiation.receive("candidate", { pc: "B", neg: 1, candidate: { candidate: "y" } });
  await p.clock.advance(10);
  assert.equal(p.a.errors.length, 1);
  assert.equal(p.a.pc.signalingState, "have-local-offer", "the colliding offer was ignored");
});

test("who waits makes no offer before the other's first; begin() ends the waiting", async () => {
  const p = pair({ waits: true });
  p.b.pc.want("data");
  await p.clock.advance(1000);
  assert.deepEqual(p.b.sent, []);
  p.a.pc.want("audio");
  await p.clock.advance(1000);
  assertAgreed(p, ["audio", "data"]);

  const q = pair({ waits: true });
  q.b.pc.want("data");
  await q.clock.advance(1000);
  q.b.negotiation.begin();
  await q.clock.advance(1000);
  assertAgreed(q, ["data"]);
});

test("resend repeats an offer whose answer is out, and nothing otherwise", async () => {
  const p = pair();
  p.a.wire.open = false;
  p.a.pc.want("audio");
  await p.clock.advance(100);
  p.a.wire.open = true;
  p.a.negotiation.resend();
  await p.clock.advance(100);
  assertAgreed(p, ["audio"]);
  assert.deepEqual(p.a.sent.filter((m) => m.type === "offer").map((m) => m.d.neg), [1, 1]);
  const before = p.a.sent.length;
  p.a.negotiation.resend();
  await p.clock.advance(100);
  assert.equal(p.a.sent.length, before);
});

test("without trickle: descriptions are complete, say so, and no candidate is ever sent by either side", async () => {
  const p = pair();
  p.a.negotiation.trickle = false;
  p.a.pc.want("audio");
  await p.clock.advance(100);
  assertAgreed(p, ["audio"]);
  const [{ d: offer }] = p.a.sent, [{ d: answer }] = p.b.sent;
  assert.equal(offer.trickle, false);
  assert.equal(answer.trickle, undefined);
  for (const d of [offer, answer]) {
    assert.equal(d.sdp.match(/a=candidate/g)?.length, 2);
    assert.equal(d.sdp.match(/(a=candidate:.*\r\n){2}a=end-of-candidates\r\n/g)?.length, 1, "whether the browser says the end or not");
  }
  assert.deepEqual([...p.a.sent, ...p.b.sent].map((m) => m.type), ["offer", "answer"]);

  p.a.pc.restartIce();
  await p.clock.advance(100);
  assert.equal(p.a.sent.at(-1).d.sdp.match(/a=candidate:A2/g)?.length, 2, "after a restart, too, and of the new generation");
});

test("a peer that turns out not to trickle gets everything in one more offer", async () => {
  const p = pair();
  p.b.negotiation.trickle = false;
  p.a.pc.want("audio");
  await p.clock.advance(200);
  const offers = p.a.sent.filter((m) => m.type === "offer");
  assert.equal(offers.length, 2);
  assert.equal(offers[1].d.sdp.match(/a=candidate/g)?.length, 2);
  assertAgreed(p, ["audio"]);
});

test("the filter drops candidates, holds them back, and takes them out of descriptions; the end comes last", async () => {
  const p = pair();
  p.a.negotiation.filter = { drop: ["host"], delayMs: { srflx: 2000 } };
  p.a.pc.want("audio");
  await p.clock.advance(1900);
  assert.deepEqual(p.a.sent.map((m) => m.type), ["offer"]);
  await p.clock.advance(200);
  assert.deepEqual(p.a.sent.slice(1).map((m) => m.d.candidate?.candidate.split(" ").at(-1) ?? null), ["srflx", null]);
  p.a.negotiation.offer();
  await p.clock.advance(100);
  assert.ok(!p.a.sent.at(-1).d.sdp.includes("typ"));
});

test("a closed negotiation is silent", async () => {
  const p = pair();
  p.a.pc.want("audio");
  p.a.negotiation.close();
  p.a.negotiation.receive("offer", { pc: "B", neg: 1, sdp: "" });
  await p.clock.advance(1000);
  await settle();
  assert.deepEqual([p.a.sent, p.a.errors], [[], []]);
});
