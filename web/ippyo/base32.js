/** Crockford's Base32, as codes and marks are written, and as people type them. */

export const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const BITS = 5;
const DROPPED = /[ \t\r\n\u00a0\u3000\u2010-\u2015\u2212\u30fc\uff70-]/g;

/** @param {Uint8Array} bytes @param {number} count @returns {string} their first 5·count bits as symbols */
export function firstSymbols(bytes, count) {
  const bits = Array.from(bytes, (byte) => byte.toString(2).padStart(8, "0")).join("");
  const values = Array.from({ length: count }, (_, i) => Number.parseInt(bits.slice(BITS * i, BITS * (i + 1)), 2));
  return values.map((value) => ALPHABET[value]).join("");
}

/**
 * @param {string} typed a code of Crockford's Base32 as a person types it: any case, O for 0, I or L for 1, full-width
 *   forms, spaces, hyphens
 * @returns {string} its symbols, as far as they are of the alphabet; others stay as they are
 */
export function symbolsOf(typed) {
  return typed
    .replace(/[\uff01-\uff5e]/g, (wide) => String.fromCharCode(wide.charCodeAt(0) - 0xfee0))
    .replace(DROPPED, "")
    .replace(/[a-z]+/g, (letters) => letters.toUpperCase())
    .replaceAll("O", "0")
    .replace(/[IL]/g, "1");
}
