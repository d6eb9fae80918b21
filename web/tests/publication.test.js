// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";
import { scalesOf } from "../rtchub/publication.js";

test("three sizes of a large picture, and of a small one never less than the whole", () => {
  assert.deepEqual(scalesOf({ width: 1280, height: 720 }), [4, 2, 1]);
  assert.deepEqual(scalesOf({ width: 720, height: 1280 }), [4, 2, 1], "a phone held upright");
  assert.deepEqual(scalesOf({ width: 640, height: 480 }), [2, 1, 1]);
  assert.deepEqual(scalesOf({ width: 320, height: 180 }), [1, 1, 1]);
  assert.deepEqual(scalesOf({}), [4, 2, 1], "not known yet");
});
