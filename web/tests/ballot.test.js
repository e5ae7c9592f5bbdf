import assert from "node:assert/strict";
import { test } from "node:test";
import { unb64 } from "../ippyo/canonical.js";
import { BadBallotError, checkBallot, parseBallot } from "../ippyo/ballot.js";
import { makeElection } from "../ippyo/election.js";
import * as group from "../ippyo/group.js";
import { parseManifest } from "../ippyo/manifest.js";
import { challengesMatch, commitmentsOf, hashToScalar, parseProof, proofValue } from "../ippyo/proofs.js";
import { proveKnowledge, proveOneOf, verifyKnowledge } from "../ippyo/proofs.js";
import { plaintexts, seal, sealAgain, seeded, trackerOf } from "../ippyo/seal.js";
import { refusal, vectors } from "./vectors.js";

const ED25519 = (/** @type {any} */ entry) => entry.group === "Ed25519";

/** @param {any} entry @param {string} [contest] */
function electionOf(entry, contest = entry.contest) {
  const manifest = parseManifest(entry.manifest);
  const found = manifest.contests.find(({ id }) => id === contest) ?? manifest.contests[0];
  assert.ok(found);
  return makeElection(manifest, found, group.decodeKey(entry.public_key, "key"));
}

/** @param {string[]} scalars */
function drawn(scalars) {
  const rest = scalars.map(BigInt);
  return () => {
    const next = rest.shift();
    assert.notEqual(next, undefined);
    return next ?? 0n;
  };
}

/** @param {any} entry */
const credentialOf = ({ secret, public: text }) => ({ secret: BigInt(secret), text });

test("hashes to scalars", () => {
  for (const { prefix, elements, scalar } of vectors("hashing").cases.filter(ED25519)) {
    assert.equal(hashToScalar(prefix, elements).toString(), scalar);
  }
});

test("Schnorr proofs", () => {
  const { proofs, refused } = vectors("schnorr");
  for (const { prefix, public: text, secret, random, proof } of proofs.filter(ED25519)) {
    assert.deepEqual(proofValue(proveKnowledge(prefix, BigInt(secret), drawn(random))), proof);
    assert.ok(verifyKnowledge(prefix, group.decodeKey(text, "key"), parseProof(proof, "proof")));
  }
  for (const { why, prefix, public: text, proof } of refused.filter(ED25519)) {
    assert.ok(!verifyKnowledge(prefix, group.decodeKey(text, "key"), parseProof(proof, "proof")), why);
  }
});

/** @param {any} entry */
const branchesOf = (entry) => entry.branches.map((/** @type {any} */ { alpha, beta, message }) => ({
  ciphertext: { alpha: group.decode(alpha), beta: group.decode(beta) },
  message,
}));

test("disjunctive proofs", () => {
  const { proofs, refused } = vectors("disjunctive");
  for (const entry of proofs.filter(ED25519)) {
    const claims = entry.branches.map((/** @type {any} */ { message }, /** @type {number} */ i) => {
      const { randomness, message: sealed } = entry.openings[i];
      return { opening: { randomness: BigInt(randomness), message: sealed }, claimed: message };
    });
    const key = group.decode(entry.key);
    const made = proveOneOf(key, entry.prefix, claims, drawn(entry.random));
    assert.deepEqual(made.proofs.map(proofValue), entry.proofs, entry.what);
    assert.deepEqual(made.commitments, entry.commitments);
    assert.deepEqual(commitmentsOf(key, branchesOf(entry), made.proofs), entry.commitments);
  }
  for (const entry of refused.filter(ED25519)) {
    const read = entry.proofs.map((/** @type {any} */ proof) => parseProof(proof, "proof"));
    const texts = commitmentsOf(group.decode(entry.key), branchesOf(entry), read);
    assert.ok(!challengesMatch(entry.prefix, texts, read), `${entry.what}: ${entry.why}`);
  }
});

test("no proof of what is false", () => {
  const claims = [{ opening: { randomness: 1n, message: 2 }, claimed: 0 }];
  assert.throws(() => proveOneOf(group.GENERATOR, "x", claims, () => 1n), RangeError);
});

for (const entry of vectors("ballot-ed25519").elections) {
  const election = electionOf(entry);
  test(`ballots of a contest ${entry.what}`, () => {
    assert.deepEqual([election.uuid, election.fingerprint], [entry.uuid, entry.fingerprint]);
    for (const { choice, random, ballot, tracker } of entry.ballots) {
      assert.equal(seal(election, credentialOf(entry.credential), choice, drawn(random)), ballot);
      assert.equal(trackerOf(ballot), tracker);
      const read = parseBallot(election, ballot);
      assert.equal(read.tracker, tracker);
      checkBallot(election, read);
    }
  });
  test(`false ballots of a contest ${entry.what}`, () => {
    for (const { why, error, check, edits } of entry.refused) {
      let text = entry.ballots[0].ballot;
      for (const [start, length, insert] of edits) text = text.slice(0, start) + insert + text.slice(start + length);
      const read = () => checkBallot(election, parseBallot(election, text));
      if (error === "malformed") assert.throws(read, refusal("malformed"), why);
      else assert.throws(read, (e) => e instanceof BadBallotError && e.check === check, why);
    }
  });
}

test("ballots from a seed, made again without the credential's secret", () => {
  for (const entry of vectors("opening").cases) {
    if (entry.public_key.length !== group.TEXT_LENGTH) continue;
    const election = electionOf(entry, "question");
    const { credential, choice, seed, scalars, w, ballot } = entry;
    const draw = seeded(unb64(seed, "seed", 32), election, credential.public);
    assert.deepEqual(scalars.map(() => draw().toString()), scalars);
    const fresh = seeded(unb64(seed, "seed", 32), election, credential.public);
    assert.equal(seal(election, credentialOf(credential), choice, fresh, () => BigInt(w)), ballot);
    const { signature } = parseBallot(election, ballot);
    assert.equal(sealAgain(election, credential.public, choice, unb64(seed, "seed", 32), signature), ballot);
    assert.throws(() => seeded(new Uint8Array(31), election, credential.public), refusal("malformed"));
  }
});

test("choices that a contest does not allow are refused", () => {
  const contest = { .../** @type {any} */ ({ answers: [{}, {}, {}], blank: false }), min: 1, max: 2 };
  assert.deepEqual(plaintexts(contest, [1, 0, 1]), [1, 0, 1]);
  assert.deepEqual(plaintexts({ ...contest, blank: true }, [1, 0, 1]), [0, 1, 0, 1]);
  assert.deepEqual(plaintexts({ ...contest, blank: true }, "blank"), [1, 0, 0, 0]);
  assert.throws(() => plaintexts(contest, "blank"), refusal("no-blank"));
  assert.throws(() => plaintexts(contest, [1, 1, 1]), refusal("over-vote"));
  assert.throws(() => plaintexts(contest, [0, 0, 0]), refusal("under-vote"));
  for (const choice of [[1, 0], [1, 0, 2], [1, 0, 0.5]]) {
    assert.throws(() => plaintexts(contest, choice), refusal("bad-choice"));
  }
});
