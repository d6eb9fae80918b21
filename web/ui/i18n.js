// @ts-check
/**
 * Words. A dictionary is one flat JSON file per language: key -> sentence with `{name}` places. A key that counts has
 * the forms `key.one` and `key.other` (Intl.PluralRules) and is asked for with `tn`.
 */
import { stored } from "./stored.js";

export const languages = /** @type {const} */ ({ en: "English", zh: "中文" });

/** @type {Record<string, string>} */
let words = {};
/** @type {Intl.PluralRules} */
let plural = new Intl.PluralRules("en");
let current = "en";

/** The language in use: `en` or `zh`. */
export function language() {
  return current;
}

/** The one chosen before, else the first that the browser asks for and we speak. */
export function preferredLanguage() {
  const chosen = stored.read("language", "");
  const wanted = [chosen, ...navigator.languages].map(tag => tag.toLowerCase().split("-")[0]);
  return wanted.find(tag => tag in languages) ?? "en";
}

/** @param {string} tag `en` or `zh` */
export async function useLanguage(tag) {
  const response = await fetch(new URL(`../i18n/${tag}.json`, import.meta.url));
  if (!response.ok) throw new Error(`no dictionary for ${tag}: ${response.status}`);
  setWords(tag, await response.json());
  document.documentElement.lang = tag === "zh" ? "zh-CN" : tag;
}

/** Words that only a part of the page needs, in the language in use: `i18n/{part}.{language}.json`. @param {string} part */
export async function useMoreWords(part) {
  const tag = current;
  const response = await fetch(new URL(`../i18n/${part}.${tag}.json`, import.meta.url));
  if (!response.ok) throw new Error(`no dictionary ${part} for ${tag}: ${response.status}`);
  const more = await response.json();
  if (tag === current) words = { ...words, ...more };
}

/** @param {string} tag @param {Record<string, string>} dictionary */
export function setWords(tag, dictionary) {
  current = tag;
  words = dictionary;
  plural = new Intl.PluralRules(tag);
}

/** @param {string} key */
export function known(key) {
  return key in words;
}

/**
 * @param {string} key
 * @param {Record<string, string | number>} [params]
 * @returns {string} the sentence; the key itself where the dictionary lacks it
 */
export function t(key, params) {
  const sentence = words[key] ?? key;
  return params ? sentence.replace(/\{(\w+)\}/g, (whole, name) => String(params[name] ?? whole)) : sentence;
}

/** @param {string} key @param {number} n @param {Record<string, string | number>} [params] */
export function tn(key, n, params) {
  const form = plural.select(n) === "one" ? "one" : "other";
  return t(`${key}.${form}`, { n, ...params });
}

/** @param {string | number | Date} when */
export function timeOfDay(when) {
  return new Date(when).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
}

/** @param {number} bytes */
export function bytes(bytes) {
  const units = ["B", "kB", "MB", "GB"];
  let unit = 0;
  let value = bytes;
  for (; value >= 1000 && unit < units.length - 1; unit++) value /= 1000;
  return `${value.toLocaleString(current, { maximumFractionDigits: unit && value < 100 ? 1 : 0 })} ${units[unit]}`;
}
