/** A text too long for one QR code, in parts `IPPYO-PART-1|k|n|…` (docs/booth.md §3), which may be read in any order. */

import { ParseError } from "./errors.js";

const HEAD = "IPPYO-PART-1";
/** Characters in one code: dense enough to be few, coarse enough for an old telephone's camera. */
const PART_LENGTH = 500;
const MAX_PARTS = 150;

/** @param {string} text @param {number} [length] @returns {string[]} the text itself where it fits, else its parts */
export function split(text, length = PART_LENGTH) {
  if (text.length <= length) return [text];
  const count = Math.ceil(text.length / length);
  return Array.from({ length: count }, (_, i) => `${HEAD}|${i + 1}|${count}|${text.slice(i * length, (i + 1) * length)}`);
}

/** Puts parts together as they are read. */
export class Parts {
  /** @type {Map<number, string>} */
  #found = new Map();
  #count = 0;

  /** @returns {number} how many parts are there */
  get found() {
    return this.#found.size;
  }

  /** @returns {number} how many parts there will be; 0 as long as none was read */
  get count() {
    return this.#count;
  }

  /**
   * @param {string} text of one QR code
   * @returns {string | null} the whole text once it is there; a text that is no part is whole by itself
   */
  add(text) {
    if (!text.startsWith(`${HEAD}|`)) return text;
    const [, k = "", n = ""] = text.split("|", 3);
    const [index, count] = [Number(k), Number(n)];
    if (!/^[1-9][0-9]{0,2}$/.test(k) || !/^[1-9][0-9]{0,2}$/.test(n) || index > count || count > MAX_PARTS) {
      throw new ParseError("part", "does not say which it is");
    }
    // A part of another length of text belongs to a newer opening: begin anew.
    if (count !== this.#count) this.#found.clear();
    this.#count = count;
    this.#found.set(index, text.slice(`${HEAD}|${k}|${n}|`.length));
    if (this.#found.size < count) return null;
    const whole = Array.from({ length: count }, (_, i) => this.#found.get(i + 1) ?? "").join("");
    this.#found.clear();
    return whole;
  }
}
