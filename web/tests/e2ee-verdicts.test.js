// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";
import { Verdicts } from "../rtchub/e2eeverdicts.js";
import { FakeClock } from "./clock.js";

function watching() {
  const clock = new FakeClock();
  const seen = { changes: 0 };
  const verdicts = new Verdicts({ clock, onChange: () => seen.changes++ });
  return { clock, seen, verdicts };
}

test("what opens is trusted at once, what does not is doubted for a while first", async () => {
  const { clock, seen, verdicts } = watching();
  const receiver = verdicts.add(() => "a");
  assert.equal(verdicts.of("a"), null);
  verdicts.saw(receiver, { sender: "a", ok: true });
  assert.deepEqual([verdicts.of("a"), seen.changes], [true, 1]);
  verdicts.saw(receiver, { sender: "a", ok: false });
  await clock.advance(1000);
  assert.equal(verdicts.of("a"), true);
  await clock.advance(1000);
  assert.deepEqual([verdicts.of("a"), seen.changes], [false, 2]);
  verdicts.saw(receiver, { sender: "a", ok: true });
  assert.equal(verdicts.of("a"), true);
});

test("a gap while the keys change is no doubt", async () => {
  const { clock, verdicts } = watching();
  const receiver = verdicts.add(() => "a");
  for (let i = 0; i < 20; i++) {
    verdicts.saw(receiver, { sender: "a", ok: i % 2 === 1 });
    await clock.advance(1000);
  }
  assert.equal(verdicts.of("a"), true);
});

test("a slot that is given to somebody else", async () => {
  const { clock, verdicts } = watching();
  let name = "a";
  const receiver = verdicts.add(() => name);
  verdicts.saw(receiver, { sender: "a", ok: true });
  name = "b";
  const another = verdicts.add(() => "c");
  for (let i = 0; i < 4; i++) {
    await clock.advance(3500);
    verdicts.saw(another, { sender: "c", ok: true });
  }
  assert.deepEqual([verdicts.of("a"), verdicts.of("b")], [true, null], "nothing has come for b yet");
  verdicts.saw(receiver, { sender: "b", ok: true });
  assert.equal(verdicts.of("b"), true);
});

test("somebody else's picture under a name is told", async () => {
  const { clock, verdicts } = watching();
  const receiver = verdicts.add(() => "a");
  for (let i = 0; i < 4; i++) {
    verdicts.saw(receiver, { sender: "b", ok: true });
    await clock.advance(1000);
  }
  assert.equal(verdicts.of("a"), false);
});

test("voices of the stage belong to whoever the frames name", () => {
  const { verdicts } = watching();
  const receiver = verdicts.add(() => null);
  verdicts.saw(receiver, { sender: "a", ok: true });
  verdicts.saw(receiver, { sender: "b", ok: true });
  assert.deepEqual([verdicts.of("a"), verdicts.of("b")], [true, true]);
  verdicts.keep(new Set(["b"]));
  assert.equal(verdicts.of("a"), null);
});

test("what was never sealed counts against the one it is shown as", async () => {
  const { clock, verdicts } = watching();
  const receiver = verdicts.add(() => "a");
  for (let i = 0; i < 3; i++) {
    verdicts.saw(receiver, { sender: null, ok: false });
    await clock.advance(1000);
  }
  assert.equal(verdicts.of("a"), false);
});
