/**
 * Blind RSA signatures, the client's and the verifier's part (RFC 9474).
 *
 * Polls use RSABSSA-SHA384-PSSZERO-Deterministic: no salt, no random prefix. A salt may be given so that all published
 * vectors can be run.
 */

import { sha384 } from "../vendor/noble/hashes/sha2.js";
import { concat, equal, fromInteger, toInteger } from "./bytes.js";
import { CheckError, IppyoError } from "./errors.js";

/** @typedef {import("./rsa.js").RsaPublicKey} RsaPublicKey */

const HASH_BYTES = 48;
const NO_SALT = new Uint8Array(0);

/**
 * A blinded message, to be sent, and what unblinds its signature, to be kept.
 *
 * @typedef {object} Blinding
 * @property {Uint8Array} blinded
 * @property {bigint} inverse of the blinding factor, modulo n
 */

/**
 * RFC 9474 §4.2.
 *
 * @param {RsaPublicKey} key @param {Uint8Array} message prepared @param {bigint} r 2..n-1, never for two messages
 * @param {Uint8Array} [salt] of PSS
 * @returns {Blinding}
 */
export function blind(key, message, r, salt = NO_SALT) {
  const m = toInteger(encodePss(message, key.bits - 1, salt));
  const inverse = r >= 2n && r < key.n ? key.invert(r) : null;
  if (inverse === null) throw new IppyoError("bad-blinding", "The blinding factor is not invertible.");
  if (key.invert(m) === null) throw new CheckError("bad-issuer-key", "The issuer's RSA key is not a good one.");
  return { blinded: fromInteger((m * key.power(r)) % key.n, key.size), inverse };
}

/**
 * RFC 9474 §4.4: unblind, and accept only what verifies.
 *
 * @param {RsaPublicKey} key @param {Uint8Array} message prepared @param {Uint8Array} blindSignature
 * @param {Blinding} blinding @param {number} [saltLength]
 * @returns {Uint8Array} the signature
 */
export function finalize(key, message, blindSignature, blinding, saltLength = 0) {
  const z = toInteger(blindSignature);
  if (blindSignature.length !== key.size || z >= key.n) {
    throw new CheckError("bad-blind-signature", "The issuer's answer is not a blind signature of its key.");
  }
  const signature = fromInteger((z * blinding.inverse) % key.n, key.size);
  if (!verify(key, message, signature, saltLength)) {
    throw new CheckError("bad-blind-signature", "The issuer's answer does not sign the blinded message.");
  }
  return signature;
}

/**
 * RSASSA-PSS (RFC 8017 §8.1.2) with SHA-384, MGF1 with SHA-384 and a salt of exactly `saltLength` bytes.
 *
 * @param {RsaPublicKey} key @param {Uint8Array} message prepared @param {Uint8Array} signature
 * @param {number} [saltLength]
 * @returns {boolean}
 */
export function verify(key, message, signature, saltLength = 0) {
  const s = toInteger(signature);
  if (signature.length !== key.size || s >= key.n) return false;
  const bits = key.bits - 1;
  const length = Math.ceil(bits / 8);
  const m = key.power(s);
  if (m >> BigInt(8 * length) !== 0n) return false;
  const encoded = fromInteger(m, length);
  if (saltLength === 0) return equal(encoded, encodePss(message, bits, NO_SALT));
  // The salt stands at the end of the masked block; encoding again with it must give the very same bytes.
  const block = encoded.slice(0, length - HASH_BYTES - 1);
  const mask = mgf1(encoded.subarray(block.length, length - 1), block.length);
  const salt = block.map((byte, i) => byte ^ (mask[i] ?? 0)).subarray(block.length - saltLength);
  return equal(encoded, encodePss(message, bits, salt));
}

/** @param {Uint8Array} message @param {number} bits @param {Uint8Array} salt @returns {Uint8Array} RFC 8017 §9.1.1 */
function encodePss(message, bits, salt) {
  const length = Math.ceil(bits / 8);
  const digest = sha384(concat(new Uint8Array(8), sha384(message), salt));
  const zeros = new Uint8Array(length - salt.length - HASH_BYTES - 2);
  const block = concat(zeros, Uint8Array.of(1), salt);
  const mask = mgf1(digest, block.length);
  const masked = block.map((byte, i) => byte ^ (mask[i] ?? 0));
  masked[0] = (masked[0] ?? 0) & (0xff >> (8 * length - bits));
  return concat(masked, digest, Uint8Array.of(0xbc));
}

/** @param {Uint8Array} seed @param {number} length @returns {Uint8Array} */
function mgf1(seed, length) {
  const blocks = Array.from({ length: Math.ceil(length / HASH_BYTES) }, (_, counter) => {
    return sha384(concat(seed, fromInteger(BigInt(counter), 4)));
  });
  return concat(...blocks).subarray(0, length);
}
