/**
 * Says of each text whether this side takes it, and what it makes of it, for tests/integration/web/test_same_judgement.py,
 * which asks Python the same. Read from stdin: a line with the ledger and the elections, then one `[kind, text, number]` each.
 */

import { readFileSync } from "node:fs";
import { checkBallot, parseBallot } from "../ippyo/ballot.js";
import { unb64 } from "../ippyo/canonical.js";
import { ledgerFacts, makeFacts, verifyCheckpoint } from "../ippyo/checkpoint.js";
import { decodeEd25519 } from "../ippyo/ed25519.js";
import { makeElection } from "../ippyo/election.js";
import { IppyoError } from "../ippyo/errors.js";
import { parseGenesis } from "../ippyo/genesis.js";
import * as group from "../ippyo/group.js";
import { parseManifest } from "../ippyo/manifest.js";
import { VerifierKey } from "../ippyo/notes.js";
import { parseEntry, parseReceipt, verifyReceipt } from "../ippyo/receipt.js";
import { RsaPublicKey } from "../ippyo/rsa.js";
import { parseTicket } from "../ippyo/ticket.js";
import { VotingCode } from "../ippyo/voting_code.js";

const [head = "", ...lines] = readFileSync(0, "utf8").trimEnd().split("\n");
const { poll, log, witnesses, quorum, elections } = JSON.parse(head);
const facts = makeFacts(poll, log, witnesses, quorum);
const known = elections.map((/** @type {[string, string, string]} */ [text, id, key]) => {
  const manifest = parseManifest(text);
  const contest = manifest.contests.find((each) => each.id === id);
  if (contest === undefined) throw new Error("no such contest");
  return makeElection(manifest, contest, group.decodeKey(key, "key"));
});

/** @type {Record<string, (text: string, number: number) => string>} */
const judges = {
  manifest: (text) => parseManifest(text).hash,
  genesis: (text) => ledgerFacts(parseGenesis(text)).poll,
  ticket: (text) => parseTicket(text).credential,
  ballot: (text, number) => {
    const ballot = parseBallot(known[number], text);
    checkBallot(known[number], ballot);
    return ballot.tracker;
  },
  receipt: (text) => verifyReceipt(parseReceipt(text), facts).text,
  checkpoint: (text) => String(verifyCheckpoint(text, facts).size),
  entry: (text) => parseEntry(text).text,
  vkey: (text) => new VerifierKey(text).name,
  element: (text) => group.encode(group.decode(text)),
  scalar: (text) => group.decodeScalar(text, "scalar").toString(),
  base64: (text) => String(unb64(text, "text").length),
  ed25519: (text) => String(decodeEd25519(text).raw.length),
  rsa: (text) => RsaPublicKey.fromText(text).n.toString(),
  code: (text) => VotingCode.parse(text).reveal(),
};

for (const line of lines) {
  const [kind, text, number] = JSON.parse(line);
  let found = null;
  try {
    found = judges[kind]?.(text, number) ?? null;
  } catch (error) {
    if (!(error instanceof IppyoError)) throw error;
  }
  process.stdout.write(`${JSON.stringify(found)}\n`);
}
