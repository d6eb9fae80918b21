// @ts-check
/** Giving a room's address to somebody. */
import { h } from "./dom.js";
import { t } from "./i18n.js";
import { secretHere, secretPart } from "./secret.js";
import { toast } from "./toast.js";

/** With the key, where the room has one: without it nobody could come in. @param {string} room */
export function linkTo(room) {
  return `${location.origin}/r/${room}${secretPart(secretHere())}`;
}

/** @param {string} value @param {string} [said] */
export async function copy(value, said = t("copied")) {
  try {
    await navigator.clipboard.writeText(value);
    toast(said);
  } catch {
    if (copySelected(value)) toast(said);
    else toast(t("copy.byhand", { value }), { ms: 20000 });
  }
}

/** The old way, which works on plain http too, where there is no navigator.clipboard. @param {string} value */
function copySelected(value) {
  const field = h("textarea", { class: "visually-hidden", readonly: true, "aria-hidden": "true" });
  field.value = value;
  document.body.append(field);
  field.select();
  try {
    return document.execCommand("copy");
  } finally {
    field.remove();
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
