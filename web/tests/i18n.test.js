// @ts-check
/** Both dictionaries say the same things, every key that a view asks for exists, and no sentence lies about unused. */
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";

const web = new URL("../", import.meta.url);
const read = /** @param {string} path */ path => readFileSync(new URL(path, web), "utf8");
/** @type {Record<"en" | "zh", Record<string, string>>} */
const dictionaries = { en: dictionary("en"), zh: dictionary("zh") };
const keys = Object.keys(dictionaries.en);
const sources = readdirSync(new URL("ui/", web)).filter(name => name.endsWith(".js")).map(name => ({ name, text: read(`ui/${name}`) }));

/** The words of all pages, and those that some add. @param {string} tag */
function dictionary(tag) {
  return { ...JSON.parse(read(`i18n/${tag}.json`)), ...JSON.parse(read(`i18n/lab.${tag}.json`)), ...JSON.parse(read(`i18n/whip.${tag}.json`)), ...JSON.parse(read(`i18n/diag.${tag}.json`)) };
}

/** The text between the brackets of each call of t and tn. @param {string} text @returns {string[]} */
function calls(text) {
  return [...text.matchAll(/(?<![\w.])tn?\(/g)].map(match => {
    let depth = 1;
    let end = match.index + match[0].length;
    const start = end;
    for (; depth > 0 && end < text.length; end++) depth += text[end] === "(" ? 1 : text[end] === ")" ? -1 : 0;
    return text.slice(start, end - 1);
  });
}

/** @param {string} template the inside of a template literal @returns {RegExp} */
function pattern(template) {
  const escaped = template.split(/\$\{[^}]*\}/).map(part => part.replace(/[.*+?^$()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${escaped.join("[\\w.-]+")}$`);
}

test("both languages have the same keys", () => {
  assert.deepEqual(Object.keys(dictionaries.zh).sort(), [...keys].sort());
});

test("no sentence is empty, and both languages fill in the same places", () => {
  const places = /** @param {string} sentence */ sentence => [...sentence.matchAll(/\{\w+\}/g)].map(String).sort();
  for (const key of keys) {
    assert.ok(dictionaries.en[key].trim() && dictionaries.zh[key].trim(), key);
    assert.deepEqual(places(dictionaries.zh[key]), places(dictionaries.en[key]), key);
  }
});

test("Chinese is Chinese", () => {
  const same = keys.filter(key => !/[\u4e00-\u9fff]/.test(dictionaries.zh[key]) && /[a-z]{4}/i.test(dictionaries.zh[key].replace(/\{\w+\}/g, "")));
  assert.deepEqual(same, []);
});

test("every key that is asked for exists", () => {
  let checked = 0;
  for (const { name, text } of sources) {
    for (const call of calls(text)) {
      for (const [, key] of call.matchAll(/"([a-z][\w-]*(?:\.[\w.-]+)+)"/g)) {
        assert.ok(key in dictionaries.en || `${key}.other` in dictionaries.en, `${name}: ${key}`);
        checked++;
      }
      const literal = /^\s*"([^"]+)"/.exec(call)?.[1];
      if (literal) assert.ok(literal in dictionaries.en || `${literal}.other` in dictionaries.en, `${name}: ${literal}`);
      const template = /^\s*`([^`]*)`/.exec(call)?.[1];
      if (template) assert.ok(keys.some(key => pattern(template).test(key)), `${name}: \`${template}\` has no key`);
    }
  }
  assert.ok(checked > 100, `only ${checked} keys found: the search is broken`);
});

test("every key is used", () => {
  const literals = new Set(sources.flatMap(({ text }) => [...text.matchAll(/"([^"\n]*)"/g)].map(match => match[1])));
  const patterns = sources.flatMap(({ text }) => [...text.matchAll(/`([a-z][\w-]*\.[^`\n]*\$\{[^`\n]*)`/g)].map(match => pattern(match[1])));
  const unused = keys.filter(key => !literals.has(key) && !literals.has(key.replace(/\.(one|other)$/, "")) && !patterns.some(each => each.test(key)));
  assert.deepEqual(unused, []);
});
