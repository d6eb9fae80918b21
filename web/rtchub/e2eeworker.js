// @ts-check
/**
 * The worker that seals what goes out and opens what comes in. It is told {self}, then {epochs, current}; transforms
 * arrive as `rtctransform` events, or, in an older Chromium, as messages with the streams of createEncodedStreams. It tells
 * {receiver, sender, ok, known} whenever that changes for a receiver, and once a second while frames come.
 */
import { Ring } from "./e2eering.js";

/** @typedef {{ direction: "seal" | "open", kind: "audio" | "video", receiver: number }} Options */
/** @typedef {{ data: ArrayBuffer, type?: string }} EncodedFrame  as RTCEncodedVideoFrame and RTCEncodedAudioFrame have it */
/** @typedef {{ readable: ReadableStream, writable: WritableStream, options: Options, generateKeyFrame?(): Promise<unknown>, sendKeyFrameRequest?(): Promise<unknown> }} Transformer */

const againMs = 1000;
const scope = /** @type {any} */ (globalThis);
/** @type {Ring | null} */
let ring = null;

scope.onmessage = (/** @type {MessageEvent} */ { data }) => {
  if (data.self) ring = new Ring(data.self);
  else if (data.epochs) ring?.set(data.epochs, data.current);
  else if (data.readable) start(data);
};
scope.onrtctransform = (/** @type {{ transformer: Transformer }} */ { transformer }) => start(transformer);

/** @param {Transformer} transformer */
function start(transformer) {
  const transform = transformer.options.direction === "seal" ? sealing(transformer) : opening(transformer);
  transformer.readable.pipeThrough(new TransformStream({ transform })).pipeTo(transformer.writable).catch(() => {
    // The connection was closed, and with it the streams.
  });
}

/** @param {Transformer} transformer */
function sealing(transformer) {
  let held = false;
  return async (/** @type {EncodedFrame} */ frame, /** @type {TransformStreamDefaultController} */ out) => {
    const sealed = await ring?.seal(transformer.options.kind, frame.data);
    if (!sealed) return void (held = true);
    // Whoever looks has seen nothing of what was held back, and can begin with a keyframe only.
    if (held && frame.type === "delta") transformer.generateKeyFrame?.().catch(() => {});
    held = false;
    frame.data = sealed;
    out.enqueue(frame);
  };
}

/** @param {Transformer} transformer */
function opening(transformer) {
  const { kind, receiver } = transformer.options;
  let told = "";
  let toldAt = 0;
  let missed = false;
  return async (/** @type {EncodedFrame} */ frame, /** @type {TransformStreamDefaultController} */ out) => {
    const opened = await ring?.open(kind, frame.data);
    if (!opened) return;
    const { sender, data, known } = opened;
    const ok = data !== null;
    const text = `${sender} ${ok} ${known}`;
    const now = performance.now();
    if (text !== told || now - toldAt > againMs) {
      told = text;
      toldAt = now;
      scope.postMessage({ receiver, sender, ok, known });
    }
    if (data === null) return void (missed = true);
    if (missed && frame.type === "delta") transformer.sendKeyFrameRequest?.().catch(() => {});
    missed = false;
    frame.data = data;
    out.enqueue(frame);
  };
}
