/**
 * A credential's short mark (docs/booth.md §3): by it a voter sees that receipt and check are about their own
 * credential, not about one that a lying page shows to several people.
 */

import { sha256 } from "./canonical.js";

const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const SYMBOLS = 12;
const GROUP = 4;

/** @param {string} credential str(C) @returns {string} 60 bits of H(`ippyo-mark-v1|str(C)`), as `XXXX-XXXX-XXXX` */
export function markOf(credential) {
  const bits = Array.from(sha256(`ippyo-mark-v1|${credential}`), (byte) => byte.toString(2).padStart(8, "0")).join("");
  const symbols = Array.from({ length: SYMBOLS }, (_, i) => ALPHABET[Number.parseInt(bits.slice(5 * i, 5 * i + 5), 2)]);
  return (symbols.join("").match(new RegExp(`.{${GROUP}}`, "g")) ?? []).join("-");
}
