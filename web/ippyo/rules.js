/** How texts, ids and lists of a manifest may look (docs/protocol.md §3). */

import { fields } from "./canonical.js";
import { ParseError } from "./errors.js";

/** @typedef {import("./canonical.js").JsonValue} JsonValue */
/** @typedef {{ ja: string, en: string }} Text the same words in two languages */

const LINE_LIMIT = 300;
const PROSE_LIMIT = 20_000;
// Control characters, line separators, bidirectional overrides and the byte order mark: what cannot be seen.
// eslint-disable-next-line no-control-regex
const FORBIDDEN = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069\ufeff]/;
const EDGE = /^[ \u3000\n]|[ \u3000\n]$/;

/** @param {boolean} condition @param {string} what @param {string} problem completes the sentence */
export function requireThat(condition, what, problem) {
  if (!condition) throw new ParseError(what, problem);
}

/** @param {string} text @param {string} what @returns {string} 1 to 40 of `a-z 0-9 -`, first a letter */
export function identifier(text, what) {
  requireThat(/^[a-z][a-z0-9-]{0,39}$/.test(text), what, "has an id that is none");
  return text;
}

/** @param {string} text @param {string} what @returns {string} one line of 1 to 300 characters, all visible */
export function line(text, what) {
  requireThat(!text.includes("\n"), what, "does not stand on one line");
  return words(text, what, LINE_LIMIT);
}

/** @param {string} text @param {string} what @returns {string} 1 to 20,000 characters, newlines allowed */
export function prose(text, what) {
  return words(text, what, PROSE_LIMIT);
}

/** @param {string} text @param {string} what @param {number} limit in characters */
function words(text, what, limit) {
  requireThat(text !== "" && [...text].length <= limit, what, `is empty or longer than ${limit} characters`);
  requireThat(!EDGE.test(text) && !FORBIDDEN.test(text), what, "begins or ends with a space, or hides a character");
  return text;
}

/**
 * @param {JsonValue} value @param {string} what @param {(text: string, what: string) => string} rule
 * @returns {Text}
 */
export function bilingual(value, what, rule) {
  const read = fields(value, what, "ja", "en");
  return { ja: rule(read.text("ja"), what), en: rule(read.text("en"), what) };
}

/** @param {unknown[]} values @param {string} what @param {string} of */
export function unique(values, what, of) {
  requireThat(new Set(values).size === values.length, what, `names the same ${of} twice`);
}

/**
 * @template {string} T
 * @param {string} value @param {readonly T[]} known @param {string} what
 * @returns {T}
 */
export function oneOf(value, known, what) {
  const found = known.find((name) => name === value);
  if (found === undefined) throw new ParseError(what, `is not one of ${known.join(", ")}`);
  return found;
}
