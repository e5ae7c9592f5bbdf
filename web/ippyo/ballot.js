/** Reading and checking a sealed ballot (docs/protocol.md §7): form, membership, and every proof in it. */

import { dumps, fields, list, loads, sha256b64, unb64 } from "./canonical.js";
import { CheckError, ParseError } from "./errors.js";
import * as group from "./group.js";
import { BALLOT_LIMIT } from "./limits.js";
import { challengesMatch, commitmentsOf, parseProof, verifyKnowledge } from "./proofs.js";
import { branchCounts, choiceCount, statements, total } from "./statements.js";

/** @typedef {import("./election.js").Election} Election */
/** @typedef {import("./canonical.js").JsonValue} JsonValue */
/** @typedef {import("./proofs.js").Proof} Proof */
/** @typedef {import("./proofs.js").Ciphertext} Ciphertext */

const WHAT = "ballot";

/**
 * @typedef {object} Ballot
 * @property {string} text
 * @property {string} tracker
 * @property {string} uuid
 * @property {string} fingerprint phi
 * @property {string} credential str(C)
 * @property {Ciphertext[]} choices
 * @property {string[]} pairs `str(alpha),str(beta)` of each choice
 * @property {Proof[][]} proofs in the order of the statements
 * @property {string[]} commitments
 * @property {string} hash
 * @property {Proof} signature
 * @property {string} body the text without the signature
 */

/** A ballot whose check of this name fails. */
export class BadBallotError extends CheckError {
  /** @param {string} check a name of docs/protocol.md §7 */
  constructor(check) {
    super("bad-ballot", `The ballot's ${check} is wrong.`);
    this.check = check;
  }
}

/** @param {Election} election @param {string} text canonical @returns {Ballot} of good form; {@link checkBallot} it */
export function parseBallot(election, text) {
  const value = loads(text, WHAT, BALLOT_LIMIT);
  const read = fields(value, WHAT, "election_uuid", "election_hash", "credential", "answers", "signature");
  const credential = read.text("credential", group.TEXT_LENGTH);
  group.decodeKey(credential, "credential of the ballot");
  const [answer] = read.array("answers", 1, 1);
  const signature = fields(read.raw("signature"), "signature of the ballot", "hash", "proof");
  const { signature: _, ...body } = /** @type {{ [name: string]: JsonValue }} */ (value);
  return {
    text,
    tracker: sha256b64(text),
    uuid: read.text("election_uuid", 64),
    fingerprint: hash(read.text("election_hash", 43)),
    credential,
    ...parseAnswer(election, answer),
    hash: hash(signature.text("hash", 43)),
    signature: parseProof(signature.raw("proof"), "signature of the ballot"),
    body: dumps(body),
  };
}

/** @param {Election} election @param {JsonValue | undefined} value */
function parseAnswer({ contest }, value) {
  const optional = contest.blank ? ["blank_proof"] : [];
  const names = ["choices", "individual_proofs", "overall_proof", ...optional, "commitments"];
  const read = fields(value, "answer of the ballot", ...names);
  const count = choiceCount(contest);
  const pairs = /** @type {string[]} */ ([]);
  const choices = read.map("choices", count, count, (entry) => {
    const choice = fields(entry, "choice of the ballot", "alpha", "beta");
    const [alpha, beta] = [choice.text("alpha", group.TEXT_LENGTH), choice.text("beta", group.TEXT_LENGTH)];
    pairs.push(`${alpha},${beta}`);
    const what = "choice of the ballot";
    return { alpha: group.decodeKey(alpha, what), beta: group.decodeKey(beta, what) };
  });
  const lists = [...read.array("individual_proofs", count, count), read.raw("overall_proof")];
  if (contest.blank) lists.push(read.raw("blank_proof"));
  const counts = branchCounts(contest);
  const proofs = lists.map((entry, i) => {
    const branches = counts[i] ?? 0;
    const what = "proof of the ballot";
    return list(entry, what, branches, branches).map((proof) => parseProof(proof, what));
  });
  const wanted = 2 * counts.reduce((sum, branches) => sum + branches, 0);
  const commitments = read.texts("commitments", wanted, wanted, group.TEXT_LENGTH);
  if (!commitments.every((text) => /^[0-9a-f]{64}$/.test(text))) {
    throw new ParseError("commitments of the ballot", "are not 64 hexadecimal digits each");
  }
  return { choices, pairs, proofs, commitments };
}

/** @param {Election} election @param {Ballot} ballot Throws {@link BadBallotError} with the first check that fails. */
export function checkBallot(election, ballot) {
  const { uuid, fingerprint, credential, choices, pairs, proofs, commitments, hash: h } = ballot;
  const require = (/** @type {boolean} */ holds, /** @type {string} */ check) => {
    if (!holds) throw new BadBallotError(check);
  };
  require(uuid === election.uuid, "uuid");
  require(fingerprint === election.fingerprint, "fingerprint");
  require(h === sha256b64(ballot.body), "signature-hash");
  require(verifyKnowledge(`sig|${h}|`, group.decodeKey(credential, "credential"), ballot.signature), "signature");
  const Sigma = total(election.contest, choices);
  const computed = statements(election, credential, choices, pairs, Sigma).flatMap(({ name, prefix, branches }, i) => {
    const proof = proofs[i] ?? [];
    const texts = commitmentsOf(election.key, branches, proof);
    require(challengesMatch(prefix, texts, proof), name);
    return texts;
  });
  require(computed.join() === commitments.join(), "commitments");
}

/** @param {string} text @returns {string} */
function hash(text) {
  unb64(text, "hash in the ballot", 32);
  return text;
}
