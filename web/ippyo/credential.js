/** What a voting code yields: the credential that signs ballots, and its ticket's blindings (docs/protocol.md §6). */

import { hkdf } from "../vendor/noble/hashes/hkdf.js";
import { sha256 } from "../vendor/noble/hashes/sha2.js";
import { toInteger, utf8 } from "./bytes.js";
import { encode, mulBase, q } from "./group.js";

/** @typedef {import("./voting_code.js").VotingCode} VotingCode */
/** @typedef {import("./rsa.js").RsaPublicKey} RsaPublicKey */

const CREDENTIAL_BYTES = 32 + 16;
const BLINDING_BYTES = 400;

/** @param {VotingCode} code @param {string} salt @param {string} info @param {number} length @returns {bigint} */
function derive(code, salt, info, length) {
  return toInteger(hkdf(sha256, code.keyMaterial(), utf8(salt), utf8(info), length));
}

/**
 * An anonymous signing key: `secret` s in 1..q-1, and C = g^s with its text.
 *
 * @typedef {object} Credential
 * @property {bigint} secret
 * @property {string} text str(C)
 */

/** @param {VotingCode} code @param {string} fingerprint Phi @returns {Credential} another poll has an unrelated one */
export function deriveCredential(code, fingerprint) {
  const secret = (derive(code, "ippyo-credential-v1", fingerprint, CREDENTIAL_BYTES) % (q - 1n)) + 1n;
  return { secret, text: encode(mulBase(secret)) };
}

/**
 * Derived, so that a voter whose connection broke asks for the very same signature again.
 *
 * @param {VotingCode} code @param {string} fingerprint Phi @param {number} issuer from 1 @param {string} style
 * @param {RsaPublicKey} key
 * @returns {bigint} the blinding factor r, invertible, 2..n-1
 */
export function deriveBlinding(code, fingerprint, issuer, style, key) {
  for (let attempt = 0; ; attempt += 1) {
    const info = `${fingerprint}|${issuer}|${style}|${attempt}`;
    const r = derive(code, "ippyo-blinding-v1", info, BLINDING_BYTES) % key.n;
    if (r >= 2n && key.invert(r) !== null) return r;
  }
}
