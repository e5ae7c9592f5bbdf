/** The RFC 6962 tree of a ledger: leaves, and proofs that lead to its root (RFC 9162 §2.1.3). */

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
  // Positions on a level: of the node, and of the last one. They stay below 2^53, where bit operators would not.
  let [position, last, node] = [index, size - 1, leaf];
  const up = () => ([position, last] = [Math.floor(position / 2), Math.floor(last / 2)]);
  for (const sibling of proof) {
    if (last === 0) return false;
    if (position % 2 === 1 || position === last) {
      node = nodeHash(sibling, node);
      // Levels on which the node stands alone have no sibling.
      while (position % 2 === 0 && position !== 0) up();
    } else node = nodeHash(node, sibling);
    up();
  }
  return last === 0 && equal(node, root);
}
