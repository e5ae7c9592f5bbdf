/** Sealing: from a voter's choice to a ballot that only the trustees together could open (docs/protocol.md §7). */

import { hkdf } from "../vendor/noble/hashes/hkdf.js";
import { sha256 } from "../vendor/noble/hashes/sha2.js";
import { toInteger, utf8 } from "./bytes.js";
import { dumps, sha256b64 } from "./canonical.js";
import { IppyoError } from "./errors.js";
import * as group from "./group.js";
import { proofValue, proveKnowledge, proveOneOf } from "./proofs.js";
import { statements, total } from "./statements.js";

/** @typedef {import("./election.js").Election} Election */
/** @typedef {import("./contest.js").Contest} Contest */
/** @typedef {import("./credential.js").Credential} Credential */
/** @typedef {import("./proofs.js").Draw} Draw */
/** @typedef {import("./proofs.js").Proof} Proof */
/** @typedef {import("./proofs.js").Opening} Opening */
/** @typedef {number[] | "blank"} Choice 0 or 1 for every answer in ballot order, or the blank vote (白票) */

export const SEED_BYTES = 32;
const DRAWN_BYTES = 32 + 16;

/**
 * @param {Contest} contest @param {Choice} choice
 * @returns {number[]} what a ballot seals: the blank mark first where blank is allowed, then one for each answer.
 *   No refusal tells what was chosen.
 */
export function plaintexts({ answers, blank, min, max }, choice) {
  if (choice === "blank") {
    if (!blank) throw new IppyoError("no-blank", "A blank vote is not possible in this contest.");
    return [1, ...answers.map(() => 0)];
  }
  if (choice.length !== answers.length || choice.some((mark) => mark !== 0 && mark !== 1)) {
    throw new IppyoError("bad-choice", "A choice marks each answer with 0 or 1.");
  }
  const marked = choice.reduce((sum, mark) => sum + mark, 0);
  if (marked > max) throw new IppyoError("over-vote", `Choose at most ${max}.`);
  if (marked < min) throw new IppyoError("under-vote", `Choose at least ${min}.`);
  return blank ? [0, ...choice] : [...choice];
}

/**
 * The source of scalars that a seed yields (docs/booth.md §2).
 *
 * @param {Uint8Array} seed 32 bytes, secret, used once @param {Election} election @param {string} credential str(C)
 * @returns {Draw}
 */
export function seeded(seed, election, credential) {
  if (seed.length !== SEED_BYTES) throw new IppyoError("malformed", `A seed has ${SEED_BYTES} bytes.`);
  let next = 0;
  return () => {
    const info = `${election.fingerprint}|${credential}|${next}`;
    next += 1;
    return toInteger(hkdf(sha256, seed, utf8("ippyo-seal-v1"), utf8(info), DRAWN_BYTES)) % group.q;
  };
}

/**
 * Scalars are drawn in the order of the ballot's text: the randomness of every choice, two for every branch of every
 * proof; last of all that of the signature, from another source if one is given.
 *
 * @param {Election} election @param {Credential} credential @param {Choice} choice
 * @param {Draw} [draw] @param {Draw} [drawSignature]
 * @returns {string} the ballot's canonical text
 */
export function seal(election, credential, choice, draw = group.randomScalar, drawSignature = draw) {
  return sealed(election, credential.text, choice, draw, (h) => {
    return proveKnowledge(`sig|${h}|`, credential.secret, drawSignature);
  });
}

/**
 * Make the ballot again that {@link seal} made of a seed. The signature is put in as it is: check the ballot.
 *
 * @param {Election} election @param {string} credential str(C) @param {Choice} choice @param {Uint8Array} seed
 * @param {Proof} signature
 * @returns {string} the ballot's canonical text
 */
export function sealAgain(election, credential, choice, seed, signature) {
  group.decodeKey(credential, "credential");
  return sealed(election, credential, choice, seeded(seed, election, credential), () => signature);
}

/** @param {string} ballot its text @returns {string} its tracker: what the voter notes down to find it again */
export function trackerOf(ballot) {
  return sha256b64(ballot);
}

/**
 * @param {Election} election @param {string} credential str(C) @param {Choice} choice @param {Draw} draw
 * @param {(h: string) => Proof} sign
 */
function sealed(election, credential, choice, draw, sign) {
  const { contest, key } = election;
  const openings = plaintexts(contest, choice).map((message) => ({ randomness: draw(), message }));
  const choices = openings.map(({ randomness, message }) => ({
    alpha: group.mulBase(randomness),
    // g^0 and g^1 are added alike, so that what is marked does not show in the time it takes.
    beta: group.mul(key, randomness).add(message === 1 ? group.GENERATOR : group.IDENTITY),
  }));
  const texts = group.encodeMany(choices.flatMap(({ alpha, beta }) => [alpha, beta]));
  const values = choices.map((_, j) => ({ alpha: texts[2 * j] ?? "", beta: texts[2 * j + 1] ?? "" }));
  const Sigma = total(contest, choices);
  const secrets = new Map(choices.map((ciphertext, j) => [ciphertext, openings[j]]));
  secrets.set(Sigma, sumOf(openings.slice(contest.blank ? 1 : 0)));

  const pairs = values.map(({ alpha, beta }) => `${alpha},${beta}`);
  const proved = statements(election, credential, choices, pairs, Sigma).map(({ prefix, branches }) => {
    const claims = branches.map(({ ciphertext, message }) => {
      return { opening: /** @type {Opening} */ (secrets.get(ciphertext)), claimed: message };
    });
    return proveOneOf(key, prefix, claims, draw);
  });
  const proofs = proved.map((entry) => entry.proofs.map(proofValue));
  const answer = {
    choices: values,
    individual_proofs: proofs.slice(0, choices.length),
    overall_proof: proofs[choices.length],
    ...(contest.blank ? { blank_proof: proofs[choices.length + 1] } : {}),
    commitments: proved.flatMap((entry) => entry.commitments),
  };
  const { uuid, fingerprint } = election;
  const body = dumps({ election_uuid: uuid, election_hash: fingerprint, credential, answers: [answer] });
  const hash = sha256b64(body);
  return `${body.slice(0, -1)},"signature":${dumps({ hash, proof: proofValue(sign(hash)) })}}`;
}

/** @param {Opening[]} openings @returns {Opening} that of their product */
function sumOf(openings) {
  return {
    randomness: group.mod(openings.reduce((sum, { randomness }) => sum + randomness, 0n)),
    message: openings.reduce((sum, { message }) => sum + message, 0),
  };
}
