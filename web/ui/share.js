// @ts-check
/** Giving a room's address to somebody. */
import { t } from "./i18n.js";
import { toast } from "./toast.js";

/** @param {string} room */
export function linkTo(room) {
  return `${location.origin}/r/${room}`;
}

/** @param {string} value @param {string} [said] */
export async function copy(value, said = t("copied")) {
  try {
    await navigator.clipboard.writeText(value);
    toast(said);
  } catch {
    // No clipboard on an insecure origin, or refused: the person copies it by hand.
    toast(t("copy.byhand", { value }), { ms: 20000 });
  }
}

export const canShare = "share" in navigator;

/** @param {string} room @param {string} name */
export async function share(room, name) {
  try {
    await navigator.share({ title: t("share.title", { room: name }), url: linkTo(room) });
  } catch (error) {
    if (/** @type {Error} */ (error).name !== "AbortError") await copy(linkTo(room), t("copied.link"));
  }
}
