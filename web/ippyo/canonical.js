/** Canonical text, hashes and strict Base64 (docs/protocol.md §1). */

import { sha256 as digest } from "../vendor/noble/hashes/sha2.js";
import { utf8 } from "./bytes.js";
import { ParseError } from "./errors.js";

const MAX_DEPTH = 32;
const MAX_INTEGER = 10 ** 15;
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const LONE_SURROGATE = /\p{Surrogate}/u;

/** @typedef {null | boolean | number | string | JsonValue[] | { [name: string]: JsonValue }} JsonValue */

/**
 * @param {unknown} value strings, integers, booleans, null, arrays, and objects whose fields stand in the right order
 * @returns {string} compact JSON. (JSON.stringify escapes just what §1 asks for.)
 */
export function dumps(value) {
  return JSON.stringify(value);
}

/**
 * Decode a text that must be canonical: whoever reads its fields with {@link fields} checks their order, and with that
 * one message has one text.
 *
 * @param {string} text @param {string} what names the message in errors @param {number} limit in bytes of UTF-8
 * @returns {JsonValue}
 */
export function loads(text, what, limit) {
  if (text.length > limit || utf8(text).length > limit) throw new ParseError(what, `is longer than ${limit} bytes`);
  if (LONE_SURROGATE.test(text)) throw new ParseError(what, "is not valid Unicode");
  /** @type {JsonValue} */
  let value;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ParseError(what, "is not JSON");
  }
  requirePlain(value, what, 0);
  // Spaces, repeated fields, other escapes, other ways to write a number: none survives being written again.
  if (dumps(value) !== text) throw new ParseError(what, "is not in canonical form");
  return value;
}

/** @param {JsonValue} value @param {string} what @param {number} depth */
function requirePlain(value, what, depth) {
  if (typeof value === "number") {
    if (!Number.isInteger(value) || Math.abs(value) >= MAX_INTEGER) {
      throw new ParseError(what, "holds a number that is not an integer of at most 15 digits");
    }
  } else if (typeof value === "string") {
    if (LONE_SURROGATE.test(value)) throw new ParseError(what, "is not valid Unicode");
  } else if (typeof value === "object" && value !== null) {
    if (depth === MAX_DEPTH) throw new ParseError(what, "is nested too deeply");
    if (!Array.isArray(value)) requirePlain(Object.keys(value), what, depth);
    for (const entry of Object.values(value)) requirePlain(entry, what, depth + 1);
  }
}

/** Typed access to the fields of one decoded object; refuses missing, mistyped, unknown and misplaced fields. */
class Fields {
  /** @type {{ [name: string]: JsonValue }} */
  #value;
  /** @type {string} */
  #what;

  /**
   * @param {JsonValue | undefined} value @param {string} what
   * @param {string[]} names in order; `name?` may be absent
   */
  constructor(value, what, names) {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw new ParseError(what, "is not a JSON object");
    }
    const expected = names
      .filter((name) => !name.endsWith("?") || Object.hasOwn(value, name.slice(0, -1)))
      .map((name) => name.replace("?", ""));
    if (Object.keys(value).join("\n") !== expected.join("\n")) {
      throw new ParseError(what, "does not have the fields that it must have, in their order");
    }
    this.#value = value;
    this.#what = what;
  }

  /** @param {string} name @returns {boolean} */
  has(name) {
    return Object.hasOwn(this.#value, name);
  }

  /** @param {string} name @returns {JsonValue} a field as decoded, for a nested message that parses itself */
  raw(name) {
    return /** @type {JsonValue} */ (this.#value[name]);
  }

  /** @param {string} name @param {number} [limit] characters @returns {string} */
  text(name, limit = 100_000) {
    const value = this.#value[name];
    if (typeof value !== "string") throw new ParseError(this.#what, `field '${name}' is not a string`);
    if (value.length > 2 * limit || [...value].length > limit) {
      throw new ParseError(this.#what, `field '${name}' is longer than ${limit} characters`);
    }
    return value;
  }

  /** @param {string} name @param {number} [low] @param {number} [high] @returns {number} */
  integer(name, low = 0, high = MAX_INTEGER - 1) {
    const value = this.#value[name];
    if (typeof value !== "number" || value < low || value > high) {
      throw new ParseError(this.#what, `field '${name}' is not an integer between ${low} and ${high}`);
    }
    return value;
  }

  /** @param {string} name @returns {boolean} */
  boolean(name) {
    const value = this.#value[name];
    if (typeof value !== "boolean") throw new ParseError(this.#what, `field '${name}' is not true or false`);
    return value;
  }

  /** @param {string} name @param {number} least @param {number} limit @returns {JsonValue[]} */
  array(name, least, limit) {
    return list(this.#value[name], `${this.#what}'s field '${name}'`, least, limit);
  }

  /**
   * @template T
   * @param {string} name @param {number} least @param {number} limit @param {(entry: JsonValue) => T} parse
   * @returns {T[]}
   */
  map(name, least, limit, parse) {
    return this.array(name, least, limit).map((entry) => parse(entry));
  }

  /** @param {string} name @param {number} least @param {number} limit @param {number} length @returns {string[]} */
  texts(name, least, limit, length) {
    return this.map(name, least, limit, (entry) => {
      if (typeof entry !== "string" || entry.length > length) {
        throw new ParseError(this.#what, `field '${name}' holds something other than short strings`);
      }
      return entry;
    });
  }
}

/** @param {JsonValue | undefined} value @param {string} what @param {number} least @param {number} limit */
export function list(value, what, least, limit) {
  if (!Array.isArray(value) || value.length < least || value.length > limit) {
    throw new ParseError(what, `is not an array of ${least} to ${limit} entries`);
  }
  return value;
}

/** @param {JsonValue | undefined} value @param {string} what @param {...string} names @returns {Fields} */
export function fields(value, what, ...names) {
  return new Fields(value, what, names);
}

/** @param {Uint8Array | string} data @returns {Uint8Array} SHA-256, 32 bytes */
export function sha256(data) {
  return digest(typeof data === "string" ? utf8(data) : data);
}

/** @param {Uint8Array | string} data @returns {string} b64(H(data)): the form of every fingerprint and tracker */
export function sha256b64(data) {
  return b64(sha256(data));
}

/** @param {Uint8Array} bytes @returns {string} standard Base64 without padding */
export function b64(bytes) {
  let text = "";
  for (let at = 0; at < bytes.length; at += 3) {
    const [a = 0, b = 0, c = 0] = bytes.subarray(at, at + 3);
    const group = (a << 16) | (b << 8) | c;
    for (let shift = 18; shift >= 0; shift -= 6) text += ALPHABET[(group >> shift) & 63];
  }
  return text.slice(0, Math.ceil((bytes.length * 4) / 3));
}

/**
 * @param {string} text what {@link b64} wrote, and nothing else @param {string} what @param {number} [length] in bytes
 * @returns {Uint8Array}
 */
export function unb64(text, what, length) {
  if (!/^[A-Za-z0-9+/]*$/.test(text)) throw new ParseError(what, "is not Base64");
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4));
  for (let at = 0; at < text.length; at += 4) {
    const group = [0, 1, 2, 3].reduce((sum, i) => (sum << 6) | Math.max(0, ALPHABET.indexOf(text[at + i] ?? "A")), 0);
    bytes.set([group >> 16, (group >> 8) & 255, group & 255].slice(0, bytes.length - (at / 4) * 3), (at / 4) * 3);
  }
  if (b64(bytes) !== text) throw new ParseError(what, "is not canonical Base64");
  if (length !== undefined && bytes.length !== length) {
    throw new ParseError(what, `is ${bytes.length} bytes long instead of ${length}`);
  }
  return bytes;
}
