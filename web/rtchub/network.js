// @ts-check
/**
 * Listens for what may have changed the way to the hub and to the others.
 * @param {object} options
 * @param {() => void} options.wake  we may have been asleep
 * @param {() => void} options.changed  the machine is on another network
 * @param {AbortSignal} options.signal  ends it
 */
export function watchNetwork({ wake, changed, signal }) {
  /** @param {EventTarget | undefined} target @param {string} type @param {() => void} run */
  const on = (target, type, run) => target?.addEventListener?.(type, run, { signal });
  on(globalThis, "online", changed);
  on(globalThis, "pageshow", wake);
  on(globalThis, "visibilitychange", wake);
  // The Network Information API also tells of every new estimate of the speed: only another kind of network counts.
  const connection = /** @type {any} */ (globalThis.navigator)?.connection;
  let type = connection?.type;
  on(connection, "change", () => {
    if (connection.type === type) return;
    type = connection.type;
    if (type !== "none") changed();
  });
}
