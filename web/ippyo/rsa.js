/** RSA public keys with e = 65537, and what one does with the public half alone. */

import { concat, equal, toInteger, unhex } from "./bytes.js";
import { unb64 } from "./canonical.js";
import { ParseError } from "./errors.js";

const POLL_KEY_BITS = 3072;
export const POLL_KEY_BYTES = POLL_KEY_BITS / 8;
const WHAT = "issuer's RSA key";
const SQUARINGS = 16;

// DER around a modulus of 3072 bits: SubjectPublicKeyInfo, rsaEncryption, NULL, BIT STRING, RSAPublicKey; then e.
const BEFORE = unhex("308201a2300d06092a864886f70d01010105000382018f003082018a0282018100");
const AFTER = unhex("0203010001");

/** A modulus; e is 65537. */
export class RsaPublicKey {
  /** @param {bigint} n odd */
  constructor(n) {
    /** @readonly */
    this.n = n;
    /** @readonly @type {number} */
    this.bits = n.toString(2).length;
    /** @readonly length in bytes of a signature (384 for poll keys) */
    this.size = Math.ceil(this.bits / 8);
  }

  /** @param {string} text Base64 of the DER SubjectPublicKeyInfo of a poll key (3072 bits) @returns {RsaPublicKey} */
  static fromText(text) {
    const der = unb64(text, WHAT, BEFORE.length + POLL_KEY_BYTES + AFTER.length);
    const modulus = der.subarray(BEFORE.length, BEFORE.length + POLL_KEY_BYTES);
    if (!equal(der, concat(BEFORE, modulus, AFTER))) {
      throw new ParseError(WHAT, `is not one of ${POLL_KEY_BITS} bits with the exponent 65537`);
    }
    const key = new RsaPublicKey(toInteger(modulus));
    if (key.bits !== POLL_KEY_BITS || key.n % 2n === 0n) {
      throw new ParseError(WHAT, `does not have an odd modulus of ${POLL_KEY_BITS} bits`);
    }
    return key;
  }

  /** @param {bigint} x @returns {bigint} x^65537 mod n */
  power(x) {
    let result = x;
    for (let i = 0; i < SQUARINGS; i += 1) result = (result * result) % this.n;
    return (result * x) % this.n;
  }

  /** @param {bigint} x 1..n-1 @returns {bigint | null} its inverse modulo n, or null where it has none */
  invert(x) {
    let [a, b, u, v] = [x, this.n, 1n, 0n];
    while (b !== 0n) {
      const quotient = a / b;
      [a, b] = [b, a - quotient * b];
      [u, v] = [v, u - quotient * v];
    }
    if (a !== 1n) return null;
    return u < 0n ? u + this.n : u;
  }
}
