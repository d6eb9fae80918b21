// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";
import { Mesh } from "../rtchub/mesh.js";
import { FakeClock, seeded, settle } from "./clock.js";
import { FakePeerConnection } from "./fakepc.js";

const everything = { publish: true, subscribe: true, data: true };

/** The media half, as far as a mesh looks: transceivers, channels and a connection state that the test's network rules. */
class FakeMediaConnection extends FakePeerConnection {
  connectionState = "new";
  iceConnectionState = "new";
  closed = false;
  /** @type {any[]} */ transceivers = [];
  /** @type {any} */ onconnectionstatechange = null;
  /** @type {any} */ configuration = {};

  /** @param {any} kindOrTrack @param {any} init */
  addTransceiver(kindOrTrack, init) {
    const kind = kindOrTrack.kind ?? kindOrTrack;
    const track = kindOrTrack.kind ? kindOrTrack : null;
    const sender = {
      track, parameters: { encodings: [{}] },
      replaceTrack: async (/** @type {any} */ next) => void (sender.track = next),
      setStreams: () => {},
      getParameters: () => structuredClone(sender.parameters),
      setParameters: async (/** @type {any} */ parameters) => void (sender.parameters = parameters),
    };
    const transceiver = { kind, mid: null, direction: init.direction, sender, receiver: { track: { kind } } };
    this.transceivers.push(transceiver);
    this.want(`${kind}${this.transceivers.length}`);
    return transceiver;
  }

  getTransceivers() {
    return this.transceivers;
  }

  createDataChannel() {
    this.want("data");
    return {};
  }

  getConfiguration() {
    return this.configuration;
  }

  /** @param {any} configuration */
  setConfiguration(configuration) {
    this.configuration = configuration;
  }

  async getStats() {
    return new Map();
  }

  /** @param {string} state */
  change(state) {
    if (this.connectionState === state || this.closed) return;
    this.connectionState = this.iceConnectionState = state;
    this.onconnectionstatechange?.();
    this.dispatchEvent(new Event("connectionstatechange"));
  }

  close() {
    this.closed = true;
    this.connectionState = "closed";
  }
}

/**
 * People in a room, each with a mesh, and the hub's wire between them. Two connections connect when both are stable, have
 * each other's newest credentials, and the network lets them.
 * @param {string[]} names
 * @param {{ random?: () => number, grants?: Record<string, any> }} [options]
 */
function room(names, { random = () => 0, grants = {} } = {}) {
  const clock = new FakeClock();
  const network = { up: true };
  /** @type {Record<string, { mesh: Mesh, pcs: FakeMediaConnection[], connected: string[], deaf: boolean }>} */ const people = {};
  /** @type {any[]} */ const wire = [];
  let made = 0;
  for (const name of names) {
    /** @type {FakeMediaConnection[]} */ const pcs = [];
    /** @type {string[]} */ const connected = [];
    const track = (/** @type {string} */ kind) => /** @type {any} */ ({ kind });
    const mesh = new Mesh({
      selfId: name, clock, grants: grants[name] ?? everything, configuration: {},
      outgoing: /** @type {any} */ ({ tracks: { audio: track("audio"), video: track("video") }, camera: { id: `${name}c` }, screen: { id: `${name}s` } }),
      send: (type, to, d) => {
        wire.push({ type, from: name, to, d });
        clock.setTimeout(() => {
          if (!people[to].deaf) people[to].mesh.receive(/** @type {any} */ (type), name, structuredClone(d));
        }, 5 + Math.floor(random() * 3));
      },
      onChange: () => {}, onConnected: (id) => connected.push(id), onLog: () => {}, onChannel: () => {},
      RTCPeerConnection: /** @type {any} */ (class extends FakeMediaConnection {
        /** @param {any} configuration */
        constructor(configuration) {
          super({ name: String.fromCharCode(65 + made++), clock, delay: () => Math.floor(random() * 3) });
          this.configuration = configuration;
          pcs.push(this);
        }
      }),
    });
    people[name] = { mesh, pcs, connected, deaf: false };
  }
  const ufrag = (/** @type {any} */ description) => /ice-ufrag:(.*)\r/.exec(description?.sdp ?? "")?.[1];
  const pcOf = (/** @type {string} */ a, /** @type {string} */ b) => /** @type {any} */ (people[a].mesh.peer(b)?.pc);
  const check = () => {
    for (const a of names) for (const b of names) {
      const [pc, far] = [pcOf(a, b), pcOf(b, a)];
      if (!pc || !far || pc.closed || pc.connectionState === "connected") continue;
      const agreed = pc.signalingState === "stable" && ufrag(pc.localDescription) && ufrag(pc.localDescription) === ufrag(far.remoteDescription)
        && ufrag(pc.remoteDescription) === ufrag(far.localDescription);
      if (agreed && network.up) pc.change("connected");
    }
  };
  /** @param {number} ms */
  const run = async (ms) => {
    for (let i = 0; i < ms; i += 50) {
      await clock.advance(50);
      check();
    }
  };
  const participant = (/** @type {string} */ id, state = "connected") =>
    /** @type {any} */ ({ id, state, grants: grants[id] ?? everything, media: { audio: true, video: true, screen: false } });
  /** `newcomer` enters: the others offer. @param {string} newcomer @param {string[]} others */
  const enter = (newcomer, others) => {
    people[newcomer].mesh.sync(others.map((id) => participant(id)), { offer: false });
    for (const id of others) people[id].mesh.put(participant(newcomer), { offer: true });
  };
  const offers = (/** @type {string} */ from) => wire.filter((m) => m.from === from && m.type === "offer");
  const connection = (/** @type {string} */ a, /** @type {string} */ b) => people[a].mesh.peer(b)?.connection;
  const close = () => names.forEach((name) => people[name].mesh.close());
  return { clock, network, people, wire, run, participant, enter, offers, connection, pcOf, close };
}

test("those who are there offer, the newcomer answers: first offers never collide", async () => {
  const r = room(["ada", "bob", "cy"]);
  r.enter("bob", ["ada"]);
  await r.run(500);
  r.enter("cy", ["ada", "bob"]);
  await r.run(500);
  for (const [a, b] of [["ada", "bob"], ["ada", "cy"], ["bob", "cy"]]) {
    assert.equal(r.connection(a, b), "connected");
    assert.equal(r.connection(b, a), "connected");
  }
  assert.deepEqual(r.offers("cy").filter((m) => m.d.neg > 1), []);
  assert.equal(r.wire[0].from, "ada");
  for (const { pcs } of Object.values(r.people)) assert.ok(pcs.every((pc) => pc.rollbacks === 0));
  r.close();
});

test("a newcomer that hears nothing for 5 s makes the offer itself", async () => {
  const r = room(["ada", "bob"]);
  r.people.bob.mesh.sync([r.participant("ada")], { offer: false });
  r.people.ada.mesh.sync([r.participant("bob")], { offer: false });
  await r.run(4900);
  assert.equal(r.wire.length, 0);
  await r.run(600);
  assert.equal(r.connection("ada", "bob"), "connected");
  r.close();
});

test("a break of less than 3 s is left alone, a longer one restarts ICE on the same connection", async () => {
  const r = room(["ada", "bob"]);
  r.enter("bob", ["ada"]);
  await r.run(500);
  const before = r.wire.length;
  r.network.up = false;
  r.pcOf("ada", "bob").change("disconnected");
  await r.run(2000);
  assert.equal(r.connection("ada", "bob"), "recovering");
  r.network.up = true;
  await r.run(2000);
  assert.equal(r.wire.length, before);
  r.network.up = false;
  r.pcOf("ada", "bob").change("disconnected");
  await r.run(3100);
  assert.equal(r.offers("ada").at(-1).d.pc, r.offers("ada")[0].d.pc);
  assert.ok(r.wire.length > before);
  r.network.up = true;
  await r.run(200);
  assert.equal(r.connection("ada", "bob"), "connected");
  assert.equal(r.people.ada.pcs.length, 1);
  r.close();
});

test("what a restart does not mend a new connection does, with a new tag; the other side follows", async () => {
  const r = room(["ada", "bob"]);
  r.enter("bob", ["ada"]);
  await r.run(500);
  r.network.up = false;
  r.people.bob.deaf = true;
  r.pcOf("ada", "bob").change("failed");
  await r.run(10_500);
  assert.equal(r.people.ada.pcs.length, 2);
  assert.ok(r.people.ada.pcs[0].closed);
  r.people.bob.deaf = false;
  r.network.up = true;
  await r.run(16_000);
  assert.equal(r.connection("ada", "bob"), "connected");
  assert.equal(r.connection("bob", "ada"), "connected");
  assert.equal(r.people.bob.pcs.filter((pc) => !pc.closed).length, 1);
  assert.ok(new Set(r.offers("ada").map((m) => m.d.pc)).size >= 2);
  r.close();
});

test("both starting afresh at once settle on one pair of connections, whatever crosses on the wire", async () => {
  let crossings = 0;
  for (let seed = 1; seed <= 40; seed++) {
    const random = seeded(seed);
    const r = room(["ada", "bob"], { random });
    r.enter("bob", ["ada"]);
    await r.run(500);
    r.network.up = false;
    r.people.ada.deaf = r.people.bob.deaf = true;
    for (const [a, b] of [["ada", "bob"], ["bob", "ada"]]) {
      r.pcOf(a, b).change("failed");
      await r.clock.advance(Math.floor(random() * 12));
    }
    // Up to just before both give up on the restart: what is sent from then on is heard, and crosses.
    await r.run(9900);
    r.people.ada.deaf = r.people.bob.deaf = false;
    r.network.up = true;
    await r.run(3000);
    assert.deepEqual([r.connection("ada", "bob"), r.connection("bob", "ada")], ["connected", "connected"], `seed ${seed}`);
    if (r.people.ada.pcs.length === 2 && r.people.bob.pcs.length === 2 && r.people.bob.pcs[1].rollbacks > 0) crossings++;
    for (const name of ["ada", "bob"]) assert.ok(r.people[name].pcs.length <= 3, `seed ${seed}: ${r.people[name].pcs.length} connections`);
    const messages = r.wire.length;
    await r.run(20_000);
    assert.equal(r.wire.length, messages, `seed ${seed}: quiet afterwards`);
    r.close();
  }
  assert.ok(crossings > 5, `${crossings} crossings`);
});

test("failing again while the restart's offer is unanswered, it does not restart once more", async () => {
  const r = room(["ada", "bob"]);
  r.enter("bob", ["ada"]);
  await r.run(500);
  r.network.up = false;
  r.people.bob.deaf = true;
  const pc = r.pcOf("ada", "bob");
  pc.change("failed");
  await r.run(200);
  pc.change("connecting");
  pc.change("failed");
  assert.equal(r.people.ada.pcs.length, 2);
  r.close();
});

test("a message of a connection that was given up is dropped", async () => {
  const r = room(["ada", "bob"]);
  r.enter("bob", ["ada"]);
  await r.run(500);
  const stale = r.offers("ada")[0].d;
  r.people.bob.deaf = true;
  r.network.up = false;
  r.pcOf("ada", "bob").change("failed");
  await r.run(10_500);
  r.people.bob.deaf = false;
  r.network.up = true;
  await r.run(16_000);
  assert.equal(r.connection("bob", "ada"), "connected");
  const pc = r.pcOf("bob", "ada");
  r.people.bob.mesh.receive("offer", "ada", stale);
  await r.run(500);
  assert.equal(r.pcOf("bob", "ada"), pc);
  r.close();
});

test("while signalling is down on either side media is left alone; afterwards recovery catches up", async () => {
  for (const down of ["own", "theirs"]) {
    const r = room(["ada", "bob"]);
    r.enter("bob", ["ada"]);
    await r.run(500);
    const before = r.wire.length;
    const { mesh } = r.people.ada;
    if (down === "own") mesh.setSignalling(false);
    else mesh.put(r.participant("bob", "reconnecting"), { offer: true });
    assert.equal(r.connection("ada", "bob"), "connected");
    r.network.up = false;
    r.pcOf("ada", "bob").change("disconnected");
    r.pcOf("ada", "bob").change("failed");
    await r.run(30_000);
    assert.equal(r.wire.filter((m) => m.from === "ada").length, r.wire.slice(0, before).filter((m) => m.from === "ada").length, down);
    assert.equal(r.people.ada.pcs.length, 1);
    r.network.up = true;
    r.pcOf("ada", "bob").connectionState = "failed";
    if (down === "own") mesh.setSignalling(true);
    else mesh.put(r.participant("bob"), { offer: true });
    await r.run(1000);
    assert.equal(r.connection("ada", "bob"), "connected", down);
    assert.equal(r.people.ada.pcs.length, 1, down);
    r.close();
  }
});

test("after five new connections in vain it has failed; retry() starts over", async () => {
  const r = room(["ada", "bob"]);
  r.enter("bob", ["ada"]);
  await r.run(500);
  r.network.up = false;
  r.people.bob.deaf = true;
  r.pcOf("ada", "bob").change("failed");
  await r.run(120_000);
  assert.equal(r.connection("ada", "bob"), "failed");
  assert.equal(r.people.ada.pcs.length, 6);
  const messages = r.wire.length;
  await r.run(60_000);
  assert.equal(r.wire.filter((m) => m.from === "ada").length, r.wire.slice(0, messages).filter((m) => m.from === "ada").length);
  r.people.bob.deaf = false;
  r.network.up = true;
  r.people.ada.mesh.retry();
  await r.run(2000);
  assert.equal(r.connection("ada", "bob"), "connected");
  r.close();
});

test("a resync keeps connections, closes those to who left, and says again what was under way", async () => {
  const r = room(["ada", "bob", "cy"]);
  r.enter("bob", ["ada"]);
  r.enter("cy", ["ada", "bob"]);
  await r.run(500);
  const kept = r.pcOf("ada", "bob");
  r.people.bob.deaf = true;
  r.people.ada.mesh.peer("bob")?.reoffer();
  await r.run(100);
  const lost = r.offers("ada").at(-1);
  r.people.bob.deaf = false;
  r.people.ada.mesh.sync([r.participant("bob")], { offer: true });
  r.people.ada.mesh.resync();
  await r.run(300);
  assert.equal(r.pcOf("ada", "bob"), kept);
  assert.equal(r.people.ada.mesh.peer("cy"), null);
  assert.equal(r.offers("ada").at(-1).d.neg, lost.d.neg);
  assert.equal(kept.signalingState, "stable");
  r.close();
});

test("a change of network restarts ICE at once", async () => {
  const r = room(["ada", "bob"]);
  r.enter("bob", ["ada"]);
  await r.run(500);
  const before = r.offers("ada").length;
  r.people.ada.mesh.networkChanged();
  await r.run(100);
  assert.equal(r.offers("ada").length, before + 1);
  r.close();
});

test("rights decide directions: who may not publish is not received, who may not subscribe is not sent to", async () => {
  const grants = { listener: { publish: false, subscribe: true, data: true }, camera: { publish: true, subscribe: false, data: true } };
  const r = room(["ada", "listener", "camera"], { grants });
  r.enter("listener", ["ada"]);
  r.enter("camera", ["ada"]);
  await r.run(200);
  const directions = (/** @type {string} */ a, /** @type {string} */ b) => [...new Set(r.pcOf(a, b).transceivers.map((/** @type {any} */ t) => t.direction))].join();
  assert.equal(directions("ada", "listener"), "sendonly");
  assert.equal(directions("listener", "ada"), "recvonly");
  assert.equal(directions("ada", "camera"), "recvonly");
  assert.equal(directions("camera", "ada"), "sendonly");
  assert.ok(r.pcOf("ada", "camera").transceivers.every((/** @type {any} */ t) => t.sender.track === null));
  r.people.ada.mesh.put({ ...r.participant("camera"), grants: everything }, { offer: true });
  assert.equal(directions("ada", "camera"), "sendrecv");
  r.close();
});

test("the uplink is shared out, most of it to the screen", async () => {
  const r = room(["ada", "bob", "cy"]);
  r.enter("bob", ["ada"]);
  await r.run(300);
  const caps = (/** @type {string} */ b) => r.pcOf("ada", b).transceivers.filter((/** @type {any} */ t) => t.kind === "video")
    .map((/** @type {any} */ t) => t.sender.parameters.encodings[0].maxBitrate);
  assert.deepEqual(caps("bob"), [2_500_000]);
  r.enter("cy", ["ada"]);
  await r.run(300);
  assert.deepEqual([caps("bob"), caps("cy")], [[1_250_000], [1_250_000]]);
  const screen = /** @type {any} */ ({ kind: "video" });
  r.people.ada.mesh.setOutgoing(/** @type {any} */ ({ tracks: { audio: { kind: "audio" }, video: { kind: "video" }, screen }, camera: { id: "c" }, screen: { id: "s" } }));
  await settle();
  assert.deepEqual(caps("bob"), [312_500, 937_500]);
  r.close();
});

test("closing stops every timer", async () => {
  const r = room(["ada", "bob"]);
  r.enter("bob", ["ada"]);
  await r.run(500);
  r.close();
  await r.run(2000);
  assert.equal(r.clock.pending, 0);
});
