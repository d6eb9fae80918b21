/**
 * The call page with people who are not there: a call whose state is made up, to look at every view without a hub.
 *   views.html?people=30&video=12&view=grid&panel=people&lang=zh&way=sfu&screen=1&spotlight=1&e2ee=1&trouble=1&still=1
 */
import { Media } from "../../rtchub/media.js";
import { mountCall } from "../../ui/call.js";
import { useLanguage } from "../../ui/i18n.js";
import { useStoredTheme } from "../../ui/theme.js";

const query = new URLSearchParams(location.search);
const number = (name, otherwise) => Number(query.get(name) ?? otherwise);
const firsts = "Ada Grace Alan Edsger Barbara Donald Margaret Ken Radia Linus Frances Tim Shafi Leslie Adele 李明 王芳 張偉 Søren Zoë".split(" ");
const lasts = "Lovelace Hopper Turing Dijkstra Liskov Knuth Hamilton Thompson Perlman Torvalds Allen Berners-Lee Goldwasser Lamport Goldberg".split(" ");
const nameOf = i => i % 23 === 7 ? "Wolfeschlegelsteinhausenbergerdorff the Younger" : `${firsts[i % firsts.length]} ${lasts[(i * 7) % lasts.length]}`;

/** A painted, slowly moving picture. */
function picture(hue, width = 640, height = 360) {
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const context = canvas.getContext("2d");
  let at = hue;
  const paint = () => {
    at += 0.01;
    const sky = context.createLinearGradient(0, 0, 0, height);
    sky.addColorStop(0, `hsl(${hue} 35% 62%)`);
    sky.addColorStop(1, `hsl(${hue + 40} 40% 38%)`);
    context.fillStyle = sky;
    context.fillRect(0, 0, width, height);
    context.fillStyle = `hsl(${hue + 180} 30% 30%)`;
    context.beginPath();
    context.ellipse(width / 2, height * 1.05, width * 0.26, height * 0.42, 0, 0, 7);
    context.fill();
    context.fillStyle = "hsl(28 42% 68%)";
    context.beginPath();
    context.ellipse(width / 2 + Math.sin(at) * 8, height * 0.42, width * 0.1, height * 0.24, 0, 0, 7);
    context.fill();
  };
  paint();
  if (!query.has("still")) setInterval(paint, 100);
  else setInterval(paint, 700);
  return canvas.captureStream(10);
}

function page() {
  const canvas = Object.assign(document.createElement("canvas"), { width: 1280, height: 800 });
  const context = canvas.getContext("2d");
  context.fillStyle = "#fff";
  context.fillRect(0, 0, 1280, 800);
  context.fillStyle = "#223";
  context.font = "28px monospace";
  for (let i = 0; i < 24; i++) context.fillText(`${String(i + 1).padStart(3)}  ${"the quick brown fox jumps over the lazy dog ".repeat(2).slice(i, i + 60)}`, 40, 60 + i * 31);
  setInterval(() => context.fillRect(0, 0, 1, 1), 500);
  return canvas.captureStream(2);
}

const pictures = Array.from({ length: 8 }, (_, i) => picture(i * 47));
const shared = page();

class FakeCall extends EventTarget {
  media = new Media({ onChange: () => this.changed(), onTracks() {}, onNotice() {}, clock: { now: () => Date.now(), setTimeout, clearTimeout } });
  lab = { peers: () => [], restartIce() {} };
  wanted = null;
  #state = null;
  #queued = false;

  constructor() {
    super();
    const people = number("people", 9) - 1;
    const video = number("video", Math.ceil(people * 0.7));
    const trouble = query.has("trouble");
    const sfu = (query.get("way") ?? (people > 3 ? "sfu" : "mesh")) === "sfu";
    this.peers = Array.from({ length: people }, (_, i) => ({
      id: `p${String(i).padStart(7, "0")}`, name: nameOf(i), role: i === 1 ? "moderator" : "participant", joinedAt: new Date(i * 1000).toISOString(),
      hand: i % 17 === 5 ? new Date(i).toISOString() : null, grants: { publish: true, subscribe: true, data: true },
      mutedBy: i % 11 === 4 ? { audio: "me" } : null, signalling: trouble && i === 5 ? "reconnecting" : "connected",
      connection: trouble && i === 3 ? "recovering" : trouble && i === 4 ? "failed" : "connected",
      media: { audio: i % 3 !== 1, video: (i * 7) % people < video, screen: query.has("screen") && i === 0 ? "s" : null },
      camera: pictures[i % pictures.length], screen: query.has("screen") && i === 0 ? shared : null,
      volume: 1, level: 0, speaking: false,
      quality: { score: trouble ? (i * 3) % 5 : i % 9 === 2 ? 2 : 4, rttMs: 38 + i, lossPercent: i % 9 === 2 ? 7 : 0.1, jitterMs: 4, freezePercent: i % 9 === 2 ? 6 : 0, inKbps: 600, outKbps: 0, relayed: false },
      video: { paused: trouble && i === 1 ? "bandwidth" : null }, screenVideo: null,
      ...(query.has("e2ee") && { decrypts: trouble && i === 2 ? false : i === 6 ? null : true }),
    }));
    this.room = {
      id: "blue-fox-42", name: "Blue fox", mode: "auto", topology: sfu ? "sfu" : "mesh", status: "joined", maxParticipants: 500, locked: query.has("locked"), lobby: false,
      hasPasscode: false, metadata: null, call: null, spotlight: query.has("spotlight") ? this.peers[2]?.id ?? null : null,
    };
    this.moving = query.get("moving");
    this.waiting = Array.from({ length: number("waiting", 0) }, (_, i) => ({ id: `w${i}`, name: nameOf(i + 40) }));
    this.speak();
    if (!query.has("still")) setInterval(() => this.speak(), 2500);
  }

  get state() {
    return this.#state ??= {
      connection: "connected", retryAt: null, rttMs: 20, error: null,
      self: { id: "me", name: "Ada Lovelace", role: "moderator", hand: null, grants: { publish: true, subscribe: true, data: true }, quality: this.peers[0]?.quality ?? null },
      room: this.room, moving: this.moving, removed: null, waiting: this.waiting, peers: this.peers.map(peer => ({ ...peer })), media: this.media.state,
      chat: [], files: [], direct: null, audio: [], e2ee: query.has("e2ee") ? { status: "on", epoch: 1 } : null,
    };
  }

  speak() {
    const who = query.has("quiet") ? -1 : query.has("still") ? 2 : Math.floor(Math.random() * this.peers.length);
    this.peers.forEach((peer, i) => Object.assign(peer, { speaking: i === who, level: i === who ? 0.5 : 0 }));
    this.changed();
  }

  changed() {
    this.#state = null;
    if (this.#queued) return;
    this.#queued = true;
    setTimeout(() => { this.#queued = false; this.dispatchEvent(new Event("change")); }, 16);
  }

  want(list) { this.wanted = list; (this.wants ??= []).push(list); }
  spotlight(id) { this.room = { ...this.room, spotlight: id }; this.changed(); return Promise.resolve(); }
  mute(id, kind) { Object.assign(this.peers.find(peer => peer.id === id), { mutedBy: { [kind]: "me" } }); this.changed(); return Promise.resolve(); }
  leave1(id) { this.peers = this.peers.filter(peer => peer.id !== id); this.changed(); }
  setVolume() {}
  chat() { return Promise.resolve(); }
  raiseHand() { return Promise.resolve(); }
  retry() {}
}

useStoredTheme();
await useLanguage(query.get("lang") ?? "en");
localStorage.setItem("rtchub.view", JSON.stringify(query.get("view") ?? "auto"));
localStorage.setItem("rtchub.self-view", JSON.stringify(query.get("self") ?? "auto"));
const call = new FakeCall();
if (query.has("camera")) await call.media.useTracks({ video: picture(300).getVideoTracks()[0] });
const app = { call, visit: { since: Date.now() - 754000, prepared: true }, attention: { unread: 2 }, render: update, go() {}, join() {}, leave() {}, authorise() {}, connect() {}, speak() {} };
const view = mountCall(app);
document.getElementById("app").replaceChildren(view.element);
let spent = 0;
let times = 0;
function update() {
  const from = performance.now();
  view.update(call.state);
  spent += performance.now() - from;
  times++;
}
call.addEventListener("change", update);
update();
if (query.has("panel")) document.querySelector(`[data-test=${query.get("panel")}]`).click();
Object.assign(window, { harness: { call, view, spent: () => ({ ms: spent / times, times }) } });
