// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";
import { Connection } from "../rtchub/connection.js";
import { HubError } from "../rtchub/errors.js";
import { FakeClock, settle } from "./clock.js";

/** As much of an RTCPeerConnection as a Connection looks at. */
class FakeEnd extends EventTarget {
  connectionState = "new";
  /** @type {any} */ onconnectionstatechange = null;

  iceGatheringState = "new";

  gathered() {
    this.iceGatheringState = "complete";
    this.dispatchEvent(new Event("icegatheringstatechange"));
  }

  /** @param {string} state */
  become(state) {
    if (this.connectionState === "closed") return;
    this.connectionState = state;
    this.onconnectionstatechange?.();
  }

  close() {
    this.connectionState = "closed";
  }
}

/** @param {(attempt: number) => Promise<string | null>} negotiate */
function connect(negotiate) {
  const clock = new FakeClock();
  /** @type {FakeEnd[]} */ const ends = [];
  const connection = new Connection({
    configuration: () => ({}),
    negotiate: () => negotiate(ends.length),
    onChange: () => {},
    RTCPeerConnection: /** @type {any} */ (class extends FakeEnd {
      constructor() {
        super();
        ends.push(this);
      }
    }),
    clock,
  });
  connection.start();
  return { clock, connection, ends };
}

test("what was negotiated in part only is given up, even if it connects", async () => {
  const { clock, connection, ends } = connect(async (attempt) => {
    if (attempt === 1) throw new HubError({ code: "unavailable", message: "away", retryAfterMs: 1000 });
    return "t2";
  });
  await settle();
  // The service had our answer, only its reply was lost.
  ends[0].become("connected");
  assert.notEqual(connection.state, "connected");
  await clock.advance(1500);
  assert.equal(ends.length, 2);
  ends[1].become("connected");
  assert.equal(connection.state, "connected");
  assert.equal(connection.transport, "t2");
  await clock.advance(60_000);
  assert.equal(ends.length, 2);
});

test("a connection that fails is made anew, and a refusal is said", async () => {
  const { clock, connection, ends } = connect(async (attempt) => {
    if (attempt === 3) throw new HubError({ code: "forbidden", message: "no" });
    return `t${attempt}`;
  });
  await settle();
  ends[0].become("connected");
  ends[0].become("failed");
  await settle();
  assert.equal(ends.length, 2);
  assert.equal(connection.state, "recovering");
  ends[1].become("connected");
  ends[1].become("disconnected");
  await clock.advance(3000);
  assert.equal(ends.length, 3);
  assert.equal(connection.state, "failed");
});

test("a browser that finds no address of its own is asked again, at growing intervals", async () => {
  const { clock, connection, ends } = connect(async () => "t");
  await settle();
  ends[0].gathered();
  await clock.advance(250);
  assert.equal(ends.length, 2);
  ends[1].gathered();
  await clock.advance(250);
  assert.equal(ends.length, 2);
  await clock.advance(250);
  assert.equal(ends.length, 3);
  ends[2].dispatchEvent(Object.assign(new Event("icecandidate"), { candidate: { candidate: "candidate:1 1 udp 1 192.0.2.1 9 typ host" } }));
  ends[2].gathered();
  await clock.advance(5000);
  assert.equal(ends.length, 3);
  assert.notEqual(connection.state, "failed");
});

test("a transport that is gone before its id is known here is made anew", async () => {
  /** @type {(id: string) => void} */ let reply = () => {};
  const { connection, ends } = connect((attempt) => attempt === 1 ? new Promise((resolve) => { reply = resolve; }) : Promise.resolve("t2"));
  connection.renew("t0");
  connection.renew("t1");
  await settle();
  assert.equal(ends.length, 1);
  reply("t1");
  await settle();
  assert.equal(ends.length, 2);
  assert.equal(connection.transport, "t2");
  connection.renew("t1");
  assert.equal(ends.length, 2);
  connection.renew("t2");
  assert.equal(ends.length, 3);
});

test("what waits for its next attempt is made anew when the hub says that the old one is gone", async () => {
  const { connection, ends } = connect(async (attempt) => {
    if (attempt === 2) throw new HubError({ code: "unavailable", message: "away", retryAfterMs: 1000 });
    return `t${attempt}`;
  });
  await settle();
  connection.start(); // Nothing came any more.
  await settle();
  assert.equal(ends.length, 2);
  connection.renew("t0");
  assert.equal(ends.length, 2);
  connection.renew("t1");
  assert.equal(ends.length, 3);
  await settle();
  assert.equal(connection.transport, "t3");
});

test("what was asked while the hub did not know yet that the other end is gone is asked again at once, and once only", async () => {
  /** @type {((error: Error) => void)[]} */ const refuse = [];
  const { connection, ends } = connect((attempt) => attempt === 1 ? Promise.resolve("t1") : new Promise((_, reject) => refuse.push(reject)));
  await settle();
  connection.start();
  connection.renew("t1");
  assert.equal(ends.length, 2);
  refuse[0](new HubError({ code: "unavailable", message: "away", retryAfterMs: 1000 }));
  await settle();
  assert.equal(ends.length, 3);
  refuse[1](new HubError({ code: "unavailable", message: "away", retryAfterMs: 1000 }));
  await settle();
  assert.equal(ends.length, 3);
});
