// @ts-check
/** A room full of participants who exchange keys over a hub that may lose, hold back and see everything. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Group } from "../rtchub/e2eegroup.js";
import { newSecret } from "../rtchub/e2eekeys.js";
import { FakeClock } from "./clock.js";

/** Keys are worked out off the thread: how many are just now. */
let working = 0;
for (const name of /** @type {const} */ (["deriveBits", "importKey", "exportKey", "generateKey", "encrypt", "decrypt", "sign", "verify"])) {
  const prototype = /** @type {any} */ (SubtleCrypto.prototype);
  const original = prototype[name];
  prototype[name] = async function (/** @type {any[]} */ ...args) {
    working++;
    try {
      return await original.apply(this, args);
    } finally {
      working--;
    }
  };
}

/** Until nothing is being worked out any more. */
async function settled() {
  for (let calm = 0; calm < 4; calm = working === 0 ? calm + 1 : 0) await new Promise(resolve => setImmediate(resolve));
}

class Hub {
  clock = new FakeClock();
  /** @type {Map<string, { group: Group, epochs: import("../rtchub/e2eekeys.js").Epoch[], current: string | null, deaf: boolean, joinedAt: string }>} */
  people = new Map();
  seen = 0;
  #joined = 0;
  secret = newSecret();

  /** @param {string} id @param {{ secret?: string, joinedAt?: string }} [options] */
  async join(id, { secret = this.secret, joinedAt = String(1000 + this.#joined++) } = {}) {
    const one = { group: /** @type {any} */ (null), epochs: [], current: null, deaf: false, joinedAt };
    one.group = new Group({
      secret, self: id, clock: this.clock, onChange() {},
      send: async (data, to) => {
        this.seen++;
        const text = JSON.stringify(data);
        for (const [other, { group, deaf }] of this.people)
          if (other !== id && (!to || to === other) && !deaf) await group.receive(id, JSON.parse(text));
      },
      onKeys: (epochs, current) => Object.assign(one, { epochs, current }),
    });
    this.people.set(id, one);
    await this.roster();
  }

  /** @param {string} id */
  async leave(id) {
    this.people.get(id)?.group.close();
    this.people.delete(id);
    await this.roster();
  }

  async roster() {
    const members = [...this.people].map(([id, { joinedAt }]) => ({ id, joinedAt }));
    for (const { group } of this.people.values()) await group.people(members);
    await this.pass(50);
  }

  /** @param {number} ms */
  async pass(ms) {
    await settled();
    await this.clock.advance(ms);
    await settled();
  }

  /** @param {number} seconds */
  async seconds(seconds) {
    for (let i = 0; i < seconds * 4; i++) await this.pass(250);
  }

  /** @param {string} id */
  of(id) {
    return /** @type {NonNullable<ReturnType<typeof this.people.get>>} */ (this.people.get(id));
  }

  /** What everybody sends under; fails when they do not agree. */
  common() {
    const all = new Set([...this.people.values()].map(({ current }) => current));
    assert.equal(all.size, 1, [...this.people].map(([id, { current }]) => `${id}: ${current}`).join(", "));
    return [...all][0];
  }
}

test("alone one sends at once; who comes sends when somebody inside has answered", async () => {
  const hub = new Hub();
  await hub.join("aaaaaaaa");
  await hub.pass(0);
  assert.equal(hub.of("aaaaaaaa").group.status, "on");
  await hub.join("bbbbbbbb");
  await hub.pass(100);
  assert.equal(hub.of("bbbbbbbb").group.status, "on");
  assert.ok(hub.common());
});

test("when somebody leaves everybody else has a new key, and the one who left has not", async () => {
  const hub = new Hub();
  for (const id of ["aaaaaaaa", "bbbbbbbb", "cccccccc", "dddddddd"]) await hub.join(id);
  await hub.seconds(3);
  const before = hub.common();
  const gone = hub.of("cccccccc");
  await hub.leave("cccccccc");
  await hub.seconds(4);
  const after = hub.common();
  assert.notEqual(after, before);
  assert.ok(!gone.epochs.some(({ id }) => id === after));
  await hub.seconds(12);
  assert.deepEqual(hub.of("bbbbbbbb").epochs.map(({ id }) => id), [after], "and the old one opens nothing any more");
});

test("whoever comes after that gets the new key, though the link does not give it", async () => {
  const hub = new Hub();
  for (const id of ["aaaaaaaa", "bbbbbbbb", "cccccccc"]) await hub.join(id);
  await hub.leave("bbbbbbbb");
  await hub.seconds(4);
  const key = hub.common();
  await hub.join("dddddddd");
  await hub.seconds(1);
  assert.equal(hub.common(), key);
});

test("the eldest leaves: the next one does it", async () => {
  const hub = new Hub();
  for (const id of ["aaaaaaaa", "bbbbbbbb", "cccccccc"]) await hub.join(id);
  await hub.seconds(2);
  const before = hub.common();
  await hub.leave("aaaaaaaa");
  await hub.seconds(4);
  assert.notEqual(hub.common(), before);
});

test("the eldest does not answer: after two seconds the next one rotates", async () => {
  const hub = new Hub();
  for (const id of ["aaaaaaaa", "bbbbbbbb", "cccccccc", "dddddddd"]) await hub.join(id);
  await hub.seconds(2);
  const before = hub.common();
  hub.of("aaaaaaaa").group.close();
  await hub.leave("dddddddd");
  await hub.seconds(5);
  assert.notEqual(hub.of("bbbbbbbb").current, before);
  assert.equal(hub.of("bbbbbbbb").current, hub.of("cccccccc").current);
});

test("several who leave together are one rotation", async () => {
  const hub = new Hub();
  for (const id of ["aaaaaaaa", "bbbbbbbb", "cccccccc", "dddddddd"]) await hub.join(id);
  await hub.seconds(2);
  const seen = hub.seen;
  await hub.leave("cccccccc");
  await hub.leave("dddddddd");
  await hub.seconds(4);
  assert.equal(hub.seen - seen, 1, "one box, for the one who stays");
});

test("two new epochs at the same time: everybody ends with the same one", async () => {
  const hub = new Hub();
  for (const id of ["aaaaaaaa", "bbbbbbbb", "cccccccc"]) await hub.join(id);
  await hub.seconds(2);
  await Promise.all([hub.of("aaaaaaaa").group.rotate(), hub.of("bbbbbbbb").group.rotate()]);
  await hub.seconds(3);
  hub.common();
});

test("who missed a rotation asks for the key when frames come that it does not open", async () => {
  const hub = new Hub();
  for (const id of ["aaaaaaaa", "bbbbbbbb", "cccccccc"]) await hub.join(id);
  await hub.seconds(2);
  hub.of("bbbbbbbb").deaf = true;
  await hub.leave("cccccccc");
  await hub.seconds(2);
  assert.notEqual(hub.of("aaaaaaaa").current, hub.of("bbbbbbbb").current);
  hub.of("bbbbbbbb").deaf = false;
  await hub.of("bbbbbbbb").group.missing("aaaaaaaa");
  await hub.seconds(3);
  hub.common();
});

test("with another link nobody gets a key, is told so, and sends nothing", async () => {
  const hub = new Hub();
  await hub.join("aaaaaaaa");
  await hub.join("bbbbbbbb", { secret: newSecret() });
  await hub.join("cccccccc");
  await hub.seconds(10);
  const wrong = hub.of("bbbbbbbb");
  assert.deepEqual([wrong.group.status, wrong.current], ["waiting", null]);
  assert.ok(hub.of("aaaaaaaa").group.isStranger("bbbbbbbb"));
  assert.ok(wrong.group.isStranger("aaaaaaaa"));
  assert.equal(hub.of("aaaaaaaa").current, hub.of("cccccccc").current);
  assert.notEqual(hub.of("cccccccc").current, null);
});

test("a reload of everybody at once does not leave the room without a key", async () => {
  const hub = new Hub();
  hub.people.set("zzzzzzzz", /** @type {any} */ ({ group: { people() {}, receive() {} }, joinedAt: "0", deaf: true }));
  await hub.join("aaaaaaaa");
  await hub.join("bbbbbbbb");
  await hub.join("cccccccc");
  await hub.seconds(8);
  hub.people.delete("zzzzzzzz");
  assert.ok(hub.common());
});

test("after a reload of the eldest a rotation still reaches everybody", async () => {
  const hub = new Hub();
  for (const id of ["aaaaaaaa", "bbbbbbbb", "cccccccc", "dddddddd"]) await hub.join(id);
  await hub.seconds(2);
  const { joinedAt } = hub.of("aaaaaaaa");
  hub.of("aaaaaaaa").group.close();
  await hub.join("aaaaaaaa", { joinedAt });
  await hub.seconds(3);
  const before = hub.common();
  await hub.leave("bbbbbbbb");
  await hub.seconds(5);
  assert.notEqual(hub.common(), before);
});

test("nonsense, and messages of people who are not in the room, change nothing", async () => {
  const hub = new Hub();
  await hub.join("aaaaaaaa");
  await hub.join("bbbbbbbb");
  await hub.seconds(1);
  const key = hub.common();
  const { group } = hub.of("aaaaaaaa");
  for (const message of [{}, { t: "epoch" }, { t: "epoch", key: "AA", box: "!!" }, { t: "hello", key: 5, mac: null }, { t: "other" }, null, 7])
    await group.receive("bbbbbbbb", /** @type {any} */ (message));
  await group.receive("xxxxxxxx", { t: "hello", key: "AA", mac: "AA", ask: true });
  await hub.seconds(1);
  assert.equal(hub.common(), key);
});
