// @ts-check
/**
 * The keys of end-to-end encryption (docs/security.md has the design). All of them come from the link's secret and from
 * epoch secrets by HKDF-SHA-256, each under a label of its own. Needs WebCrypto and nothing else of a browser.
 *
 * @typedef {{ n: number, secret: Uint8Array<ArrayBuffer>, id: string }} Epoch  `id`: 8 hex digits, by which a frame names its key
 * @typedef {{ links: CryptoKey, boxSalt: Uint8Array<ArrayBuffer>, helloKey: CryptoKey }} LinkKeys
 */

const { subtle } = globalThis.crypto ?? {};
const curve = { name: "ECDH", namedCurve: "P-256" };
const noSalt = new Uint8Array(32);
const ivBytes = 12;

/** @returns {string} what goes into a new link: 32 random bytes, base64url */
export function newSecret() {
  return toText(random(32));
}

/** @param {string | null} text @returns {boolean} whether it can be the secret of a link */
export function isSecret(text) {
  return text !== null && /^[\w-]{43}$/.test(text);
}

/** @param {string} secret  base64url @returns {Promise<LinkKeys>} */
export async function linkKeys(secret) {
  const links = await hkdfKey(fromText(secret));
  const helloBytes = await derive(links, "hello", noSalt);
  return {
    links,
    boxSalt: await derive(links, "box", noSalt),
    helloKey: await subtle.importKey("raw", helloBytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign", "verify"]),
  };
}

/** The epoch that everybody with the link knows. @param {LinkKeys} link */
export async function firstEpoch({ links }) {
  return epochOf(0, await derive(links, "epoch 0", noSalt));
}

/** One that nobody knows yet. @param {number} n */
export function newEpoch(n) {
  return epochOf(n, random(32));
}

/** @param {number} n @param {Uint8Array<ArrayBuffer>} secret @returns {Promise<Epoch>} */
async function epochOf(n, secret) {
  const id = await derive(await hkdfKey(secret), "key id", noSalt);
  return { n, secret, id: hex(id.subarray(0, 4)) };
}

/** The key for the frames of one sender in one epoch. @param {Uint8Array<ArrayBuffer>} epochSecret @param {string} sender */
export async function frameKey(epochSecret, sender) {
  const bits = await derive(await hkdfKey(epochSecret), `frames of ${sender}`, noSalt);
  return subtle.importKey("raw", bits, "AES-GCM", false, ["encrypt", "decrypt"]);
}

// ---- between two participants ----

/** @returns {Promise<CryptoKeyPair>} lives as long as the page; the private key cannot be read, not even by us */
export function newPair() {
  return subtle.generateKey(curve, false, ["deriveBits"]);
}

/** @param {CryptoKeyPair} pair @returns {Promise<string>} base64url */
export async function publicText({ publicKey }) {
  return toText(new Uint8Array(await subtle.exportKey("raw", publicKey)));
}

/** Says who has this public key, to everybody who has the link too. @param {LinkKeys} link @param {string} id @param {string} key */
export async function signHello({ helloKey }, id, key) {
  return toText(new Uint8Array(await subtle.sign("HMAC", helloKey, bytes(`${id} ${key}`))));
}

/** @param {LinkKeys} link @param {string} id @param {string} key @param {string} mac */
export async function verifyHello({ helloKey }, id, key, mac) {
  return subtle.verify("HMAC", helloKey, fromText(mac), bytes(`${id} ${key}`));
}

/**
 * An epoch for one other participant. The key of the box takes both: the Diffie-Hellman of the two, which whoever has left
 * does not have, and the link, which the hub does not have.
 * @param {Epoch} epoch
 * @param {{ link: LinkKeys, mine: CryptoKeyPair, theirs: string, from: string, to: string }} ends
 */
export async function sealEpoch(epoch, { link, mine, theirs, from, to }) {
  const key = await boxKey(link, mine, theirs, from, to);
  const iv = random(ivBytes);
  const inside = new Uint8Array(4 + epoch.secret.length);
  new DataView(inside.buffer).setUint32(0, epoch.n);
  inside.set(epoch.secret, 4);
  const sealed = new Uint8Array(await subtle.encrypt({ name: "AES-GCM", iv }, key, inside));
  return toText(joined(iv, sealed));
}

/**
 * @param {string} box
 * @param {{ link: LinkKeys, mine: CryptoKeyPair, theirs: string, from: string, to: string }} ends
 * @returns {Promise<Epoch>}  rejects what was not sealed for us by somebody with the same link
 */
export async function openEpoch(box, { link, mine, theirs, from, to }) {
  const key = await boxKey(link, mine, theirs, from, to);
  const all = fromText(box);
  const inside = new Uint8Array(await subtle.decrypt({ name: "AES-GCM", iv: all.subarray(0, ivBytes) }, key, all.subarray(ivBytes)));
  if (inside.length !== 36) throw new Error("Not an epoch.");
  return epochOf(new DataView(inside.buffer).getUint32(0), inside.subarray(4));
}

/** @param {LinkKeys} link @param {CryptoKeyPair} mine @param {string} theirs @param {string} from @param {string} to */
async function boxKey({ boxSalt }, mine, theirs, from, to) {
  const publicKey = await subtle.importKey("raw", fromText(theirs), curve, false, []);
  const common = await subtle.deriveBits({ name: "ECDH", public: publicKey }, mine.privateKey, 256);
  const bits = await derive(await hkdfKey(new Uint8Array(common)), `box ${from} ${to}`, boxSalt);
  return subtle.importKey("raw", bits, "AES-GCM", false, ["encrypt", "decrypt"]);
}

// ---- bytes ----

/** @param {Uint8Array<ArrayBuffer>} secret */
function hkdfKey(secret) {
  return subtle.importKey("raw", secret, "HKDF", false, ["deriveBits"]);
}

/** @param {CryptoKey} key @param {string} label @param {Uint8Array<ArrayBuffer>} salt */
async function derive(key, label, salt) {
  const info = bytes(`rtchub e2ee 1 ${label}`);
  return new Uint8Array(await subtle.deriveBits({ name: "HKDF", hash: "SHA-256", salt, info }, key, 256));
}

/** @param {string} text */
function bytes(text) {
  return new TextEncoder().encode(text);
}

/** @param {number} length */
function random(length) {
  return crypto.getRandomValues(new Uint8Array(length));
}

/** @param {Uint8Array<ArrayBuffer>} a @param {Uint8Array<ArrayBuffer>} b */
function joined(a, b) {
  const all = new Uint8Array(a.length + b.length);
  all.set(a);
  all.set(b, a.length);
  return all;
}

/** @param {Uint8Array<ArrayBuffer>} data */
function hex(data) {
  return Array.from(data, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** @param {Uint8Array<ArrayBuffer>} data @returns {string} base64url (RFC 4648 section 5) */
function toText(data) {
  return btoa(String.fromCharCode(...data)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

/** @param {string} text */
function fromText(text) {
  return Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
}
