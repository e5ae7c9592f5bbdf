/**
 * The prime-order subgroup of edwards25519, written additively (docs/protocol.md §2).
 *
 * Text form: the RFC 8032 encoding reversed, 64 lower-case hexadecimal digits. Decoding validates membership.
 */

import { edwards } from "../vendor/noble/curves/abstract/edwards.js";
import { hex, toInteger, unhex } from "./bytes.js";
import { ParseError } from "./errors.js";
import { randomBytes } from "./random.js";

/** Order of the subgroup. */
export const q = 2n ** 252n + 27742317777372353535851937790883648493n;
const p = 2n ** 255n - 19n;

/** The point class of edwards25519 (RFC 8032 §5.1). */
const Point = edwards({
  p,
  n: q,
  h: 8n,
  a: p - 1n,
  d: 37095705934669439343138083508754565189542113879843219016388785533085940283555n,
  Gx: 15112221349535400772501151409588531511454012693041857206046113283949847762202n,
  Gy: 46316835694926478169428394003475163141307993866256225615783033603165251855960n,
});

/** @typedef {InstanceType<typeof Point>} Element */

export const NAME = "Ed25519";
export const TEXT_LENGTH = 64;
export const IDENTITY = Point.ZERO;
export const GENERATOR = Point.BASE;

const WINDOW_BITS = 6;
const SCALAR_DIGITS = q.toString().length;

/** @param {bigint} k @returns {bigint} k reduced to 0..q-1 */
export function mod(k) {
  const rest = k % q;
  return rest < 0n ? rest + q : rest;
}

/** @param {string} text @param {string} [what] @returns {Element} a member of the subgroup; the identity is one */
export function decode(text, what = "group element") {
  if (typeof text !== "string" || !/^[0-9a-f]{64}$/.test(text)) {
    throw new ParseError(what, "is not 64 lower-case hexadecimal digits");
  }
  let point;
  try {
    point = Point.fromBytes(unhex(text).reverse());
  } catch {
    throw new ParseError(what, "is not a point of the curve in canonical form");
  }
  if (!point.isTorsionFree()) throw new ParseError(what, "is not in the prime-order subgroup");
  return point;
}

/** @param {string} text @param {string} what @returns {Element} a member that must not be the identity: a key */
export function decodeKey(text, what) {
  const element = decode(text, what);
  if (element.is0()) throw new ParseError(what, "is the identity of the group");
  return element;
}

/** @param {Element} element @returns {string} str(X) */
export function encode(element) {
  return hex(element.toBytes().reverse());
}

/**
 * Encode many with one inversion.
 *
 * @param {Element[]} elements @returns {string[]}
 */
export function encodeMany(elements) {
  const inverses = Point.Fp.invertBatch(elements.map((element) => element.Z));
  return elements.map((element, index) => {
    const { x, y } = element.toAffine(inverses[index]);
    return (y | ((x & 1n) << 255n)).toString(16).padStart(TEXT_LENGTH, "0");
  });
}

/** @param {string} text @param {string} what @returns {bigint} the scalar that a canonical decimal text writes */
export function decodeScalar(text, what) {
  if (typeof text !== "string" || text.length > SCALAR_DIGITS || !/^(?:0|[1-9][0-9]*)$/.test(text)) {
    throw new ParseError(what, "is not a canonical decimal scalar");
  }
  const value = BigInt(text);
  if (value >= q) throw new ParseError(what, "is not below the order of the group");
  return value;
}

/**
 * Multiply by a secret scalar.
 *
 * @param {Element} element @param {bigint} k @returns {Element}
 */
export function mul(element, k) {
  const scalar = mod(k);
  // The library refuses zero. A secret zero costs what any other scalar costs.
  const product = element.multiply(scalar === 0n ? 1n : scalar);
  return scalar === 0n ? IDENTITY : product;
}

/** @param {Element} element @param {bigint} k a public scalar @returns {Element} */
export function mulPublic(element, k) {
  return element.multiplyUnsafe(mod(k));
}

/** @param {bigint} k a secret scalar @returns {Element} g^k */
export function mulBase(k) {
  return mul(GENERATOR, k);
}

/** @param {Element} element multiplied often from now on: the trustees' key @returns {Element} the same */
export function precompute(element) {
  return /** @type {Element} */ (element.precompute(WINDOW_BITS));
}

/** @returns {bigint} a scalar from the operating system, with a bias below 2^-128 */
export function randomScalar() {
  return toInteger(randomBytes(48)) % q;
}
