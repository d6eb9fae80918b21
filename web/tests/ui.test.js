// @ts-check
/** The arithmetic and the decisions behind the views: pure functions, no document. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { arrange, bestGrid, capacity, nearestCorner } from "../ui/arrange.js";
import { cast, createSpeakerFollower, parts, viewOf } from "../ui/cast.js";
import { setWords } from "../ui/i18n.js";
import { pieces } from "../ui/links.js";
import { createSeats } from "../ui/seats.js";
import { overBecause, screenOf, titleOf } from "../ui/screens.js";
import { troubleOf } from "../ui/tiletrouble.js";
import { addressFrom, errorWords, initials, mediaWords, newRoomId, roomFrom, secretFrom, spoken } from "../ui/words.js";

setWords("en", JSON.parse(readFileSync(new URL("../i18n/en.json", import.meta.url), "utf8")));

/** A small seeded generator (mulberry32), so that a failure can be repeated. @param {number} seed */
function seeded(seed) {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let x = Math.imul(a ^ (a >>> 15), 1 | a);
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x;
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32;
  };
}

test("four cameras on a wide stage make two by two, on an upright phone too", () => {
  assert.deepEqual([bestGrid(4, 1280, 700, 10).columns, bestGrid(4, 1280, 700, 10).rows], [2, 2]);
  assert.equal(bestGrid(4, 348, 640, 6).columns, 2);
  assert.equal(bestGrid(2, 348, 640, 6).columns, 1);
  assert.equal(bestGrid(2, 1280, 700, 10).columns, 2);
});

test("whatever the stage, tiles stay inside it and never overlap", () => {
  const random = seeded(7);
  for (let run = 0; run < 500; run++) {
    const width = 200 + Math.floor(random() * 2400);
    const height = 200 + Math.floor(random() * 1500);
    const keys = Array.from({ length: 1 + Math.floor(random() * 12) }, (_, i) => `p${i}`);
    const large = 1 + Math.floor(random() * keys.length);
    const pager = run % 2 ? 36 : 0;
    const scene = { width, height, gap: 10, main: keys.slice(0, large), strip: keys.slice(large), corner: null, pager };
    const places = [...arrange({ ...scene, at: "bottom-right" }).values()];
    assert.equal(places.length, keys.length + (pager ? 1 : 0));
    for (const [i, a] of places.entries()) {
      const inside = a.x >= 0 && a.y >= 0 && a.x + a.width <= width + 1 && a.y + a.height <= height + 1;
      assert.ok(inside && a.width > 0 && a.height > 0, `run ${run}: ${JSON.stringify({ scene, a })}`);
      for (const b of places.slice(i + 1)) {
        const apart = a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;
        assert.ok(apart, `run ${run}: ${JSON.stringify({ scene, a, b })}`);
      }
    }
  }
});

test("a dragged self view falls into the nearest corner", () => {
  assert.equal(nearestCorner(10, 10, 100, 100), "top-left");
  assert.equal(nearestCorner(90, 10, 100, 100), "top-right");
  assert.equal(nearestCorner(20, 70, 100, 100), "bottom-left");
});

const camera = /** @param {string} key */ key => ({ key, kind: /** @type {const} */ ("camera"), peer: null });
const shared = { key: "b:screen", kind: /** @type {const} */ ("screen"), peer: null };
const scene = { parts: [camera("a"), camera("b"), camera("self")], view: /** @type {"grid" | "speaker"} */ ("grid"), pinned: null, speaker: null, selfView: /** @type {const} */ ("auto") };

/** @param {object} patch */
const placed = patch => {
  const { main, strip, corner } = cast({ ...scene, ...patch });
  return { main, strip, corner };
};

test("who stands where", () => {
  assert.deepEqual(placed({}), { main: ["a", "b", "self"], strip: [], corner: null });
  assert.deepEqual(placed({ parts: [camera("self")] }), { main: ["self"], strip: [], corner: null });
  assert.deepEqual(placed({ parts: [camera("a"), camera("self")] }), { main: ["a"], strip: [], corner: "self" });
  assert.deepEqual(placed({ view: "speaker", speaker: "b" }), { main: ["b"], strip: ["a", "self"], corner: null });
  assert.deepEqual(placed({ parts: [...scene.parts, shared] }), { main: ["b:screen"], strip: ["a", "b", "self"], corner: null });
  assert.deepEqual(placed({ pinned: "self" }), { main: ["self"], strip: ["a", "b"], corner: null });
  assert.deepEqual(placed({ pinned: "gone" }).main, ["a", "b", "self"]);
  assert.deepEqual(placed({ selfView: "hidden" }), { main: ["a", "b"], strip: [], corner: null });
  assert.deepEqual(placed({ selfView: "corner" }), { main: ["a", "b"], strip: [], corner: "self" });
});

test("the spotlight is for all, a pin of one's own is stronger", () => {
  assert.deepEqual(placed({ spotlight: "b" }), { main: ["b"], strip: ["a", "self"], corner: null });
  assert.deepEqual(placed({ spotlight: "b", pinned: "a" }).main, ["a"]);
  assert.deepEqual(placed({ spotlight: "b", parts: [...scene.parts, shared] }).main, ["b"]);
  assert.deepEqual(placed({ spotlight: "gone" }).main, ["a", "b", "self"]);
});

const crowd = Array.from({ length: 60 }, (_, i) => camera(`p${i}`));

test("everybody is on exactly one page, oneself on each", () => {
  for (const view of /** @type {const} */ (["grid", "speaker"])) {
    const all = { ...scene, parts: [...crowd, camera("self")], view, speaker: "p3", most: { grid: 25, strip: 5 } };
    const { pages } = cast(all);
    assert.equal(pages, view === "grid" ? 3 : 15);
    /** @type {string[]} */
    const seen = [];
    for (let page = 0; page < pages; page++) {
      const { main, strip } = cast({ ...all, page });
      const shown = view === "grid" ? main : strip;
      assert.ok(shown.length <= (view === "grid" ? 25 : 5) && shown.at(-1) === "self");
      seen.push(...shown.slice(0, -1));
    }
    assert.deepEqual(seen, crowd.map(({ key }) => key).filter(key => view === "grid" || key !== "p3"));
  }
});

test("a page that is no more becomes the last one", () => {
  assert.equal(cast({ ...scene, page: 9, most: { grid: 2, strip: 5 } }).page, 1);
  assert.equal(cast({ ...scene, page: -1, most: { grid: 2, strip: 5 } }).page, 0);
});

test("never more tiles at once than stay recognisable, and never more than 25", () => {
  assert.equal(capacity(1900, 950, 10).grid, 25);
  const phone = capacity(348, 600, 6);
  assert.ok(phone.grid >= 6 && phone.grid <= 12, String(phone.grid));
  assert.ok(bestGrid(phone.grid, 348, 600, 6).width >= 130);
  assert.ok(phone.strip >= 3 && phone.strip <= 5);
});

test("by itself the view is a grid while everybody fits", () => {
  assert.deepEqual([viewOf("auto", 25, 25), viewOf("auto", 26, 25), viewOf("grid", 200, 25), viewOf("speaker", 2, 25)], ["grid", "speaker", "grid", "speaker"]);
});

/** @param {number} count @param {string} [video] @param {string} [speaking] */
const sitters = (count, video = "", speaking = "") => Array.from({ length: count }, (_, i) => `p${i}`)
  .map(id => ({ id, speaking: speaking.split(" ").includes(id), media: { video: video.split(" ").includes(id) } }));

test("in a small room everybody sits as they came", () => {
  const seat = createSeats();
  assert.deepEqual(seat(sitters(4, "p3", "p2"), 24, 0), ["p0", "p1", "p2", "p3"]);
});

test("a speaker or a camera from behind changes places with one person, and nobody else moves", () => {
  const seat = createSeats();
  assert.deepEqual(seat(sitters(6), 3, 0), ["p0", "p1", "p2", "p3", "p4", "p5"]);
  assert.deepEqual(seat(sitters(6, "p4"), 3, 1), ["p0", "p1", "p4", "p3", "p2", "p5"]);
  assert.deepEqual(seat(sitters(6, "p4", "p5"), 3, 2), ["p0", "p5", "p4", "p3", "p2", "p1"]);
  assert.deepEqual(seat(sitters(6, "p4", "p3"), 3, 1000), ["p3", "p5", "p4", "p0", "p2", "p1"], "who has just spoken keeps the seat");
  assert.deepEqual(seat(sitters(6, "p4", "p3"), 3, 2000), ["p3", "p5", "p4", "p0", "p2", "p1"], "calm while nothing changes");
});

test("a window that becomes smaller moves nobody who is silent", () => {
  const seat = createSeats();
  seat(sitters(4, "", "p3"), 4, 0);
  assert.deepEqual(seat(sitters(4), 2, 10), ["p0", "p1", "p2", "p3"]);
});

test("whoever leaves is replaced from behind", () => {
  const seat = createSeats();
  seat(sitters(6), 3, 0);
  assert.deepEqual(seat(sitters(6).filter(({ id }) => id !== "p1"), 3, 1), ["p0", "p3", "p2", "p4", "p5"]);
});

test("the order holds everybody once, whatever happens", () => {
  const random = seeded(11);
  const seat = createSeats();
  for (let run = 0; run < 400; run++) {
    const people = sitters(30).filter(() => random() < 0.9).map(person => ({ ...person, speaking: random() < 0.1, media: { video: random() < 0.4 } }));
    const front = 1 + Math.floor(random() * 30);
    const order = seat(people, front, run * 500);
    assert.deepEqual([...order].sort(), people.map(({ id }) => id).sort());
    const seen = new Set(order.slice(0, front));
    const outside = people.filter(({ id, speaking }) => speaking && !seen.has(id)).length;
    const quiet = people.filter(({ id, speaking }) => !speaking && seen.has(id)).length;
    assert.ok(outside === 0 || quiet === 0, `run ${run}: a speaker is not seen while somebody silent is`);
  }
});

test("a screen stands behind its owner, and oneself last", () => {
  const peer = /** @param {string} id @param {string | null} screen @returns {any} */ (id, screen) => ({ id, screen: null, media: { screen } });
  const list = parts(/** @type {any} */ ({ peers: [peer("a", null), peer("b", "s")] }), ["b", "a"]);
  assert.deepEqual(list.map(({ key }) => key), ["b", "b:screen", "a", "self"]);
});

test("a tile says the worst that is the matter, and only what can be told apart", () => {
  const well = { connection: "connected", signalling: "connected", decrypts: null, media: { audio: true, video: true, screen: "s" }, video: { paused: null }, screenVideo: { paused: null } };
  /** @param {object} patch @param {"camera" | "screen"} [kind] */
  const trouble = (patch, kind = "camera") => troubleOf(/** @type {any} */ ({ ...well, ...patch }), kind);
  assert.equal(trouble({}), null);
  assert.equal(trouble({ video: { paused: "bandwidth" } }), "paused");
  assert.equal(trouble({ video: { paused: "bandwidth" } }, "screen"), null);
  assert.equal(trouble({ screenVideo: { paused: "bandwidth" } }, "screen"), "paused");
  assert.equal(trouble({ video: { paused: "bandwidth" }, media: { ...well.media, video: false } }), null, "nobody misses a camera that is off");
  assert.equal(trouble({ video: { paused: "bandwidth" }, decrypts: false }), "key");
  assert.equal(trouble({ decrypts: false, signalling: "reconnecting" }), "reconnecting");
  assert.equal(trouble({ connection: "failed", signalling: "reconnecting" }), "failed");
  assert.equal(trouble({ connection: "new" }), "connecting");
});

test("the stage follows the speaker, but not every cough", () => {
  const follow = createSpeakerFollower();
  const says = /** @param {string} who @returns {any[]} */ who => ["a", "b"].map(id => ({ id, speaking: who.includes(id), level: 0.5 }));
  assert.equal(follow(says(""), 0), null);
  assert.equal(follow(says("a"), 10), "a");
  assert.equal(follow(says(""), 500), "a");
  assert.equal(follow(says("b"), 1000), "a");
  assert.equal(follow(says("b"), 1600), "b");
  assert.equal(follow(says("ab"), 9000), "b");
  assert.equal(follow([{ id: "a", speaking: false, level: 0 }].map(peer => /** @type {any} */ (peer)), 9100), null);
});

const visit = { room: "r", entered: false, since: 0, left: false, prepared: false, joining: false, refused: null };
const state = /** @param {object} patch @returns {any} */ patch => ({ connection: "connected", room: null, removed: null, error: null, self: { id: "me" }, ...patch });
const room = { id: "r", name: "r", status: "joined", call: null };

test("each state has its screen", () => {
  assert.equal(screenOf(state({}), { ...visit, room: null }), "home");
  assert.equal(screenOf(state({}), visit), "prejoin");
  assert.equal(screenOf(state({ room: { ...room, status: "waiting" } }), visit), "lobby");
  assert.equal(screenOf(state({ room }), visit), "call");
  assert.equal(screenOf(state({ room, connection: "reconnecting" }), { ...visit, entered: true }), "call");
  assert.equal(screenOf(state({}), { ...visit, entered: true, joining: true }), "prejoin");
});

test("each end has its reason", () => {
  const inside = { ...visit, entered: true };
  assert.equal(overBecause(state({ removed: { room: "r", reason: "kicked" } }), inside), "kicked");
  assert.equal(overBecause(state({ room }), { ...inside, left: true }), "left");
  assert.equal(overBecause(state({ room, connection: "superseded" }), inside), "superseded");
  assert.equal(overBecause(state({ connection: "refused", error: { code: "unauthorized" } }), inside), "refused");
  assert.equal(overBecause(state({ connection: "refused", error: { code: "kicked" } }), inside), "kicked");
  assert.equal(overBecause(state({ removed: { room: "r", reason: "room_full" } }), inside), "refused");
  assert.equal(overBecause(state({}), inside), "lost");
  assert.equal(overBecause(state({ connection: "refused" }), visit), null);
});

test("the title names the room, or the other of a direct call, and what is unread", () => {
  assert.equal(titleOf(state({ room }), 0, "RtcHub"), "r · RtcHub");
  const call = { from: { id: "me", name: "Ada" }, to: { id: "you", name: "Grace" } };
  assert.equal(titleOf(state({ room: { ...room, call } }), 3, "RtcHub"), "(3) Grace · RtcHub");
  assert.equal(titleOf(state({ direct: { from: { id: "you", name: "Grace" }, state: "ringing" } }), 0, "RtcHub"), "Grace is calling");
  assert.equal(titleOf(state({}), 0, "RtcHub"), "RtcHub");
});

test("a room by link, by name, in any spelling; other hubs' links are refused", () => {
  const origin = "https://hub.example";
  assert.equal(roomFrom("https://hub.example/r/blue-fox-42?name=x", origin), "blue-fox-42");
  assert.equal(roomFrom(" Blue Fox_42 ", origin), "blue-fox-42");
  assert.equal(roomFrom("hub.example/r/blue-fox-42", origin), "blue-fox-42");
  assert.equal(roomFrom("https://elsewhere.example/r/blue-fox-42", origin), null);
  assert.equal(roomFrom("ab", origin), null);
  assert.equal(roomFrom("https://", origin), null);
});

test("the key of a link is read only when it is whole", () => {
  const key = "A".repeat(40) + "_-9";
  assert.equal(secretFrom(`https://hub.example/r/blue-fox-42#k=${key} `), key);
  assert.equal(secretFrom(`https://hub.example/r/blue-fox-42?name=x#k=${key}`), key);
  assert.equal(roomFrom(`https://hub.example/r/blue-fox-42#k=${key}`, "https://hub.example"), "blue-fox-42");
  for (const end of ["", "#k=", `#k=${key}x`, `#k=${key.slice(1)}`, `?k=${key}`]) assert.equal(secretFrom(`https://hub.example/r/blue-fox-42${end}`), null);
});

test("addresses are read as people write them", () => {
  assert.equal(addressFrom(" K7MQ-4xtd "), "k7mq4xtd");
  assert.equal(addressFrom("k7mq4xt"), null);
  assert.equal(addressFrom("k7mq4xt0"), null);
  assert.equal(spoken("k7mq4xtd"), "k7mq-4xtd");
});

test("a new room's id is one that the hub accepts", () => {
  const random = seeded(3);
  for (let i = 0; i < 200; i++)
    assert.match(newRoomId(max => Math.floor(random() * max)), /^[a-z]+-[a-z]+-\d{4}$/);
});

test("initials", () => {
  assert.equal(initials("Ada Lovelace"), "AL");
  assert.equal(initials("ada"), "A");
  assert.equal(initials("李明"), "李");
  assert.equal(initials("  "), "?");
});

test("errors and device problems are sentences, also those that nobody foresaw", () => {
  assert.match(errorWords({ code: "passcode_wrong", retryAfterMs: 2500 }), /3 s/);
  assert.doesNotMatch(errorWords({ code: "passcode_wrong" }), /\{/);
  assert.equal(errorWords({ code: "new_code", message: "Said by the hub." }), "Said by the hub.");
  assert.ok(errorWords(null).length > 10);
  assert.match(mediaWords({ kind: "video", code: "missing" }), /camera/i);
  assert.match(mediaWords({ kind: "audio", code: "insecure" }), /https/);
});

test("only http and https become links, and a sentence keeps its full stop", () => {
  assert.deepEqual(pieces("see https://a.example/x?y=(1). ok"), [
    { text: "see " }, { text: "https://a.example/x?y=(1)", href: "https://a.example/x?y=(1)" }, { text: ". ok" },
  ]);
  assert.deepEqual(pieces("(https://a.example/)"), [{ text: "(" }, { text: "https://a.example/", href: "https://a.example/" }, { text: ")" }]);
  assert.deepEqual(pieces("javascript:alert(1) <b>x</b>"), [{ text: "javascript:alert(1) <b>x</b>" }]);
  assert.deepEqual(pieces(""), []);
  assert.deepEqual(pieces("请看https://a.example/路径。谢谢").map(piece => piece.text), ["请看", "https://a.example/路径", "。谢谢"]);
});
