// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";
import { Silence } from "../rtchub/silence.js";
import { FakeClock } from "./clock.js";

/** A connection by which so many bytes come in 400 ms. */
function flow({ comes = 5000 } = {}) {
  const one = { comes, unheard: 0, received: 0, state: "connected" };
  const pc = {
    get connectionState() { return one.state; },
    signalingState: "stable",
    iceConnectionState: "connected",
    getStats: async () => new Map([["T", { id: "T", type: "transport", bytesReceived: (one.received += one.comes) }]]),
  };
  return Object.assign(one, { audible: { pc: /** @type {any} */ (pc), unheard: () => { one.unheard++; } } });
}

function listen(/** @type {ReturnType<typeof flow>[]} */ ...flows) {
  const clock = new FakeClock();
  const asked = { times: 0, answer: () => Promise.resolve() };
  const silence = new Silence({ clock, look: () => flows.map(({ audible }) => audible), reach: () => { asked.times++; return asked.answer(); } });
  return { clock, asked, silence };
}

test("what has come all the time and stops is mended within a second, once the hub has answered", async () => {
  const [stopped, other] = [flow(), flow()];
  const { clock, asked } = listen(stopped, other);
  await clock.advance(4000);
  assert.deepEqual([stopped.unheard, asked.times], [0, 0]);
  stopped.comes = 50; // the end of it
  await clock.advance(400);
  stopped.comes = 0;
  await clock.advance(1000);
  assert.deepEqual([stopped.unheard, other.unheard, asked.times], [1, 0, 1]);
  await clock.advance(20_000);
  assert.equal(stopped.unheard, 1, "once: what follows is ICE's business");
  stopped.comes = 5000;
  await clock.advance(4000);
  stopped.comes = 0;
  await clock.advance(1000);
  assert.equal(stopped.unheard, 2);
});

test("a gap of less than a look is nothing", async () => {
  const one = flow();
  const { clock, asked } = listen(one);
  await clock.advance(2000);
  one.comes = 0;
  await clock.advance(400);
  one.comes = 5000;
  await clock.advance(4000);
  assert.deepEqual([one.unheard, asked.times], [0, 0]);
});

test("while the hub cannot be reached nothing is done, and nothing either when the path is back by then", async () => {
  const one = flow();
  const { clock, asked } = listen(one);
  let answer = () => {};
  asked.answer = () => new Promise((resolve) => { answer = () => resolve(undefined); });
  await clock.advance(2000);
  one.comes = 0;
  await clock.advance(8000);
  assert.deepEqual([one.unheard, asked.times], [0, 1]);
  one.comes = 5000;
  answer();
  await clock.advance(400);
  assert.equal(one.unheard, 0);
});

test("what comes now and then is not missed", async () => {
  const one = flow({ comes: 0 });
  const { clock } = listen(one);
  for (let i = 0; i < 20; i++) {
    one.comes = i % 4 === 0 ? 100 : 0;
    await clock.advance(400);
  }
  assert.equal(one.unheard, 0);
});

test("what ICE takes for broken is mended as soon as the hub answers, whether much came by it or little", async () => {
  const one = flow({ comes: 0 });
  const { clock } = listen(one);
  await clock.advance(2000);
  one.state = "disconnected";
  await clock.advance(400);
  assert.equal(one.unheard, 1);
  one.state = "failed";
  await clock.advance(4000);
  assert.equal(one.unheard, 1);
});

test("a closed watch does nothing", async () => {
  const one = flow();
  const { clock, silence } = listen(one);
  await clock.advance(2000);
  one.comes = 0;
  silence.close();
  await clock.advance(4000);
  assert.equal(one.unheard, 0);
  assert.equal(clock.pending, 0);
});
