// @ts-check
/**
 * What this browser remembers: name, choices, recent rooms. Never a secret. Storage may be denied (private windows,
 * embedding); then things are remembered until the page goes.
 */
const prefix = "rtchub.";
/** @type {Map<string, string>} */
const fallback = new Map();

export const stored = {
  /** @template T @param {string} key @param {T} otherwise @returns {T} */
  read(key, otherwise) {
    try {
      const value = localStorage.getItem(prefix + key) ?? fallback.get(key);
      return value ? JSON.parse(value) : otherwise;
    } catch {
      return otherwise;
    }
  },

  /** @param {string} key @param {unknown} value */
  write(key, value) {
    const json = JSON.stringify(value);
    fallback.set(key, json);
    try {
      localStorage.setItem(prefix + key, json);
    } catch {
      // Full or denied: the fallback serves this page.
    }
  },
};

/** Lives as long as the tab; undefined where the browser denies it (an embedded page without cookies). */
export const tabStorage = (() => {
  try {
    return sessionStorage;
  } catch {
    return undefined;
  }
})();

/** @typedef {{ id: string, name: string, at: number }} RecentRoom */

const mostRecent = 8;

/** @returns {RecentRoom[]} newest first */
export function recentRooms() {
  return stored.read("recent", /** @type {RecentRoom[]} */ ([])).filter(room => typeof room?.id === "string");
}

/** @param {string} id @param {string} name @param {number} at epoch ms */
export function rememberRoom(id, name, at) {
  const others = recentRooms().filter(room => room.id !== id);
  stored.write("recent", [{ id, name, at }, ...others].slice(0, mostRecent));
}

/** @param {string} id */
export function forgetRoom(id) {
  stored.write("recent", recentRooms().filter(room => room.id !== id));
}
