/** Receipts: that an entry is in the ledger (C2SP tlog-proof, docs/protocol.md §11). They never say what was voted. */

import { utf8 } from "./bytes.js";
import { fields, loads, unb64 } from "./canonical.js";
import { verifyCheckpoint } from "./checkpoint.js";
import { CheckError, ParseError } from "./errors.js";
import { MAX_CONTESTS } from "./limits.js";
import { leafHash, verifyInclusion } from "./merkle.js";
import { parsePadded } from "./notes.js";

/** @typedef {import("./checkpoint.js").LedgerFacts} LedgerFacts */

const LIMIT = 128 * 1024;
const FIRST_LINE = "c2sp.org/tlog-proof@v1";
const MAX_PROOF = 63;
const WHAT = "receipt";

/**
 * The leaf of one transaction: its type, the hash of its text, the trackers it is about.
 *
 * @typedef {{ text: string, type: string, hash: string, trackers: string[] }} Entry
 */

/** @typedef {{ poll: string, entry: Entry, index: number, proof: Uint8Array[], checkpoint: string }} Receipt */

/** @param {string} text @returns {Entry} */
export function parseEntry(text) {
  const [prefix, type = "", hash = "", list = "", ...more] = text.split("|");
  if (prefix !== "ippyo-entry-v1" || more.length > 0 || !/^[a-z-]{1,20}$/.test(type)) {
    throw new ParseError("entry", "is not the one of a transaction");
  }
  const trackers = list === "" ? [] : list.split(",");
  if (trackers.length > MAX_CONTESTS) throw new ParseError("entry", `has more than ${MAX_CONTESTS} trackers`);
  for (const part of [hash, ...trackers]) unb64(part, "hash in the entry", 32);
  if (text.split("|").length !== 4) throw new ParseError("entry", "does not have four parts");
  return { text, type, hash, trackers };
}

/** @param {string} text @returns {Receipt} of good form; {@link verifyReceipt} says whether it proves anything */
export function parseReceipt(text) {
  if (utf8(text).length > LIMIT) throw new ParseError(WHAT, `is longer than ${LIMIT} bytes`);
  const at = text.indexOf("\n\n");
  const [first, extra = "", index = "", ...proof] = text.slice(0, Math.max(at, 0)).split("\n");
  if (first !== FIRST_LINE) throw new ParseError(WHAT, `does not begin with ${FIRST_LINE}`);
  if (!/^index (?:0|[1-9][0-9]{0,14})$/.test(index)) throw new ParseError(WHAT, "has no index");
  if (!extra.startsWith("extra ") || proof.length > MAX_PROOF) throw new ParseError(WHAT, "is not of the right form");
  const raw = parsePadded(extra.slice("extra ".length), WHAT);
  let json;
  try {
    json = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(raw);
  } catch {
    throw new ParseError(WHAT, "is not UTF-8 text");
  }
  const read = fields(loads(json, WHAT, LIMIT), WHAT, "poll", "entry");
  return {
    poll: read.text("poll", 43),
    entry: parseEntry(read.text("entry")),
    index: Number(index.slice("index ".length)),
    proof: proof.map((line) => parsePadded(line, WHAT, 32)),
    checkpoint: text.slice(at + 2),
  };
}

/**
 * @param {Receipt} receipt @param {LedgerFacts} facts
 * @returns {Entry} which is in the ledger, as the receipt proves
 */
export function verifyReceipt(receipt, facts) {
  if (receipt.poll !== facts.poll) throw new CheckError("wrong-poll", "The receipt is of another poll.");
  const { size, root } = verifyCheckpoint(receipt.checkpoint, facts);
  if (!verifyInclusion(leafHash(utf8(receipt.entry.text)), receipt.index, size, receipt.proof, root)) {
    throw new CheckError("not-included", "The receipt does not show that its entry is in the ledger.");
  }
  return receipt.entry;
}
