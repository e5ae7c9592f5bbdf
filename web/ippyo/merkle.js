/** The RFC 6962 tree of a ledger: leaves, and proofs that lead to a root (RFC 9162 §2.1.3, §2.1.4). */

import { concat, equal } from "./bytes.js";
import { sha256 } from "./canonical.js";

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

/** @param {Uint8Array} entry @returns {Uint8Array} */
export function leafHash(entry) {
  return sha256(concat(LEAF, entry));
}

/** @param {Uint8Array} left @param {Uint8Array} right @returns {Uint8Array} */
export function nodeHash(left, right) {
  return sha256(concat(NODE, left, right));
}

/**
 * @param {Uint8Array} leaf hash of the leaf @param {number} index from 0 @param {number} size of the tree
 * @param {Uint8Array[]} proof @param {Uint8Array} root
 * @returns {boolean} whether the leaf stands at that place
 */
export function verifyInclusion(leaf, index, size, proof, root) {
  if (index < 0 || index >= size) return false;
  const walk = new Walk(index, size - 1);
  let node = leaf;
  for (const sibling of proof) {
    if (walk.over) return false;
    node = walk.isRight() ? nodeHash(sibling, node) : nodeHash(node, sibling);
    walk.up();
  }
  return walk.over && equal(node, root);
}

/**
 * @param {{ size: number, root: Uint8Array }} old @param {{ size: number, root: Uint8Array }} now
 * @param {Uint8Array[]} proof
 * @returns {boolean} whether the newer tree begins with the older one
 */
export function verifyConsistency(old, now, proof) {
  const empty = sha256(new Uint8Array(0));
  if (old.size > now.size || [old, now].some(({ size, root }) => size === 0 && !equal(root, empty))) return false;
  if (old.size === 0) return proof.length === 0;
  if (old.size === now.size) return proof.length === 0 && equal(old.root, now.root);
  // The old root is a node of the new tree when the old size is a power of two; the proof then leaves it out.
  const isPower = Number.isInteger(Math.log2(old.size));
  const [first, ...path] = isPower && proof.length > 0 ? [old.root, ...proof] : proof;
  if (first === undefined) return false;
  const walk = new Walk(old.size - 1, now.size - 1);
  walk.skipRight();
  let [fromOld, fromNew] = [first, first];
  for (const sibling of path) {
    if (walk.over) return false;
    if (walk.isRight()) {
      fromOld = nodeHash(sibling, fromOld);
      fromNew = nodeHash(sibling, fromNew);
    } else {
      fromNew = nodeHash(fromNew, sibling);
    }
    walk.up();
  }
  return walk.over && equal(fromOld, old.root) && equal(fromNew, now.root);
}

/** The way from a leaf up. Positions stay below 2^53, where bit operators would not. */
class Walk {
  #position;
  #last;

  /** @param {number} position @param {number} last position of the level */
  constructor(position, last) {
    this.#position = position;
    this.#last = last;
  }

  /** Whether the root is reached. */
  get over() {
    return this.#last === 0;
  }

  /** @returns {boolean} whether the sibling stands to the left; then it also skips the levels that have none */
  isRight() {
    if (this.#position % 2 === 0 && this.#position !== this.#last) return false;
    while (this.#position % 2 === 0 && this.#position !== 0) this.up();
    return true;
  }

  /** Go up as long as the node is a right one. */
  skipRight() {
    while (this.#position % 2 === 1) this.up();
  }

  up() {
    this.#position = Math.floor(this.#position / 2);
    this.#last = Math.floor(this.#last / 2);
  }
}
