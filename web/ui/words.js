// @ts-check
/**
 * From what happened to what a person reads: codes of the hub and of the devices turned into sentences that say what to
 * do next. Pure: dictionary in, sentence out.
 */
import { known, t } from "./i18n.js";

/**
 * @param {{ code?: string, message?: string, retryAfterMs?: number } | null | undefined} error a HubError or state.error
 * @returns {string}
 */
export function errorWords(error) {
  const seconds = Math.max(1, Math.ceil((error?.retryAfterMs ?? 0) / 1000));
  const key = `error.${error?.code}`;
  if (error?.retryAfterMs && known(`${key}.wait`)) return t(`error.${error.code}.wait`, { seconds });
  return known(key) ? t(key) : error?.message || t("error.internal");
}

/**
 * @param {{ kind: string, code: string, message?: string } | null} problem state.media.problem
 * @param {boolean} [alone] the other device works: then the sentence is about this one
 * @returns {string}
 */
export function mediaWords(problem, alone = true) {
  if (!problem) return "";
  const key = `media.${problem.kind}.${problem.code}`;
  if (alone && known(key)) return t(key);
  const general = `media.any.${problem.code}`;
  return known(general) ? t(general) : problem.message ?? t("media.any.error");
}

/** @param {string} id @returns {string} `k7mq4xtd` as people read it: `k7mq-4xtd` */
export function spoken(id) {
  return id.length === 8 ? `${id.slice(0, 4)}-${id.slice(4)}` : id;
}

/**
 * What was typed into "join": a link to this hub, a room's name in any spelling, or nothing usable.
 * @param {string} typed
 * @param {string} origin
 * @returns {string | null} a room id
 */
export function roomFrom(typed, origin) {
  let name = typed.trim();
  if (/^https?:\/\//i.test(name)) {
    const link = URL.canParse(name) ? new URL(name) : null;
    if (link?.origin !== origin) return null;
    name = /^\/r\/([^/]+)\/?$/.exec(link.pathname)?.[1] ?? "";
  } else {
    name = name.replace(/^.*\/r\//, "");
  }
  const id = name.toLowerCase().replace(/[\s_.]+/g, "-").replace(/-{2,}/g, "-").replace(/^-+|-+$/g, "");
  return /^[a-z0-9-]{3,64}$/.test(id) ? id : null;
}

/** @param {string} link @returns {string | null} the key at the end of an encrypted room's link */
export function secretFrom(link) {
  return /#k=([\w-]{43})$/.exec(link.trim())?.[1] ?? null;
}

/** @param {string} typed @returns {string | null} a participant id */
export function addressFrom(typed) {
  const id = typed.trim().toLowerCase().replace(/[\s-]+/g, "");
  return /^[a-hjkmnp-z2-9]{8}$/.test(id) ? id : null;
}

/** @param {string} name @returns {string} one or two letters for the avatar */
export function initials(name) {
  const parts = name.trim().split(/\s+/).filter(Boolean);
  const letters = parts.length > 1 ? [parts[0], parts[parts.length - 1]] : parts;
  return letters.map(part => [...part][0]).join("").toLocaleUpperCase() || "?";
}

/** @param {string} text @returns {number} 0..359: a colour that stays with a person */
export function hue(text) {
  let sum = 7;
  for (const letter of text) sum = (sum * 31 + (letter.codePointAt(0) ?? 0)) % 359;
  return sum;
}

const adjectives = ("amber blue bold brave bright calm clear clever cosy daring early fair fancy fresh gentle golden happy " +
  "kind light lively lucky mellow merry misty noble olive quick quiet rapid ruby sunny swift tidy vivid warm witty").split(" ");
const animals = ("badger bear beaver bison crane deer dolphin eagle falcon finch fox gecko heron ibis koala lark lemur lion " +
  "lynx marmot otter owl panda puffin raven robin seal sparrow stork swan tiger toucan turtle whale wolf zebra").split(" ");

/**
 * A room id that can be said on the telephone. Two words and four digits are some 12 million: enough not to meet by
 * accident; a room that strangers must not find has a passcode or a lobby.
 * @param {(max: number) => number} [random] an integer in 0..max-1
 */
export function newRoomId(random = secureRandom) {
  const number = 1000 + random(9000);
  return `${adjectives[random(adjectives.length)]}-${animals[random(animals.length)]}-${number}`;
}

/** @param {number} max */
function secureRandom(max) {
  return crypto.getRandomValues(new Uint32Array(1))[0] % max;
}
