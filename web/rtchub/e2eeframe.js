// @ts-check
/**
 * One encoded frame, sealed and opened. What packetisers and forwarding units look at stays clear; everything is
 * authenticated.
 *
 *     clear | AES-256-GCM ciphertext and tag | IV 12 | key id 4 | sender 8 | version 1
 *
 * The IV is a salt of 6 bytes, random for each page load, and a counter of 6: under one key none comes twice.
 *
 * @typedef {"audio" | "video"} Kind
 * @typedef {{ keyId: Uint8Array<ArrayBuffer>, sender: Uint8Array<ArrayBuffer>, key: CryptoKey, salt: Uint8Array<ArrayBuffer>, counter: number }} Sealing
 * @typedef {{ sender: string, keyId: string }} Trailer
 */

const { subtle } = globalThis.crypto ?? {};
const version = 1;
const ivBytes = 12;
const trailerBytes = ivBytes + 4 + 8 + 1;
const tagBytes = 16;

/**
 * How many bytes stay clear. VP8 (RFC 6386 section 9.1): the frame tag of 3 bytes, after which a keyframe has its start code
 * and size; the lowest bit says which it is. Opus (RFC 6716 section 3.1): the first byte, mode and frame count.
 * @param {Kind} kind
 * @param {Uint8Array<ArrayBuffer>} frame
 */
export function clearBytes(kind, frame) {
  const wanted = kind === "audio" ? 1 : (frame[0] & 1) === 0 ? 10 : 3;
  return Math.min(wanted, frame.length);
}

/**
 * @param {Kind} kind
 * @param {ArrayBuffer} data
 * @param {Sealing} sealing
 * @returns {Promise<ArrayBuffer>}
 */
export async function sealFrame(kind, data, { keyId, sender, key, salt, counter }) {
  const frame = new Uint8Array(data);
  const clear = clearBytes(kind, frame);
  const length = frame.length + tagBytes + trailerBytes;
  const out = new Uint8Array(length);
  const trailer = out.subarray(length - trailerBytes);
  trailer.set(salt, 0);
  const view = new DataView(out.buffer, length - trailerBytes);
  view.setUint16(6, Math.floor(counter / 2 ** 32));
  view.setUint32(8, counter % 2 ** 32);
  trailer.set(keyId, ivBytes);
  trailer.set(sender, ivBytes + 4);
  trailer[trailerBytes - 1] = version;
  out.set(frame.subarray(0, clear));
  const sealed = await subtle.encrypt(parameters(out, clear), key, frame.subarray(clear));
  out.set(new Uint8Array(sealed), clear);
  return out.buffer;
}

/** Whose frame it says it is, and under which key; null for what was not sealed. @param {ArrayBuffer} data @returns {Trailer | null} */
export function trailerOf(data) {
  const frame = new Uint8Array(data);
  if (frame.length < tagBytes + trailerBytes || frame[frame.length - 1] !== version) return null;
  const at = frame.length - trailerBytes + ivBytes;
  const sender = String.fromCharCode(...frame.subarray(at + 4, at + 12));
  return { sender, keyId: Array.from(frame.subarray(at, at + 4), (byte) => byte.toString(16).padStart(2, "0")).join("") };
}

/**
 * @param {Kind} kind
 * @param {ArrayBuffer} data  with a trailer
 * @param {CryptoKey} key
 * @returns {Promise<ArrayBuffer>}  rejects whatever is not exactly what was sealed with this key
 */
export async function openFrame(kind, data, key) {
  const frame = new Uint8Array(data);
  const end = frame.length - trailerBytes;
  const clear = Math.min(clearBytes(kind, frame), end - tagBytes);
  const inside = await subtle.decrypt(parameters(frame, clear), key, frame.subarray(clear, end));
  const out = new Uint8Array(clear + inside.byteLength);
  out.set(frame.subarray(0, clear));
  out.set(new Uint8Array(inside), clear);
  return out.buffer;
}

/** The IV from the trailer; the clear bytes and the trailer as data that is authenticated with the rest. @param {Uint8Array<ArrayBuffer>} frame @param {number} clear */
function parameters(frame, clear) {
  const trailer = frame.subarray(frame.length - trailerBytes);
  const additionalData = new Uint8Array(clear + trailerBytes);
  additionalData.set(frame.subarray(0, clear));
  additionalData.set(trailer, clear);
  return { name: "AES-GCM", iv: trailer.slice(0, ivBytes), additionalData, tagLength: 8 * tagBytes };
}
