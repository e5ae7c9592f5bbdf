/** Chance, from the operating system only. */

/** @param {number} length @returns {Uint8Array} */
export function randomBytes(length) {
  return crypto.getRandomValues(new Uint8Array(length));
}
