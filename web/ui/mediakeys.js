// @ts-check
/** Headset and system buttons for a call (Media Session), where the browser has them. */

/**
 * @param {import("./call.js").CallPage} page
 * @returns {() => void} gives them back
 */
export function useMediaKeys(page) {
  const session = navigator.mediaSession;
  const { actions } = page;
  const handlers = { togglemicrophone: actions.mic, togglecamera: actions.camera, hangup: actions.leave };

  /** @param {boolean} on */
  function set(on) {
    for (const [action, handler] of Object.entries(handlers)) {
      try {
        session?.setActionHandler(/** @type {MediaSessionAction} */ (action), on ? () => void handler() : null);
      } catch {
        // This browser does not know that button.
      }
    }
  }

  set(true);
  return () => set(false);
}
