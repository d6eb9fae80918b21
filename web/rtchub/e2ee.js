// @ts-check
/** @import { Clock } from "./types.js" */
/** @import { Kind } from "./e2eeframe.js" */
import { Group } from "./e2eegroup.js";
import { Verdicts } from "./e2eeverdicts.js";
import { systemClock } from "./signal.js";

export { isSecret, newSecret } from "./e2eekeys.js";

const scripted = "RTCRtpScriptTransform" in globalThis;
/** Of these it is known which bytes a forwarding unit needs. */
const codecs = { audio: ["audio/opus"], video: ["video/vp8", "video/rtx"] };

/** Whether this browser can do it, on this page: cryptography is for https and localhost only. */
export const canEncrypt = globalThis.crypto?.subtle !== undefined && (scripted || "createEncodedStreams" in (globalThis.RTCRtpSender?.prototype ?? {}));

/** @typedef {(pc: RTCPeerConnection, participantOf: (transceiver: RTCRtpTransceiver) => string | null) => void} Secure */

/**
 * End-to-end encryption of one room: seals what our connections send, opens what they receive, in a worker. What it does with
 * keys stands in docs/security.md.
 * @param {object} options
 * @param {string} options.secret  of the link
 * @param {string} options.self  our participant id
 * @param {(data: object, to?: string) => Promise<unknown>} options.send  a `data` message of the hub
 * @param {() => void} [options.onstate]
 * @param {Clock} [options.clock]
 */
export function createE2ee({ secret, self, send, onstate = () => {}, clock = systemClock }) {
  const worker = new Worker(new URL("./e2eeworker.js", import.meta.url), { type: "module" });
  worker.postMessage({ self });
  worker.onmessage = ({ data: { receiver, sender, ok, known } }) => {
    if (sender && !known) group.missing(sender);
    verdicts.saw(receiver, { sender, ok });
  };
  const group = new Group({
    secret, self, clock,
    send: (e2ee, to) => send({ e2ee }, to),
    onKeys: (epochs, current) => worker.postMessage({ epochs, current }),
    onChange: onstate,
  });
  /** @type {WeakSet<object>} */
  const done = new WeakSet();
  const verdicts = new Verdicts({ onChange: onstate, clock });

  /** @param {RTCRtpSender} sender @param {Kind} kind */
  function protectSender(sender, kind) {
    if (!done.has(sender)) attach(sender, { direction: "seal", kind, receiver: 0 });
  }

  /** @param {RTCRtpReceiver} receiver @param {() => string | null} [participantOf] who it is shown as now; null: nobody in particular */
  function openReceiver(receiver, participantOf = () => null) {
    if (done.has(receiver)) return;
    attach(receiver, { direction: "open", kind: /** @type {Kind} */ (receiver.track.kind), receiver: verdicts.add(participantOf) });
  }

  /** @param {any} end  RTCRtpSender or RTCRtpReceiver @param {{ direction: "seal" | "open", kind: Kind, receiver: number }} options */
  function attach(end, options) {
    done.add(end);
    if (scripted) {
      end.transform = new /** @type {any} */ (globalThis).RTCRtpScriptTransform(worker, options);
    } else {
      const { readable, writable } = end.createEncodedStreams();
      worker.postMessage({ readable, writable, options }, [readable, writable]);
    }
  }

  return {
    get status() {
      return group.status;
    },
    get epoch() {
      return group.epoch;
    },
    /** Belongs into the configuration of every connection: an older Chromium asks for it. */
    configuration: scripted ? {} : { encodedInsertableStreams: true },
    protectSender,
    openReceiver,

    /**
     * Everything of one connection: to be called before each description is made, and after each that came, so that no frame
     * goes out unsealed. `participantOf`: as whose a transceiver is shown now; null: nobody's in particular.
     * @type {Secure}
     */
    secure(pc, participantOf) {
      for (const transceiver of pc.getTransceivers()) {
        const { sender, receiver } = transceiver;
        const kind = /** @type {Kind} */ (receiver.track.kind);
        if (!done.has(transceiver)) prefer(transceiver, kind);
        done.add(transceiver);
        protectSender(sender, kind);
        if (transceiver.direction !== "sendonly") openReceiver(receiver, () => participantOf(transceiver));
      }
    },

    /** @param {Iterable<import("./types.js").Participant>} members  everybody in the room, ourselves too; at every change */
    people(members) {
      // A program that publishes or plays has no key.
      const all = [...members].filter(({ kind }) => kind !== "program");
      verdicts.keep(new Set(all.map(({ id }) => id)));
      group.people(all);
    },

    /** @param {string} from @param {any} data of a `data` message @returns {boolean} whether it was ours: then it is nobody else's business */
    receive(from, data) {
      if (typeof data?.e2ee !== "object" || data.e2ee === null) return false;
      group.receive(from, data.e2ee);
      return true;
    },

    /** @param {string} id @returns {boolean | null} null: nothing has come to tell by */
    decrypts: (id) => (group.isStranger(id) ? false : verdicts.of(id)),

    /** New keys for all who are here; leaving does it by itself. */
    rotate: () => group.rotate(),

    close() {
      group.close();
      worker.terminate();
      verdicts.close();
    },
  };
}

/** @param {RTCRtpTransceiver} transceiver @param {Kind} kind */
function prefer(transceiver, kind) {
  const all = RTCRtpReceiver.getCapabilities(kind)?.codecs ?? [];
  const wanted = all.filter(({ mimeType }) => codecs[kind].includes(mimeType.toLowerCase()));
  if (wanted.length > 0) transceiver.setCodecPreferences?.(wanted);
}
