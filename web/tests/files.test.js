// @ts-check
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { test } from "node:test";
import { Files } from "../rtchub/files.js";
import { Sha256 } from "../rtchub/sha256.js";
import { FakeClock } from "./clock.js";

/** A data channel's end: what is sent sits in the buffer until the link carries it to the other end. */
class FakeChannel extends EventTarget {
  readyState = "connecting";
  bufferedAmount = 0;
  bufferedAmountLowThreshold = 0;
  mostBuffered = 0;
  /** @type {any} */ onopen = null;
  /** @type {any} */ onmessage = null;
  /** @type {any} */ onclose = null;
  /** @type {any[]} */ queue = [];
  /** @type {any} */ other = null;

  /** @param {any} data */
  send(data) {
    if (this.readyState !== "open") throw new Error("InvalidStateError");
    const copy = typeof data === "string" ? data : new Uint8Array(data).slice().buffer;
    this.queue.push(copy);
    this.bufferedAmount += sizeOf(copy);
    this.mostBuffered = Math.max(this.mostBuffered, this.bufferedAmount);
  }

  /** Carries one message. */
  carry() {
    const data = this.queue.shift();
    if (data === undefined) return;
    const before = this.bufferedAmount;
    this.bufferedAmount -= sizeOf(data);
    this.other.onmessage?.({ data });
    if (before > this.bufferedAmountLowThreshold && this.bufferedAmount <= this.bufferedAmountLowThreshold)
      this.dispatchEvent(new Event("bufferedamountlow"));
  }

  close() {
    while (this.queue.length > 0) this.carry(); // what is buffered is still delivered
    this.break();
  }

  /** The transport is gone. */
  break() {
    for (const end of [this, this.other]) {
      if (end.readyState === "closed") continue;
      end.readyState = "closed";
      end.queue = [];
      end.onclose?.();
      end.dispatchEvent(new Event("close"));
    }
  }
}

/** @param {any} data */
const sizeOf = (data) => (typeof data === "string" ? data.length : data.byteLength);

/** Ada and Bob, and a link between them. @param {{ maxBytes?: number }} [options] */
function pair({ maxBytes } = {}) {
  const clock = new FakeClock();
  const link = { up: true, channels: /** @type {FakeChannel[]} */ ([]) };
  /** @type {any} */ const people = {};
  /** @type {any[]} */ const states = [];
  for (const [me, other] of [["ada", "bob"], ["bob", "ada"]]) {
    people[me] = new Files({
      clock, maxBytes: me === "bob" ? maxBytes : undefined,
      onChange: (transfer, stateChanged) => { if (stateChanged) states.push([me, transfer.state]); },
      open: () => {
        if (!link.up) return null;
        const near = new FakeChannel(), far = new FakeChannel();
        near.other = far;
        far.other = near;
        link.channels.push(near, far);
        clock.setTimeout(() => {
          near.readyState = far.readyState = "open";
          people[other].receive(me, far);
          near.onopen?.();
        }, 1);
        return /** @type {any} */ (near);
      },
    });
  }
  /** @param {(() => boolean)} [until] */
  const run = async (until = () => false) => {
    for (let idle = 0; idle < 50 && !until(); idle++) {
      await clock.advance(1);
      await new Promise((resolve) => setImmediate(resolve)); // Blob.arrayBuffer needs a turn of the event loop
      for (const channel of [...link.channels]) if (channel.queue.length > 0) idle = 0, channel.carry();
    }
  };
  return { clock, link, states, run, ada: /** @type {Files} */ (people.ada), bob: /** @type {Files} */ (people.bob) };
}

/** @param {Buffer} bytes @param {string} name @param {string} [type] */
const fileOf = (bytes, name, type = "") => new File([new Uint8Array(bytes)], name, { type });

/** @param {Files} files */
const only = (files) => {
  assert.equal(files.list.length, 1);
  return files.list[0];
};

test("SHA-256 equals the reference for every way of cutting the input", () => {
  for (const size of [0, 1, 55, 56, 63, 64, 65, 119, 120, 1000, 70_001]) {
    const bytes = randomBytes(size);
    for (const cut of [1, 63, 64, 65, 4096]) {
      if (cut === 1 && size > 1000) continue;
      const hash = new Sha256();
      for (let at = 0; at < size; at += cut) hash.update(bytes.subarray(at, at + cut));
      assert.equal(hash.digest(), createHash("sha256").update(bytes).digest("hex"), `${size} by ${cut}`);
    }
  }
});

for (const size of [0, 1, 65_535, 65_536, 65_537, 3_000_000]) {
  test(`${size} bytes arrive bit-exact, and the buffer never runs ahead`, async () => {
    const { ada, bob, run, link } = pair();
    const bytes = randomBytes(size);
    ada.send(fileOf(bytes, "holiday.png", "image/png"), "bob");
    await run();
    assert.equal(only(ada).state, "offered");
    const offered = only(bob);
    assert.deepEqual([offered.state, offered.name, offered.size, offered.direction, offered.peer], ["offered", "holiday.png", size, "in", "ada"]);
    bob.accept(offered.id);
    await run();
    const done = only(bob);
    assert.equal(done.state, "complete");
    assert.equal(done.blob?.type, "image/png");
    assert.ok(bytes.equals(Buffer.from(await /** @type {Blob} */ (done.blob).arrayBuffer())));
    assert.deepEqual([only(ada).state, only(ada).done], ["complete", size]);
    assert.ok(Math.max(...link.channels.map((c) => c.mostBuffered)) <= 1024 * 1024 + 2 * 64 * 1024);
  });
}

test("decline, and cancel from either side", async () => {
  for (const [act, adaEnds, bobEnds] of /** @type {[(p: ReturnType<typeof pair>) => void, string, string][]} */ ([
    [({ bob }) => bob.decline(only(bob).id), "declined", "declined"],
    [({ ada }) => ada.cancel(only(ada).id), "cancelled", "cancelled"],
    [({ bob }) => bob.cancel(only(bob).id), "cancelled", "cancelled"],
  ])) {
    const p = pair();
    p.ada.send(fileOf(randomBytes(100), "a"), "bob");
    await p.run();
    act(p);
    await p.run();
    assert.deepEqual([only(p.ada).state, only(p.bob).state], [adaEnds, bobEnds]);
  }
});

test("cancelled in the middle: nothing more is sent, nothing is kept", async () => {
  const p = pair();
  p.ada.send(fileOf(randomBytes(5_000_000), "a"), "bob");
  await p.run();
  p.bob.accept(only(p.bob).id);
  await p.run(() => only(p.bob).done > 500_000);
  p.bob.cancel(only(p.bob).id);
  await p.run();
  assert.deepEqual([only(p.ada).state, only(p.bob).state, only(p.bob).blob], ["cancelled", "cancelled", null]);
});

test("several at once, both ways, do not mix", async () => {
  const p = pair();
  const all = Array.from({ length: 4 }, (_, i) => randomBytes(200_000 + i));
  all.forEach((bytes, i) => (i % 2 ? p.ada.send(fileOf(bytes, `${i}`), "bob") : p.bob.send(fileOf(bytes, `${i}`), "ada")));
  await p.run();
  for (const files of [p.ada, p.bob]) for (const t of files.list) if (t.direction === "in") files.accept(t.id);
  await p.run();
  for (const files of [p.ada, p.bob]) {
    for (const t of files.list.filter((t) => t.direction === "in"))
      assert.ok(all[Number(t.name)].equals(Buffer.from(await /** @type {Blob} */ (t.blob).arrayBuffer())));
    assert.ok(files.list.every((t) => t.state === "complete"));
  }
});

test("a channel that breaks on the way is replaced, and the rest is sent", async () => {
  const p = pair();
  const bytes = randomBytes(4_000_000);
  p.ada.send(fileOf(bytes, "a"), "bob");
  await p.run();
  p.bob.accept(only(p.bob).id);
  await p.run(() => only(p.bob).done > 1_000_000);
  const had = only(p.bob).done;
  p.link.up = false;
  for (const channel of p.link.channels) channel.break();
  await p.run();
  assert.deepEqual([only(p.ada).state, only(p.bob).state], ["sending", "receiving"]);
  p.link.up = true;
  const sentBefore = p.link.channels.length;
  p.ada.connected("bob");
  await p.run();
  assert.deepEqual([only(p.ada).state, only(p.bob).state], ["complete", "complete"]);
  assert.ok(bytes.equals(Buffer.from(await /** @type {any} */ (only(p.bob)).blob.arrayBuffer())));
  assert.ok(had > 1_000_000 && p.link.channels.length === sentBefore + 2);
});

test("without a new connection within 30 s, or when the peer goes, it has failed", async () => {
  for (const end of ["timeout", "gone"]) {
    const p = pair();
    p.ada.send(fileOf(randomBytes(4_000_000), "a"), "bob");
    await p.run();
    p.bob.accept(only(p.bob).id);
    await p.run(() => only(p.bob).done > 1_000_000);
    p.link.up = false;
    for (const channel of p.link.channels) channel.break();
    if (end === "timeout") await p.clock.advance(30_000);
    else p.ada.gone("bob"), p.bob.gone("ada");
    assert.deepEqual([only(p.ada).state, only(p.bob).state], ["failed", "failed"]);
  }
});

test("bytes that were changed on the way are not taken for the file", async () => {
  const p = pair();
  p.ada.send(fileOf(randomBytes(100_000), "a"), "bob");
  await p.run();
  p.bob.accept(only(p.bob).id);
  await p.run(() => {
    const chunk = p.link.channels.flatMap((c) => c.queue).find((data) => data instanceof ArrayBuffer);
    if (chunk) new Uint8Array(chunk)[7] ^= 1;
    return chunk !== undefined;
  });
  await p.run();
  assert.deepEqual([only(p.ada).state, only(p.bob).state, only(p.bob).blob], ["failed", "failed", null]);
});

test("a sender that sends more than it said is cut off", async () => {
  const p = pair();
  const near = new FakeChannel(), far = new FakeChannel();
  near.other = far, far.other = near;
  near.readyState = far.readyState = "open";
  p.link.channels.push(near, far);
  p.bob.receive("ada", /** @type {any} */ (far));
  near.send(JSON.stringify({ t: "offer", id: "1", name: "x", size: 10, type: "" }));
  await p.run();
  p.bob.accept(only(p.bob).id);
  near.send(new Uint8Array(11));
  await p.run();
  assert.equal(only(p.bob).state, "failed");
});

test("names and types are made harmless; what is too large or too much is refused", async () => {
  const p = pair({ maxBytes: 1000 });
  p.ada.send(fileOf(randomBytes(1), "../..\\evil\u0000\u202e.html", "text/html"), "bob");
  await p.run();
  assert.equal(only(p.bob).name, "evil.html");
  p.bob.accept(only(p.bob).id);
  await p.run();
  assert.equal(only(p.bob).blob?.type, "application/octet-stream");
  p.ada.send(fileOf(randomBytes(1001), "big"), "bob");
  await p.run();
  assert.equal(p.ada.list[1].state, "failed");
  assert.equal(p.bob.list.length, 1);
  for (let i = 0; i < 20; i++) p.ada.send(fileOf(randomBytes(1), `n${i}`), "bob");
  await p.run();
  assert.equal(p.bob.list.filter((t) => t.state === "offered").length, 16);
  assert.throws(() => p.bob.send(fileOf(randomBytes(1001), "big"), "ada"), RangeError);
});
