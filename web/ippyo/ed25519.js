/** Ed25519 signatures (RFC 8032 §5.1.7), verified without cofactor, as every node does (docs/protocol.md §8). */

import { sha512 } from "../vendor/noble/hashes/sha2.js";
import { concat, equal, hex, toInteger } from "./bytes.js";
import { unb64 } from "./canonical.js";
import { decodeKey, GENERATOR, mod, mulPublic, q } from "./group.js";

/** @typedef {import("./group.js").Element} Element */

const KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;

/** @typedef {{ raw: Uint8Array, point: Element }} PublicKey a point of the prime-order subgroup, not the identity */

/** @param {Uint8Array} raw 32 bytes @returns {PublicKey} */
export function publicKey(raw) {
  return { raw, point: decodeKey(hex(raw.slice().reverse()), "Ed25519 public key") };
}

/** @param {string} text 43 characters of Base64 @returns {PublicKey} */
export function decodeEd25519(text) {
  return publicKey(unb64(text, "Ed25519 public key", KEY_BYTES));
}

/** @param {PublicKey} key @param {Uint8Array} message @param {Uint8Array} signature @returns {boolean} */
export function verifyEd25519(key, message, signature) {
  if (signature.length !== SIGNATURE_BYTES) return false;
  const R = signature.subarray(0, KEY_BYTES);
  const S = toInteger(signature.slice(KEY_BYTES).reverse());
  if (S >= q) return false;
  const k = mod(toInteger(sha512(concat(R, key.raw, message)).slice().reverse()));
  const expected = mulPublic(GENERATOR, S).subtract(mulPublic(key.point, k));
  // Libraries differ about an R that is the identity. No signer makes one, for it gives the secret key away.
  return !expected.is0() && equal(expected.toBytes(), R);
}
