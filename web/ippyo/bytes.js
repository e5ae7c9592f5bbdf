/** Bytes, texts and big-endian integers. */

const encoder = new TextEncoder();

/** @param {string} text @returns {Uint8Array} its UTF-8 form */
export function utf8(text) {
  return encoder.encode(text);
}

/** @param {...Uint8Array} parts @returns {Uint8Array} */
export function concat(...parts) {
  const result = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
  let at = 0;
  for (const part of parts) {
    result.set(part, at);
    at += part.length;
  }
  return result;
}

/** @param {Uint8Array} bytes @returns {string} lower-case hexadecimal digits */
export function hex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** @param {string} text an even number of hexadecimal digits, already checked @returns {Uint8Array} */
export function unhex(text) {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

/** @param {Uint8Array} bytes @returns {bigint} */
export function toInteger(bytes) {
  return bytes.length === 0 ? 0n : BigInt(`0x${hex(bytes)}`);
}

/** @param {bigint} value @param {number} length @returns {Uint8Array} big-endian, of exactly `length` bytes */
export function fromInteger(value, length) {
  const digits = value.toString(16).padStart(2 * length, "0");
  if (digits.length !== 2 * length) throw new RangeError("the number does not fit");
  return unhex(digits);
}

/** @param {Uint8Array} a @param {Uint8Array} b @returns {boolean} whether public bytes are the same */
export function equal(a, b) {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
