import assert from "node:assert/strict";
import { test } from "node:test";
import { unb64 } from "../ippyo/canonical.js";
import { parseBallot } from "../ippyo/ballot.js";
import { makeElection } from "../ippyo/election.js";
import { IppyoError } from "../ippyo/errors.js";
import * as group from "../ippyo/group.js";
import { parseManifest } from "../ippyo/manifest.js";
import { checkOpening, openingText, parseOpening, parseSealed, sealedText } from "../ippyo/opening.js";
import { sealAgain, trackerOf } from "../ippyo/seal.js";
import { refusal, vectors } from "./vectors.js";

const cases = vectors("opening")
  .cases.filter((/** @type {any} */ entry) => entry.public_key.length === group.TEXT_LENGTH)
  .map((/** @type {any} */ entry) => {
    const manifest = parseManifest(entry.manifest);
    const [contest] = manifest.contests;
    assert.ok(contest);
    const election = makeElection(manifest, contest, group.decode(entry.public_key));
    const poll = {
      fingerprint: entry.poll,
      election: (/** @type {string} */ id) => {
        if (id !== contest.id) throw new IppyoError("no-such-contest", "");
        return election;
      },
    };
    return { ...entry, contest: contest.id, election, poll, opening: entry.opening };
  });
const wrong = refusal("false-opening");

test("openings of the vectors", () => {
  assert.ok(cases.length > 1);
  for (const { poll, sealed, tracker, opening, choice, contest, seed, credential, ballot, election } of cases) {
    assert.equal(sealedText(poll.fingerprint, [tracker]), sealed);
    assert.deepEqual(parseSealed(sealed, poll.fingerprint), [tracker]);
    const { signature } = parseBallot(election, ballot);
    const opened = { contest, choice, seed: unb64(seed, "seed", 32), signature };
    const made = { fingerprint: poll.fingerprint, credential: credential.public, ballots: [opened] };
    assert.equal(openingText(made), opening);
    assert.deepEqual(parseOpening(opening), made);
    assert.deepEqual(checkOpening(parseOpening(opening), poll, [tracker]), [{ contest, choice }]);
  }
});

test("a page that lies is caught", () => {
  const [{ poll, opening, tracker }] = cases;
  const good = parseOpening(opening);
  const [ballot] = good.ballots;
  assert.ok(ballot && ballot.choice !== "blank");
  const flipped = ballot.choice.toReversed();
  assert.notDeepEqual(flipped, ballot.choice);
  const lies = [
    { ...ballot, choice: flipped },
    { ...ballot, choice: ballot.choice.map(() => 1) },
    { ...ballot, choice: ballot.choice.slice(1) },
    { ...ballot, contest: "another" },
    { ...ballot, seed: ballot.seed.toReversed() },
    { ...ballot, signature: { ...ballot.signature, challenge: 1n } },
  ];
  for (const lie of lies) assert.throws(() => checkOpening({ ...good, ballots: [lie] }, poll, [tracker]), wrong);
  assert.throws(() => checkOpening(good, poll, []), wrong);
  assert.throws(() => checkOpening(good, poll, [poll.fingerprint]), wrong);
  assert.throws(() => checkOpening(good, { ...poll, fingerprint: tracker }, [tracker]), wrong);
  assert.throws(() => checkOpening({ ...good, credential: group.encode(group.GENERATOR) }, poll, [tracker]), wrong);
});

test("a sealed ballot whose signature is false is found, although it opens", () => {
  const [{ poll, opening, election }] = cases;
  const good = parseOpening(opening);
  const [ballot] = good.ballots;
  assert.ok(ballot);
  const signature = { challenge: 1n, response: 1n };
  const sealed = sealAgain(election, good.credential, ballot.choice, ballot.seed, signature);
  const check = () => checkOpening({ ...good, ballots: [{ ...ballot, signature }] }, poll, [trackerOf(sealed)]);
  assert.throws(check, (error) => wrong(error) && /would have been refused/.test(String(error)));
});

test("texts that are no openings are refused", () => {
  const [{ opening, sealed, poll }] = cases;
  const texts = [
    opening.replace("OPENING-1", "OPENING-2"),
    opening.replace("{", "{ "),
    opening.replace(/"choice":"[01]+"/, '"choice":"012"'),
    opening.replace(/"choice":"[01]+"/, '"choice":""'),
    opening.replace(/"seed":"[^"]+"/, '"seed":"AAAA"'),
    opening.replace(/"credential":"../, '"credential":"zz'),
    opening.replace("|", "|A"),
    "x".repeat(70_000),
    "",
  ];
  for (const text of texts) assert.throws(() => parseOpening(text), refusal("malformed"), text.slice(0, 60));
  const [version, other] = [sealed.replace("1|", "2|"), sealed.replace(poll.fingerprint, "x")];
  for (const text of [`${sealed}|`, `${sealed},`, version, other, ""]) {
    assert.throws(() => parseSealed(text, poll.fingerprint), refusal("malformed"), text.slice(0, 60));
  }
});
