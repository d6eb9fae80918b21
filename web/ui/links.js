// @ts-check
/** Links in what people write. Pure: a string becomes pieces, and only http and https become addresses. */

/**
 * @param {string} message
 * @returns {{ text: string, href?: string }[]}
 */
export function pieces(message) {
  /** @type {{ text: string, href?: string }[]} */
  const found = [];
  let from = 0;
  for (const match of message.matchAll(/\bhttps?:\/\/[^\s<>"'`，。；：！？、）】》「」]+/gi)) {
    const raw = trimmed(match[0]);
    if (!URL.canParse(raw)) continue;
    if (match.index > from) found.push({ text: message.slice(from, match.index) });
    found.push({ text: raw, href: new URL(raw).href });
    from = match.index + raw.length;
  }
  if (from < message.length) found.push({ text: message.slice(from) });
  return found;
}

/** The full stop after an address belongs to the sentence, and so does a bracket that was opened before it. @param {string} address */
function trimmed(address) {
  let end = address.length;
  for (; end > 0; end--) {
    const last = address[end - 1];
    const closes = last === ")" && !address.slice(0, end - 1).includes("(");
    if (!closes && !".,;:!?".includes(last)) break;
  }
  return address.slice(0, end);
}
