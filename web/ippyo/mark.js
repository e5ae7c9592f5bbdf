/**
 * A credential's short mark (docs/booth.md §3): by it a voter sees that receipt and check are about their own
 * credential, not about one that a lying page shows to several people.
 */

import { firstSymbols } from "./base32.js";
import { sha256 } from "./canonical.js";

const SYMBOLS = 12;

/** @param {string} credential str(C) @returns {string} 60 bits of H(`ippyo-mark-v1|str(C)`), as `XXXX-XXXX-XXXX` */
export function markOf(credential) {
  return firstSymbols(sha256(`ippyo-mark-v1|${credential}`), SYMBOLS).replace(/(.{4})(?=.)/g, "$1-");
}
