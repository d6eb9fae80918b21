// @ts-check
/** What the library thinks a person should be told, said as a toast. */
import { known, t } from "./i18n.js";
import { stored } from "./stored.js";
import { toast } from "./toast.js";

const crowd = 15;

/**
 * @param {import("./app.js").App} app
 * @param {{ code: string, id?: string, name?: string, by?: string, kind?: string, raised?: boolean, reason?: string, role?: string }} notice
 */
export function announce(app, notice) {
  const { peers, room, self } = app.call.state;
  const named = /** @param {string | undefined} id */ id => peers.find(peer => peer.id === id)?.name;
  const who = notice.name ?? named(notice.id) ?? t("someone");
  const by = named(notice.by) ?? t("moderator");
  const detail = notice.id === self?.id && notice.role ? `${notice.role}.self` : notice.kind ?? notice.reason ?? notice.role;
  const key = [`notice.${notice.code}.${detail}`, `notice.${notice.code}`].find(known);
  // In a call for two, coming and going is the call itself.
  if (room?.call && (notice.code === "joined" || notice.code === "left")) return;
  // In a large room somebody always comes or goes, and nobody needs to know who.
  if (peers.length >= crowd && (notice.code === "joined" || notice.code === "left")) return;
  if (!key || notice.raised === false || !stored.read("notices", true)) return;
  toast(t(key, { name: who, by }), { code: notice.code });
}
