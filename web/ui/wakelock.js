// @ts-check
/** The display stays on during a call, where the browser can do that. */

export function createWakeLock() {
  /** @type {WakeLockSentinel | null} */
  let lock = null;
  let wanted = false;

  async function request() {
    if (lock || !wanted || document.visibilityState !== "visible" || !("wakeLock" in navigator)) return;
    try {
      const taken = await navigator.wakeLock.request("screen");
      taken.addEventListener("release", () => { lock = null; });
      if (wanted) lock = taken;
      else await taken.release();
    } catch {
      // Refused when the battery is low: the call goes on, the display may dim.
    }
  }

  document.addEventListener("visibilitychange", request);
  return {
    /** @param {boolean} on */
    hold(on) {
      if (on === wanted) return;
      wanted = on;
      if (on) request();
      else lock?.release();
    },
  };
}
