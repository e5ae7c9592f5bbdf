/** Checkpoints: what a ledger's log states, and witnesses have seen (docs/protocol.md §11). */

import { CheckError, ParseError } from "./errors.js";
import { parseNote, parsePadded, signers, VerifierKey } from "./notes.js";

const HASH_BYTES = 32;
const WHAT = "checkpoint";

/** @typedef {{ poll: string, log: VerifierKey, witnesses: VerifierKey[], quorum: number }} LedgerFacts from genesis */
/** @typedef {{ size: number, root: Uint8Array }} Checkpoint after `size` entries the tree's root is `root` */

/**
 * @param {import("./genesis.js").Genesis} genesis
 * @returns {LedgerFacts} what checkpoints and receipts are believed by
 */
export function ledgerFacts({ fingerprint, ledger }) {
  return makeFacts(fingerprint, ledger.log, ledger.witnesses, ledger.quorum);
}

/**
 * @param {string} poll Phi @param {string} log @param {string[]} witnesses @param {number} quorum
 * @returns {LedgerFacts}
 */
export function makeFacts(poll, log, witnesses, quorum) {
  return { poll, log: new VerifierKey(log), witnesses: witnesses.map((key) => new VerifierKey(key)), quorum };
}

/**
 * @param {string} text a signed checkpoint @param {LedgerFacts} facts
 * @returns {Checkpoint} signed by the log and cosigned by enough witnesses
 */
export function verifyCheckpoint(text, facts) {
  const note = parseNote(text, WHAT);
  const [origin, size = "", root = "", ...rest] = note.text.split("\n");
  if (rest.join("\n") !== "" || rest.length !== 1) throw new ParseError(WHAT, "is not exactly three lines");
  if (!/^(?:0|[1-9][0-9]{0,14})$/.test(size)) throw new ParseError(WHAT, "has a size that is not a decimal number");
  const checkpoint = { size: Number(size), root: parsePadded(root, WHAT, HASH_BYTES) };
  if (origin !== facts.log.name) throw new CheckError("wrong-origin", "The checkpoint is of another ledger.");
  if (signers(note, [facts.log]).length === 0) {
    throw new CheckError("bad-note", "The log has not signed the checkpoint.");
  }
  const cosigned = signers(note, facts.witnesses).length;
  if (cosigned < facts.quorum) {
    throw new CheckError("not-enough-witnesses", `${cosigned} witnesses cosigned, ${facts.quorum} are needed.`);
  }
  return checkpoint;
}
