/**
 * Zero-knowledge proofs (docs/protocol.md §1, §7): Schnorr's, and disjunctions "this ciphertext encrypts one of these".
 *
 * Every proof is a challenge and a response; commitments are g^r X^c.
 */

import { toInteger } from "./bytes.js";
import { fields, sha256 } from "./canonical.js";
import * as group from "./group.js";

/** @typedef {import("./group.js").Element} Element */
/** @typedef {import("./canonical.js").JsonValue} JsonValue */
/** @typedef {() => bigint} Draw a source of secret scalars */
/** @typedef {{ challenge: bigint, response: bigint }} Proof */
/** @typedef {{ alpha: Element, beta: Element }} Ciphertext */
/** @typedef {{ ciphertext: Ciphertext, message: number }} Branch the claim that the ciphertext encrypts the message */
/** @typedef {{ randomness: bigint, message: number }} Opening alpha = g^randomness, beta = y^randomness g^message */

/** @param {string} prefix @param {string[]} texts of elements @returns {bigint} Hq(prefix; elements) */
export function hashToScalar(prefix, texts) {
  return toInteger(sha256(prefix + texts.join(","))) % group.q;
}

/** @param {Proof} proof @returns {{ challenge: string, response: string }} */
export function proofValue({ challenge, response }) {
  return { challenge: challenge.toString(), response: response.toString() };
}

/** @param {JsonValue} value @param {string} what @returns {Proof} */
export function parseProof(value, what) {
  const read = fields(value, what, "challenge", "response");
  return {
    challenge: group.decodeScalar(read.text("challenge", 100), what),
    response: group.decodeScalar(read.text("response", 100), what),
  };
}

/**
 * Schnorr: knowledge of x in X = g^x. A = g^w, c = Hq(prefix; A), r = w - x·c.
 *
 * @param {string} prefix unlike that of any other purpose @param {bigint} secret x @param {Draw} [draw]
 * @returns {Proof}
 */
export function proveKnowledge(prefix, secret, draw = group.randomScalar) {
  const w = draw();
  const challenge = hashToScalar(prefix, [group.encode(group.mulBase(w))]);
  return { challenge, response: group.mod(w - secret * challenge) };
}

/** @param {string} prefix @param {Element} X not the identity @param {Proof} proof @returns {boolean} */
export function verifyKnowledge(prefix, X, { challenge, response }) {
  const A = group.mulPublic(group.GENERATOR, response).add(group.mulPublic(X, challenge));
  return hashToScalar(prefix, [group.encode(A)]) === challenge;
}

/**
 * Prove that one of the branches is true, without saying which (Cramer, Damgård, Schoenmakers 1994).
 *
 * The prover can open every ciphertext, so that each branch, true or not, costs the same: with a = response +
 * randomness·challenge, A = g^a and B = y^a g^((message - claimed)·challenge).
 *
 * @param {Element} key y @param {string} prefix @param {{ opening: Opening, claimed: number }[]} branches
 * @param {Draw} draw two scalars for each branch
 * @returns {{ proofs: Proof[], commitments: string[] }} texts A_0, B_0, A_1, B_1, …
 */
export function proveOneOf(key, prefix, branches, draw) {
  const drawn = branches.map(({ opening, claimed }) => {
    const [a, challenge] = [draw(), draw()];
    const difference = opening.message - claimed;
    const A = group.mulBase(a);
    const B = group.mul(key, a).add(group.mulBase(BigInt(difference) * challenge));
    return { a, challenge, randomness: opening.randomness, isTrue: difference === 0, A, B };
  });
  const commitments = group.encodeMany(drawn.flatMap(({ A, B }) => [A, B]));
  const last = drawn.findLast(({ isTrue }) => isTrue);
  if (last === undefined) throw new RangeError("none of the claims is true");
  last.challenge += hashToScalar(prefix, commitments) - drawn.reduce((sum, { challenge }) => sum + challenge, 0n);
  const proofs = drawn.map(({ a, challenge, randomness }) => {
    return { challenge: group.mod(challenge), response: group.mod(a - randomness * challenge) };
  });
  return { proofs, commitments };
}

/**
 * @param {Element} key y @param {Branch[]} branches @param {Proof[]} proofs
 * @returns {string[]} texts A_0, B_0, …: what the prover must have committed to
 */
export function commitmentsOf(key, branches, proofs) {
  const elements = branches.flatMap(({ ciphertext: { alpha, beta }, message }, index) => {
    const { challenge, response } = proofs[index] ?? { challenge: 0n, response: 0n };
    const shifted = beta.subtract(group.mulPublic(group.GENERATOR, BigInt(message)));
    return [
      group.mulPublic(group.GENERATOR, response).add(group.mulPublic(alpha, challenge)),
      group.mulPublic(key, response).add(group.mulPublic(shifted, challenge)),
    ];
  });
  return group.encodeMany(elements);
}

/** @param {string} prefix @param {string[]} commitments @param {Proof[]} proofs @returns {boolean} */
export function challengesMatch(prefix, commitments, proofs) {
  const sum = proofs.reduce((total, { challenge }) => total + challenge, 0n);
  return group.mod(sum) === hashToScalar(prefix, commitments);
}
