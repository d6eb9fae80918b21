// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";
import { Signal } from "../rtchub/signal.js";
import { FakeClock, seeded, settle } from "./clock.js";
import { FakeHub } from "./fakehub.js";

/** @param {any} [options] */
function start(options = {}) {
  const hub = new FakeHub();
  const clock = new FakeClock();
  /** @type {any[]} */ const events = [];
  /** @type {any[]} */ const sessions = [];
  const signal = new Signal({
    url: "ws://hub/ws", hello: () => ({ name: "Ada" }), WebSocket: hub.WebSocket, clock, random: () => 0.5,
    onEvent: (event) => events.push(event.d), onSession: (kind) => sessions.push(kind), ...options,
  });
  return { hub, clock, signal, events, sessions };
}

/** Opens the newest socket and exchanges what there is. @param {FakeHub} hub */
async function answer(hub) {
  await settle();
  hub.socket?.open();
  hub.socket?.deliver();
  await settle();
}

test("connect says hello first and resolves at the welcome", async () => {
  const { hub, signal, sessions } = start();
  const connected = signal.connect();
  assert.equal(signal.state, "connecting");
  await answer(hub);
  await connected;
  assert.equal(signal.state, "connected");
  assert.deepEqual(sessions, ["welcome"]);
  assert.equal(hub.socket?.protocol, "rtchub.v1");
  assert.deepEqual(hub.socket?.written[0], { t: "hello", d: { versions: ["rtchub.v1"], name: "Ada" } });
  assert.ok(!hub.socket?.url.includes("?"), "nothing secret in the address");
});

test("requests made before there is a socket wait for it and get their replies", async () => {
  const { hub, signal } = start();
  const first = signal.request("x", { value: 1 });
  const second = signal.request("x", { refuse: "forbidden" });
  signal.connect();
  await answer(hub);
  assert.deepEqual(await first, { echo: 1 });
  await assert.rejects(second, { name: "HubError", code: "forbidden" });
});

test("whatever the interleaving of sends, losses and drops, each message is delivered once and in order, both ways", async () => {
  for (let seed = 1; seed <= 150; seed++) {
    const random = seeded(seed);
    const { hub, clock, signal, events } = start({ random });
    /** @type {Promise<any>[]} */ const replies = [];
    let sent = 0, pushed = 0;
    signal.connect();
    await answer(hub);
    for (let step = 0; step < 120; step++) {
      const socket = hub.socket;
      const dice = random();
      if (dice < 0.25) replies.push(signal.request("x", { value: sent++ }));
      else if (dice < 0.45) hub.send({ t: "event", d: pushed++ });
      else if (dice < 0.65) socket?.deliverUp();
      else if (dice < 0.85) socket?.deliverDown();
      else if (dice < 0.9) socket?.end();
      else if (dice < 0.93) signal.wake();
      else if (dice < 0.97) await clock.advance(Math.floor(random() * 4000));
      else if (socket?.readyState === 0) socket.open();
      await settle();
    }
    for (let i = 0; i < 20 && (signal.state !== "connected" || events.length < pushed); i++) {
      await clock.advance(5000);
      await answer(hub);
    }
    hub.socket?.deliver();
    await settle();
    const numbers = (/** @type {number} */ n) => Array.from({ length: n }, (_, i) => i);
    assert.deepEqual(events, numbers(pushed), `events, seed ${seed}`);
    assert.deepEqual(hub.handled.map((d) => d.value), numbers(sent), `requests, seed ${seed}`);
    assert.deepEqual((await Promise.all(replies)).map((d) => d.echo), numbers(sent), `replies, seed ${seed}`);
    assert.equal(hub.session.id, "p1", "still the first session");
    assert.ok(hub.sockets.filter((s) => s.readyState === 1).length <= 1, "one socket at a time");
  }
});

test("after a restart of the hub requests without a reply are sent again under their ids", async () => {
  const { hub, clock, signal, sessions } = start();
  signal.connect();
  await answer(hub);
  const before = signal.request("x", { value: 1 });
  hub.socket?.deliver();
  await before;
  const waiting = signal.request("x", { value: 2 });
  hub.socket?.end();
  hub.restart();
  const later = signal.request("x", { value: 3 });
  await clock.advance(5000);
  await answer(hub);
  assert.deepEqual(sessions, ["welcome", "resync"]);
  assert.deepEqual([await waiting, await later], [{ echo: 2 }, { echo: 3 }]);
  assert.deepEqual(hub.socket?.written.filter((f) => f.id).map((f) => f.id), [2, 3]);
});

test("a reply that a resync has swallowed rejects its request as lost, and the next ids follow the hub's count", async () => {
  const { hub, clock, signal } = start();
  hub.replayMost = 1;
  signal.connect();
  await answer(hub);
  const lost = assert.rejects(signal.request("x", { value: 1 }), { code: "lost" });
  hub.socket?.deliverUp(); // the ping
  hub.socket?.deliverUp(); // the request; its reply never arrives
  hub.send({ t: "event", d: 1 });
  hub.socket?.end();
  await clock.advance(5000);
  await answer(hub);
  await lost;
  const next = signal.request("x", { value: 2 });
  hub.socket?.deliver();
  assert.deepEqual(await next, { echo: 2 });
});

test("a new session renumbers what was never sent and gives up what was", async () => {
  const { hub, clock, signal } = start();
  signal.connect();
  await answer(hub);
  const sent = assert.rejects(signal.request("x", { value: 1 }), { code: "lost" });
  hub.socket?.end();
  const unsent = signal.request("x", { value: 2 });
  hub.session = null;
  await clock.advance(5000);
  await answer(hub);
  await sent;
  assert.deepEqual(await unsent, { echo: 2 });
  assert.equal(hub.session.received, 1);
});

test("a gap in the sequence gives the socket up and resumes from the last good message", async () => {
  const { hub, clock, signal, events } = start();
  signal.connect();
  await answer(hub);
  hub.send({ t: "event", d: "a" });
  hub.send({ t: "event", d: "b" });
  hub.socket?.down.shift();
  hub.socket?.deliverDown();
  assert.equal(signal.state, "reconnecting");
  await clock.advance(0);
  await answer(hub);
  assert.deepEqual(events, ["a", "b"]);
});

test("duplicates are dropped", async () => {
  const { hub, signal, events } = start();
  signal.connect();
  await answer(hub);
  hub.send({ t: "event", d: "a" });
  hub.socket?.push({ seq: 1, t: "event", d: "again" });
  hub.socket?.deliver();
  assert.deepEqual(events, ["a"]);
  assert.equal(signal.state, "connected");
});

test("acknowledges at most every 32 messages or 2 s, or with the next request", async () => {
  const { hub, clock, signal } = start();
  signal.connect();
  await answer(hub);
  const socket = hub.socket;
  const acks = () => socket?.written.filter((f) => f.t === "ack").map((f) => f.seq);
  for (let i = 0; i < 40; i++) hub.send({ t: "event", d: i });
  socket?.deliver();
  assert.deepEqual(acks(), [32]);
  await clock.advance(1999);
  assert.deepEqual(acks(), [32]);
  await clock.advance(1);
  assert.deepEqual(acks(), [32, 40]);
  hub.send({ t: "event", d: 40 });
  socket?.deliver();
  signal.request("x", { value: 1 });
  assert.equal(socket?.written.at(-1).ack, 41);
  socket?.deliver();
  await clock.advance(2000);
  assert.deepEqual(acks(), [32, 40, 42], "the reply only: 41 went with the request");
});

test("measures the round trip, answers pings, and gives up a silent socket", async () => {
  const { hub, clock, signal } = start();
  signal.connect();
  await settle();
  hub.socket?.open();
  hub.socket?.deliverUp();
  hub.socket?.deliverDown();
  await clock.advance(70);
  hub.socket?.deliver();
  assert.equal(signal.rttMs, 70);
  hub.socket?.push({ t: "ping", d: { k: 1 } });
  hub.socket?.deliverDown();
  assert.deepEqual(hub.socket?.written.at(-1), { t: "pong", d: { k: 1 } });

  const first = hub.socket;
  await clock.advance(24_000);
  assert.equal(signal.state, "connected");
  await clock.advance(2000);
  assert.equal(signal.state, "reconnecting");
  assert.equal(hub.sockets.length, 2, "at once");
  assert.equal(first?.closedWith, 3000, "not 1000, which would end the session");
});

test("a probe that nothing answers within 2 s gives the socket up", async () => {
  const { hub, clock, signal } = start();
  signal.connect();
  await answer(hub);
  signal.wake();
  await clock.advance(1900);
  hub.socket?.deliver();
  await clock.advance(200);
  assert.equal(signal.state, "connected", "answered");
  signal.wake();
  await clock.advance(2000);
  assert.equal(signal.state, "reconnecting");
});

test("who has to reach the hub waits 0.7 s for an answer, and then for that on another socket", async () => {
  const { hub, clock, signal } = start();
  signal.connect();
  await answer(hub);
  let reached = 0;
  signal.reach().then(() => reached++);
  hub.socket?.deliver();
  await clock.advance(0);
  assert.equal(reached, 1, "answered");
  signal.reach().then(() => reached++);
  await clock.advance(690);
  assert.equal(signal.state, "connected");
  await clock.advance(20);
  assert.deepEqual([signal.state, reached], ["reconnecting", 1]);
  await answer(hub);
  assert.deepEqual([signal.state, reached], ["connected", 2]);
});

test("backs off with full jitter from 0.25 s to 5 s, and at once when woken", async () => {
  const { hub, clock, signal } = start({ random: () => 1 });
  signal.connect();
  await answer(hub);
  /** @type {number[]} */ const delays = [];
  hub.socket?.end();
  for (let i = 0; i < 7; i++) {
    delays.push((signal.retryAt ?? 0) - clock.now());
    await clock.advance(delays[i]);
    hub.socket?.end();
  }
  assert.deepEqual(delays, [250, 500, 1000, 2000, 4000, 5000, 5000]);
  const attempts = hub.sockets.length;
  signal.wake();
  await settle();
  assert.equal(hub.sockets.length, attempts + 1);
});

test("the first attempt keeps trying, too", async () => {
  const { hub, clock, signal } = start();
  const connected = signal.connect();
  await settle();
  hub.socket?.end();
  assert.equal(signal.state, "connecting");
  await clock.advance(5000);
  await answer(hub);
  await connected;
});

test("a socket that never opens is given up after 10 s", async () => {
  const { hub, clock, signal } = start();
  signal.connect();
  await settle();
  await clock.advance(10_000);
  assert.equal(hub.socket?.closedWith, 3000);
  assert.notEqual(signal.retryAt, null);
});

for (const [code, state, error] of /** @type {[number, string, string | undefined][]} */ ([
  [1000, "closed", "closed"], [1001, "closed", "closed"], [4001, "refused", "unauthorized"], [4002, "refused", "protocol"],
  [4003, "superseded", "superseded"], [4004, "refused", "kicked"], [4005, "refused", "room_closed"],
  [4008, "reconnecting", undefined], [4009, "refused", "too_big"], [4010, "reconnecting", undefined],
  [4011, "reconnecting", undefined], [4012, "reconnecting", undefined], [4014, "reconnecting", undefined], [1006, "reconnecting", undefined], [4999, "reconnecting", undefined],
])) {
  test(`close code ${code} leads to ${state}`, async () => {
    const { hub, clock, signal } = start();
    signal.connect();
    await answer(hub);
    await clock.advance(6000);
    hub.socket?.deliver();
    const waiting = signal.request("x").then(() => "replied", (e) => e.code);
    hub.socket?.push({ t: "closing", d: { code, reason: "r", retryAfterMs: 800 } });
    hub.socket?.deliverDown();
    hub.socket?.end(code);
    assert.equal(signal.state, state);
    assert.equal(signal.error?.code, error);
    if (state === "reconnecting") {
      const delay = (signal.retryAt ?? 0) - clock.now();
      if (code === 4008 || code === 4011) assert.equal(delay, 0);
      else if (code === 4010 || code === 4012 || code === 4014) assert.equal(delay, 800);
      else assert.equal(delay, 125);
    } else {
      assert.equal(await waiting, error);
      assert.equal(clock.pending, 0, "no timer goes on");
      await assert.rejects(signal.request("x"), { code: error });
    }
  });
}

test("a session that is moved resumes at once, and nobody hears of it", async () => {
  /** @type {string[]} */ const states = [];
  const { hub, clock, signal } = start({ onChange: () => states.push(signal.state) });
  signal.connect();
  await answer(hub);
  const request = signal.request("join", { value: 7 });
  states.length = 0;
  hub.socket?.end(4013); // the request was not taken up
  await clock.advance(0);
  await answer(hub);
  hub.socket?.deliver();
  hub.socket?.deliverDown();
  assert.deepEqual(await request, { echo: 7 });
  assert.ok(states.every((state) => state === "connected"), states.join());
});

test("a node that is not reached is trouble, also when the hub has sent us there", async () => {
  const { hub, clock, signal } = start();
  signal.connect();
  await answer(hub);
  hub.socket?.end(4013);
  await clock.advance(0);
  hub.socket?.end(1006);
  assert.equal(signal.state, "reconnecting");
  assert.equal((signal.retryAt ?? 0) - clock.now(), 125);
});

test("a session that is moved again and again comes back more and more slowly", async () => {
  const { hub, clock, signal } = start({ random: () => 1 });
  signal.connect();
  await answer(hub);
  /** @type {number[]} */ const delays = [];
  for (let i = 0; i < 6; i++) {
    hub.socket?.end(4013);
    delays.push(signal.retryAt === null ? 0 : signal.retryAt - clock.now());
    await clock.advance(delays[i]);
    await answer(hub);
  }
  assert.deepEqual(delays, [0, 0, 0, 250, 500, 1000]);
});

test("a hub that drops us at once each time is not hammered", async () => {
  const { hub, clock, signal } = start({ random: () => 1 });
  signal.connect();
  await answer(hub);
  /** @type {number[]} */ const delays = [];
  for (let i = 0; i < 4; i++) {
    hub.socket?.end(4008);
    delays.push((signal.retryAt ?? 0) - clock.now());
    await clock.advance(delays[i]);
    await answer(hub);
  }
  assert.deepEqual(delays, [0, 500, 1000, 2000]);
});

test("refused by the hub: connect rejects; retry asks for a token again", async () => {
  let tokens = 0;
  const { hub, signal } = start({ hello: async () => ({ token: `t${++tokens}` }) });
  const refused = assert.rejects(signal.connect(), { code: "unauthorized" });
  await settle();
  hub.socket?.open();
  hub.socket?.end(4001);
  await refused;
  signal.retry();
  await answer(hub);
  assert.equal(signal.state, "connected");
  assert.equal(hub.socket?.hello.token, "t2");
});

test("close with leave says so, and ends everything", async () => {
  const { hub, clock, signal } = start();
  signal.connect();
  await answer(hub);
  signal.close({ leave: true });
  assert.equal(hub.socket?.written.at(-1).t, "leave");
  assert.equal(hub.socket?.closedWith, 1000);
  assert.equal(signal.state, "closed");
  assert.equal(clock.pending, 0);
});

for (const [what, restarts] of /** @type {const} */ ([["that the hub still has", false], ["of a hub that was restarted", true]]))
test(`a stored session ${what} is taken up by a resync, and ids go on`, async () => {
  const first = start();
  first.signal.connect();
  await answer(first.hub);
  const reply = first.signal.request("x", { value: 1 });
  first.hub.socket?.deliver();
  await reply;
  first.signal.close();
  if (restarts) first.hub.restart();
  const stored = JSON.parse(JSON.stringify(first.signal.session));
  const second = start({ WebSocket: first.hub.WebSocket, session: stored });
  const next = second.signal.request("x", { value: 2 });
  second.signal.connect();
  await answer(first.hub);
  assert.deepEqual(await next, { echo: 2 });
  assert.equal(second.signal.session?.id, "p1");
  assert.equal(first.hub.socket?.written.find((f) => f.t === "x").id, 2);
});

test("a frame over the hub's limit is refused here: the hub would close the socket", async () => {
  const { hub, signal } = start();
  signal.connect();
  await answer(hub);
  await assert.rejects(signal.request("data", { text: "é".repeat(40_000) }), { code: "too_large" });
  const offer = signal.request("offer", { value: 1, sdp: "x".repeat(100_000) }, "peer");
  hub.socket?.deliver();
  assert.deepEqual(await offer, { echo: 1 });
});
