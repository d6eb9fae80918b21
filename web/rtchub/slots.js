// @ts-check
/**
 * @typedef {"audio" | "video" | "screen" | "screenAudio"} Slot
 * @typedef {object} Outgoing  what this side sends, the same to everybody
 * @property {Partial<Record<Slot, MediaStreamTrack | null>>} tracks
 * @property {MediaStream} camera  the stream that audio and video belong to; its id never changes
 * @property {MediaStream} screen
 */

/** @type {Record<Slot, "audio" | "video">} In the order of the media sections: within a kind the camera comes first. */
const kinds = { audio: "audio", video: "video", screen: "video", screenAudio: "audio" };
const names = /** @type {Slot[]} */ (Object.keys(kinds));

/**
 * Which transceiver of one connection carries what. A slot sends and receives the same thing, so that two people need
 * one audio and one video section between them; those for the screen come when somebody first shares one, and stay.
 */
export class Slots {
  /** @type {Map<Slot, RTCRtpTransceiver>} */ #slots = new Map();
  /** Slots that have carried a track: from then on only the track is exchanged, which needs no negotiation. @type {Set<Slot>} */
  #used = new Set();
  #pc;

  /** @param {RTCPeerConnection} pc */
  constructor(pc) {
    this.#pc = pc;
  }

  /**
   * Takes over the transceivers that a remote offer has made. In a glare ours for the same slots were rolled back, and
   * would send a second time in sections of their own. They cannot be stopped instead: Chromium then asks for a
   * negotiation for ever. So they become the slots of the screen, or are negotiated once and stay empty.
   * @param {Outgoing} outgoing
   */
  adopt(outgoing) {
    const taken = new Set(this.#slots.values());
    for (const name of names) {
      const ours = this.#slots.get(name);
      if (ours && ours.mid !== null) continue;
      const theirs = this.#sections(kinds[name]).find((t) => !taken.has(t));
      if (!theirs) continue;
      taken.add(theirs);
      this.#slots.set(name, theirs);
      theirs.sender.setStreams?.(streamOf(name, outgoing));
      if (ours) this.#reuse(ours, name, outgoing);
    }
  }

  /**
   * @param {RTCRtpTransceiver} transceiver  of ours, and no longer needed for `name`
   * @param {Slot} name
   * @param {Outgoing} outgoing
   */
  #reuse(transceiver, name, outgoing) {
    transceiver.sender.replaceTrack(null).catch(() => {});
    transceiver.direction = "inactive";
    const other = name === "audio" ? "screenAudio" : name === "video" ? "screen" : null;
    if (other === null || this.#slots.has(other)) return;
    this.#slots.set(other, transceiver);
    transceiver.sender.setStreams?.(streamOf(other, outgoing));
  }

  /**
   * Puts the tracks on their slots and sets the directions.
   * @param {Outgoing} outgoing
   * @param {{ maySend: boolean, mayReceive: boolean }} rights
   */
  apply(outgoing, { maySend, mayReceive }) {
    for (const name of names) {
      const track = (maySend && outgoing.tracks[name]) || null;
      if (track) this.#used.add(name);
      const sends = maySend && this.#used.has(name);
      const direction = sends ? (mayReceive ? "sendrecv" : "sendonly") : mayReceive ? "recvonly" : "inactive";
      const transceiver = this.#slots.get(name);
      if (!transceiver) {
        if (track || name === "audio" || name === "video") {
          const init = { direction: /** @type {RTCRtpTransceiverDirection} */ (direction), streams: [streamOf(name, outgoing)] };
          this.#slots.set(name, this.#pc.addTransceiver(track ?? kinds[name], init));
        }
        continue;
      }
      if (transceiver.sender.track !== track) transceiver.sender.replaceTrack(track).catch(() => {});
      if (transceiver.direction !== direction) transceiver.direction = direction;
    }
  }

  /**
   * Caps what the encoders may send, in bits per second.
   * @param {{ video: number, screen: number }} caps
   */
  limit(caps) {
    for (const name of /** @type {const} */ (["video", "screen"])) {
      const sender = this.#slots.get(name)?.sender;
      const parameters = sender?.getParameters();
      const encoding = parameters?.encodings?.[0];
      if (!sender || !parameters || !encoding || encoding.maxBitrate === caps[name]) continue;
      encoding.maxBitrate = caps[name];
      sender.setParameters(parameters).catch(() => {});
    }
  }

  /**
   * Whether a track that came belongs to the screen: as its stream was announced, else by its place.
   * @param {RTCTrackEvent} event
   * @param {Record<string, string>} announced  the `streams` of the other side's descriptions
   */
  isScreen({ transceiver, streams }, announced) {
    const said = streams[0] && announced[streams[0].id];
    if (said) return said === "screen";
    return this.#sections(transceiver.receiver.track.kind).indexOf(transceiver) > 0;
  }

  /** The transceivers of a kind that are negotiated, in the order of their sections. @param {string} kind */
  #sections(kind) {
    const mids = [...(this.#pc.remoteDescription?.sdp ?? "").matchAll(/^a=mid:(\S+)/gm)].map(([, mid]) => mid);
    return this.#pc.getTransceivers()
      .filter((t) => t.mid !== null && t.direction !== "stopped" && t.receiver.track.kind === kind)
      .sort((a, b) => mids.indexOf(a.mid ?? "") - mids.indexOf(b.mid ?? ""));
  }
}

/**
 * @param {Slot} name
 * @param {Outgoing} outgoing
 */
function streamOf(name, { camera, screen }) {
  return name === "audio" || name === "video" ? camera : screen;
}
