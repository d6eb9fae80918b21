// @ts-check
/** Runs what a person asked for; what goes wrong is told in words. */
import { toast } from "./toast.js";
import { errorWords } from "./words.js";

/**
 * @template T
 * @param {Promise<T>} work
 * @param {{ quiet?: boolean }} [options] quiet: the screen shows this failure in its own place
 * @returns {Promise<T | undefined>} undefined when it failed
 */
export async function attempt(work, { quiet = false } = {}) {
  try {
    return await work;
  } catch (error) {
    const refusal = /** @type {{ code?: string, message?: string }} */ (error);
    if (!quiet) toast(errorWords(refusal), { kind: "bad", code: refusal.code });
  }
}
