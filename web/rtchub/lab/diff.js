// @ts-check

/** @typedef {{ op: "same" | "added" | "removed", text: string }} DiffLine */

/**
 * What changed from one text to the next, line by line: the longest common subsequence stays, the rest went or came.
 * @param {readonly string[]} before
 * @param {readonly string[]} after
 * @returns {DiffLine[]}
 */
export function diffLines(before, after) {
  const common = lengths(before, after);
  /** @type {DiffLine[]} */
  const result = [];
  let i = 0;
  let j = 0;
  while (i < before.length || j < after.length) {
    if (i < before.length && j < after.length && before[i] === after[j]) {
      result.push({ op: "same", text: after[j] });
      i++;
      j++;
    } else if (i < before.length && (j === after.length || common[i + 1][j] >= common[i][j + 1])) {
      result.push({ op: "removed", text: before[i++] });
    } else {
      result.push({ op: "added", text: after[j++] });
    }
  }
  return result;
}

/**
 * `[i][j]`: how much `before` from i on and `after` from j on have in common.
 * @param {readonly string[]} before
 * @param {readonly string[]} after
 */
function lengths(before, after) {
  const table = Array.from({ length: before.length + 1 }, () => new Uint32Array(after.length + 1));
  for (let i = before.length - 1; i >= 0; i--)
    for (let j = after.length - 1; j >= 0; j--)
      table[i][j] = before[i] === after[j] ? table[i + 1][j + 1] + 1 : Math.max(table[i + 1][j], table[i][j + 1]);
  return table;
}
