// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";
import { addressKind, candidateRows, decodePriority, parseCandidate, typePreferences, ufragOf } from "../rtchub/lab/candidates.js";

// As Chromium 156 and Firefox 153 wrote them.
const chromium = {
  host: "candidate:717129757 1 udp 2122194687 192.0.2.2 57064 typ host generation 0 ufrag bk/a network-id 1",
  srflx: "candidate:1530625986 1 udp 1685987071 203.0.113.7 57064 typ srflx raddr 192.0.2.2 rport 57064 generation 0 ufrag bk/a network-id 1",
  tcp: "candidate:1416718981 1 tcp 1518214911 192.0.2.2 9 typ host tcptype active generation 0 ufrag bk/a network-id 1",
  mdns: "candidate:343427942 1 udp 2113937151 de75b551-85c6-45dc-938a-a901bf60341b.local 46229 typ host generation 0 ufrag zr21 network-cost 999",
  hidden: "candidate:2316666226 1 udp 1677729535 203.0.113.7 46229 typ srflx raddr 0.0.0.0 rport 0 generation 0 ufrag zr21 network-cost 999",
};
const firefox = {
  host: "candidate:0 1 UDP 2122187007 192.0.2.2 52435 typ host",
  rtcp: "candidate:0 2 UDP 2122187006 192.0.2.2 52255 typ host",
  tcp: "candidate:3 1 TCP 2105458943 192.0.2.2 9 typ host tcptype active",
  srflx: "candidate:1 1 UDP 1685987327 203.0.113.7 52435 typ srflx raddr 192.0.2.2 rport 52435",
};

test("a candidate line is taken apart, whichever browser wrote it", () => {
  assert.deepEqual(parseCandidate(chromium.srflx), {
    foundation: "1530625986", component: 1, protocol: "udp", priority: 1685987071, address: "203.0.113.7", port: 57064, type: "srflx",
    relatedAddress: "192.0.2.2", relatedPort: 57064, tcpType: null, ufrag: "bk/a",
  });
  assert.deepEqual(parseCandidate(firefox.tcp), {
    foundation: "3", component: 1, protocol: "tcp", priority: 2105458943, address: "192.0.2.2", port: 9, type: "host",
    relatedAddress: null, relatedPort: null, tcpType: "active", ufrag: null,
  });
  assert.equal(parseCandidate(firefox.rtcp)?.component, 2);
  assert.deepEqual(parseCandidate(`a=${chromium.host}`), parseCandidate(chromium.host), "as a line of SDP");
});

test("what is no candidate is none", () => {
  for (const line of ["", "candidate:", "candidate:1 1 udp 5 1.2.3.4", "candidate:1 x udp 5 1.2.3.4 9 typ host", "candidate:1 1 udp 5 1.2.3.4 9 host", "a=mid:0"])
    assert.equal(parseCandidate(line), null, line);
});

test("a priority is put together again from its three parts (RFC 8445 5.1.2.1)", () => {
  for (const line of [...Object.values(chromium), ...Object.values(firefox)]) {
    const { priority, type, protocol, component } = /** @type {import("../rtchub/lab/candidates.js").Candidate} */ (parseCandidate(line));
    const parts = decodePriority(priority);
    assert.equal(parts.type * 2 ** 24 + parts.local * 2 ** 8 + (256 - parts.component), priority);
    assert.equal(parts.component, component, line);
    if (protocol === "udp") assert.equal(parts.type, typePreferences[/** @type {"host" | "srflx"} */ (type)], line);
  }
});

test("an address says who can reach it", () => {
  const kinds = {
    "de75b551-85c6-45dc-938a-a901bf60341b.local": "mdns", "0.0.0.0": "hidden", "::": "hidden", "127.0.0.1": "loopback", "::1": "loopback",
    "169.254.3.4": "link-local", "fe80::1": "link-local", "10.1.2.3": "private", "172.16.0.1": "private", "172.32.0.1": "public", "192.168.1.1": "private",
    "fd00::2": "private", "100.64.0.1": "shared", "100.128.0.1": "public", "203.0.113.7": "public", "2001:db8::1": "public",
  };
  for (const [address, kind] of Object.entries(kinds)) assert.equal(addressKind(address), kind, address);
});

test("rows: when a candidate came, of which generation it is, and when the other side was told", () => {
  const event = /** @param {string} candidate */ candidate => ({ candidate, usernameFragment: "bk/a" });
  const log = [
    { at: 1000, kind: "description", value: { side: "local", type: "offer", sdp: "v=0\r\na=ice-ufrag:bk/a\r\n" } },
    { at: 1010, kind: "candidate", value: event(chromium.host) },
    { at: 1010, kind: "sent-candidate", value: event(chromium.host) },
    { at: 1020, kind: "candidate", value: event(chromium.srflx) },
    { at: 1030, kind: "candidate", value: event(chromium.tcp) },
    { at: 1040, kind: "candidate", value: null },
    { at: 3020, kind: "sent-candidate", value: event(chromium.srflx) },
    { at: 3020, kind: "sent-candidate", value: null },
    { at: 3030, kind: "description", value: { side: "remote", type: "answer", sdp: `v=0\r\na=ice-ufrag:1bed\r\na=${firefox.host}\r\n` } },
    { at: 3030, kind: "remote-candidate", value: { candidate: firefox.host } },
    { at: 3040, kind: "remote-candidate", value: null },
  ];
  const rows = candidateRows(log, "local").map(({ at, candidate, ufrag, toldAt }) => [at, candidate?.type ?? null, candidate?.protocol ?? null, ufrag, toldAt]);
  assert.deepEqual(rows, [
    [1010, "host", "udp", "bk/a", 1010],
    [1020, "srflx", "udp", "bk/a", 3020],
    [1030, "host", "tcp", "bk/a", null],
    [1040, null, null, "bk/a", 3020],
  ]);
  assert.deepEqual(candidateRows(log, "remote").map(({ candidate, ufrag }) => [candidate?.address ?? null, ufrag]), [["192.0.2.2", "1bed"], [null, "1bed"]],
    "a candidate inside a description has its generation from there");
});

test("a description without trickle tells its candidates, which it writes shorter than the event", () => {
  const inside = chromium.host.replace(" ufrag bk/a", "");
  const rows = candidateRows([
    { at: 5, kind: "candidate", value: { candidate: chromium.host, usernameFragment: "bk/a" } },
    { at: 6, kind: "candidate", value: null },
    { at: 70, kind: "description", value: { side: "local", type: "offer", sdp: `a=ice-ufrag:bk/a\r\na=${inside}\r\na=end-of-candidates\r\n` } },
  ], "local");
  assert.deepEqual(rows.map(({ toldAt }) => toldAt), [70, 70]);
});

test("the user name fragment of a description", () => {
  assert.equal(ufragOf("v=0\r\na=ice-ufrag:qa8N\r\na=ice-pwd:x\r\n"), "qa8N");
  assert.equal(ufragOf("v=0\r\n"), null);
});
