// @ts-check
/** Sounds, made on the spot: the ring of a direct call and the test of a loudspeaker. */

/** @type {AudioContext | null} */
let shared = null;

function context() {
  return shared ??= new AudioContext();
}

/**
 * One soft note: a sine and its octave under an envelope without clicks.
 * @param {AudioContext} audio @param {AudioNode} out @param {number} hertz @param {number} at s @param {number} length s @param {number} loudness 0..1
 */
function note(audio, out, hertz, at, length, loudness) {
  for (const [ratio, share] of [[1, 1], [2, 0.18]]) {
    const gain = new GainNode(audio, { gain: 0 });
    const tone = new OscillatorNode(audio, { frequency: hertz * ratio });
    gain.gain.setValueAtTime(0, at);
    gain.gain.linearRampToValueAtTime(loudness * share, at + 0.03);
    gain.gain.exponentialRampToValueAtTime(0.0001, at + length);
    tone.connect(gain).connect(out);
    tone.start(at);
    tone.stop(at + length);
  }
}

const incoming = [659.3, 784, 987.8];
const outgoing = [440];

export function createRingTone() {
  /** @type {ReturnType<typeof setInterval> | undefined} */
  let timer;
  function stop() {
    clearInterval(timer);
    timer = undefined;
  }
  return {
    /** @param {boolean} out the caller hears a quieter, plainer tone */
    start(out) {
      stop();
      const audio = context();
      // Before the first touch of the page a browser keeps it silent; the dialog and the title still show the call.
      audio.resume().catch(() => {});
      const ring = () => {
        if (audio.state !== "running") return;
        const notes = out ? outgoing : incoming;
        notes.forEach((hertz, i) => note(audio, audio.destination, hertz, audio.currentTime + 0.02 + i * 0.17, out ? 0.9 : 1.1, out ? 0.05 : 0.11));
      };
      setTimeout(() => timer && ring(), 150);
      timer = setInterval(ring, 2600);
    },
    stop,
  };
}

/**
 * Three notes on a chosen loudspeaker.
 * @param {string | null} device an audiooutput id, where the browser can choose
 */
export async function testSpeaker(device) {
  const audio = context();
  await audio.resume();
  const out = audio.createMediaStreamDestination();
  const element = new Audio();
  element.srcObject = out.stream;
  if (device && "setSinkId" in element) await element.setSinkId(device);
  await element.play();
  [523.3, 659.3, 784].forEach((hertz, i) => note(audio, out, hertz, audio.currentTime + 0.1 + i * 0.22, 0.7, 0.3));
  await new Promise(resolve => setTimeout(resolve, 1500));
  element.srcObject = null;
}
