// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";
import { Wants, wantsOf } from "../rtchub/wants.js";
import { FakeClock } from "./clock.js";

const tile = { participant: "a", source: /** @type {const} */ ("camera"), width: 320, height: 180, visible: true, part: /** @type {const} */ ("grid") };
/** @param {object} patch @param {number} [ratio] */
const height = (patch, ratio = 1) => wantsOf([{ ...tile, ...patch }], ratio)[0]?.maxHeight;

test("a tile wants the next height that fills it, in the pixels of the device", () => {
  assert.equal(height({}), 180);
  assert.equal(height({}, 2), 360);
  assert.equal(height({ width: 340, height: 191 }), 180, "a little too small is enough");
  assert.equal(height({ width: 360, height: 203 }), 270);
  assert.equal(height({ width: 9000, height: 5000 }), 2160);
});

test("a camera fills its tile, a screen is shown whole", () => {
  assert.equal(height({ width: 640, height: 180 }), 360, "wide tile: cut above and below");
  assert.equal(height({ width: 180, height: 360 }), 360, "narrow tile: cut left and right");
  assert.equal(height({ width: 640, height: 720, source: "screen" }), 360);
});

test("what is not seen is not wanted", () => {
  assert.deepEqual(wantsOf([{ ...tile, visible: false }, { ...tile, width: 0 }], 1), []);
});

test("pinned before screen before the large one before the others", () => {
  const list = wantsOf([
    { ...tile, participant: "strip", part: "strip" }, { ...tile, participant: "grid" },
    { ...tile, participant: "large", part: "large" }, { ...tile, participant: "screen", source: "screen", part: "large" }, { ...tile, participant: "pinned", part: "chosen" },
  ], 1);
  assert.deepEqual(list.map(({ participant }) => participant), ["pinned", "screen", "large", "grid", "strip"]);
  assert.ok(list.every(({ priority }) => priority >= -100 && priority <= 100));
});

test("the same tiles in another order are the same wish", () => {
  const shown = [{ ...tile, participant: "b" }, { ...tile, participant: "a" }];
  assert.deepEqual(wantsOf(shown, 1), wantsOf([...shown].reverse(), 1));
});

/** @param {number} maxHeight */
const want = maxHeight => [{ participant: "a", source: /** @type {const} */ ("camera"), maxHeight, priority: 0 }];

function sending() {
  const clock = new FakeClock();
  /** @type {number[]} */
  const sent = [];
  const wants = new Wants(list => sent.push(list[0]?.maxHeight ?? 0), clock);
  return { clock, sent, wants };
}

test("the first wish goes out at once, the next ones together after 200 ms", async () => {
  const { clock, sent, wants } = sending();
  wants.set(want(180));
  assert.deepEqual(sent, [180]);
  wants.set(want(270));
  wants.set(want(360));
  assert.deepEqual(sent, [180]);
  await clock.advance(200);
  assert.deepEqual(sent, [180, 360]);
});

test("equal wishes are said once, and one that was taken back is not said at all", async () => {
  const { clock, sent, wants } = sending();
  wants.set(want(180));
  wants.set(want(180));
  wants.set(want(360));
  wants.set(want(180));
  await clock.advance(5000);
  wants.set(want(180));
  assert.deepEqual(sent, [180]);
});

test("at most one change in 200 ms, however often the window moves", async () => {
  const { clock, sent, wants } = sending();
  for (let ms = 0; ms < 2000; ms += 10) {
    wants.set(want(180 + ms));
    await clock.advance(10);
  }
  assert.ok(sent.length <= 11 && sent.length >= 9, String(sent.length));
  await clock.advance(200);
  assert.equal(sent.at(-1), 180 + 1990);
});

test("nothing is said after the end", async () => {
  const { clock, sent, wants } = sending();
  wants.set(want(180));
  wants.set(want(720));
  wants.close();
  await clock.advance(1000);
  assert.deepEqual(sent, [180]);
});
