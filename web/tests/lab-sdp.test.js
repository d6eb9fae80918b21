// @ts-check
/** The explanations against whole descriptions as Chromium 156 and Firefox 153 wrote them (video, audio, simulcast, data). */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { diffLines } from "../rtchub/lab/diff.js";
import { explain, linesOf, readSdp } from "../rtchub/lab/sdp.js";

const read = /** @param {string} path */ path => readFileSync(new URL(path, import.meta.url), "utf8");
const captures = { chromiumOffer: read("captures/chromium-offer.sdp"), chromiumAnswer: read("captures/chromium-answer.sdp"), firefoxOffer: read("captures/firefox-offer.sdp"), firefoxAnswer: read("captures/firefox-answer.sdp") };
/** @type {Record<"en" | "zh", Record<string, string>>} */
const words = { en: JSON.parse(read("../i18n/lab.en.json")), zh: JSON.parse(read("../i18n/lab.zh.json")) };

test("every line of a real description has words of its own, and all that they need", () => {
  for (const [name, sdp] of Object.entries(captures)) {
    const lines = readSdp(sdp).flatMap(({ lines }) => lines);
    assert.equal(lines.length, linesOf(sdp).length, name);
    for (const { text, explanation: { key, values } } of lines) {
      assert.ok(!["unknown", "attribute", "extmap", "rtcp-fb", "ssrc", "ssrc-group"].includes(key), `${name}: ${text} is only "${key}"`);
      const sentence = words.en[`lab.sdp.line.${key}`];
      assert.ok(sentence, `${name}: ${text}: no sentence ${key}`);
      for (const [, place] of sentence.matchAll(/\{(\w+)\}/g)) assert.ok(values[place] !== undefined && values[place] !== "", `${name}: ${text}: ${place} of ${key}`);
    }
  }
});

test("sections: what they are, which way they go, and their codecs by preference", () => {
  const [session, video, audio, simulcast, data] = readSdp(captures.chromiumOffer);
  assert.deepEqual([session.kind, session.mid, session.direction], ["session", null, ""]);
  assert.deepEqual([video.kind, video.mid, video.direction, video.rejected], ["video", "0", "sendrecv", false]);
  assert.deepEqual([audio.kind, audio.codecs[0]], ["audio", "opus"]);
  assert.equal(simulcast.direction, "sendonly");
  assert.ok(simulcast.lines.some(({ explanation }) => explanation.key === "simulcast"));
  assert.deepEqual([data.kind, data.direction, data.codecs], ["application", "", []]);
  assert.ok(video.codecs.includes("VP8") && video.codecs.includes("rtx"));
});

test("lines are explained with what is in them", () => {
  const codecs = new Map([["96", "VP8"], ["111", "opus"]]);
  /** @param {string} line */
  const told = line => explain(line, codecs);
  assert.deepEqual(told("a=rtpmap:111 opus/48000/2"), { key: "rtpmap", values: { payload: "111", codec: "opus", clock: "48000", channels: "2" } });
  assert.deepEqual(told("a=rtcp-fb:96 nack pli"), { key: "rtcp-fb.pli", values: { feedback: "nack pli", codec: "VP8" } });
  assert.deepEqual(told("a=fmtp:97 apt=96"), { key: "fmtp.apt", values: { payload: "97", codec: "VP8" } });
  assert.equal(told("a=fmtp:111 minptime=10;useinbandfec=1").key, "fmtp.opus");
  assert.deepEqual(told("a=extmap:4/sendonly http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01").values.id, "4");
  assert.equal(told("a=extmap:9 urn:example:unheard-of").key, "extmap");
  assert.deepEqual(told("a=group:BUNDLE 0 1 2"), { key: "group", values: { mids: "0, 1, 2" } });
  assert.equal(told("a=setup:actpass").key, "setup.actpass");
  assert.equal(told("a=ice-options:trickle").key, "ice-options.trickle");
  assert.equal(told("a=ice-options:renomination").key, "ice-options");
  assert.deepEqual(told("m=video 0 UDP/TLS/RTP/SAVPF 96"), { key: "m.rejected", values: { kind: "video", port: "0", protocol: "UDP/TLS/RTP/SAVPF", count: 1 } });
  assert.deepEqual(told("m=audio 9 UDP/TLS/RTP/SAVPF 111 63 9").values.count, 3);
  assert.deepEqual(told("a=candidate:1 1 udp 2122194687 192.0.2.2 57064 typ host").values,
    { type: "host", protocol: "udp", address: "192.0.2.2", port: 57064, component: 1, preference: 126, local: 32286 });
  assert.equal(told("c=IN IP4 0.0.0.0").key, "c.none");
  assert.equal(told("a=ssrc-group:FID 1 2").key, "ssrc-group.fid");
});

test("the password of ICE is explained without being said again", () => {
  assert.deepEqual(explain("a=ice-pwd:secret").values, {});
});

test("what nobody knows is shown and harms nothing", () => {
  assert.equal(explain("a=x-new:1").key, "attribute");
  assert.equal(explain("q=?").key, "unknown");
  assert.equal(explain("").key, "unknown");
  assert.deepEqual(readSdp(""), []);
  for (let length = 0; length < captures.chromiumOffer.length; length += 97) readSdp(captures.chromiumOffer.slice(0, length));
});

test("a rejected section is told from one that lives in the bundle", () => {
  const [, one, two] = readSdp("v=0\r\nm=video 0 UDP/TLS/RTP/SAVPF 96\r\na=bundle-only\r\nm=audio 0 UDP/TLS/RTP/SAVPF 0\r\na=inactive\r\n");
  assert.deepEqual([one.rejected, two.rejected, two.direction], [false, true, "inactive"]);
});

test("the difference to the description before: what stays, what went, what came", () => {
  assert.deepEqual(diffLines(["v=0", "a=ice-ufrag:old", "a=mid:0"], ["v=0", "a=ice-ufrag:new", "a=mid:0", "a=sendrecv"]), [
    { op: "same", text: "v=0" }, { op: "removed", text: "a=ice-ufrag:old" }, { op: "added", text: "a=ice-ufrag:new" },
    { op: "same", text: "a=mid:0" }, { op: "added", text: "a=sendrecv" },
  ]);
  assert.deepEqual(diffLines([], ["a"]), [{ op: "added", text: "a" }]);
  const before = linesOf(captures.chromiumOffer), after = linesOf(captures.chromiumAnswer);
  const diff = diffLines(before, after);
  assert.deepEqual(diff.filter(({ op }) => op !== "added").map(({ text }) => text), before, "the older one is what was not added");
  assert.deepEqual(diff.filter(({ op }) => op !== "removed").map(({ text }) => text), after, "the newer one is what was not removed");
});
