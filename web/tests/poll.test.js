import assert from "node:assert/strict";
import { test } from "node:test";
import { dumps, sha256b64 } from "../ippyo/canonical.js";
import { contestUuid, electionText } from "../ippyo/election.js";
import { parseGenesis } from "../ippyo/genesis.js";
import { parseManifest } from "../ippyo/manifest.js";
import { Poll } from "../ippyo/poll.js";
import { refusal, vectors } from "./vectors.js";

const contract = vectors("contract");
const { valid, invalid } = vectors("manifest");
const texts = { manifest: contract.manifest, genesis: contract.genesis, trustees: contract.trustees };

test("manifests, and the elections in them, are those of the vectors", () => {
  for (const { text, hash, public_key: key, elections } of valid) {
    const manifest = parseManifest(text);
    assert.equal(manifest.hash, hash);
    for (const { contest: id, uuid, text: expected, fingerprint } of elections) {
      const contest = manifest.contests.find((entry) => entry.id === id);
      assert.ok(contest);
      assert.equal(contestUuid(hash, id), uuid);
      assert.equal(electionText(manifest, contest, key), expected);
      assert.equal(sha256b64(expected), fingerprint);
    }
  }
});

for (const { why, text } of invalid) {
  test(`refused: manifest with ${why}`, () => assert.throws(() => parseManifest(text), refusal("malformed")));
}

test("a poll opens with its fingerprint", () => {
  const poll = Poll.open(contract.fingerprint, texts);
  assert.equal(poll.fingerprint, contract.fingerprint);
  for (const { id } of poll.manifest.contests) assert.equal(poll.election(id).contest.id, id);
  for (const { id } of poll.manifest.styles) assert.equal(poll.ticketKeys(id).length, poll.genesis.issuers.length);
  assert.throws(() => poll.election("none"), refusal("no-such-contest"));
  assert.throws(() => poll.ticketKeys("none"), refusal("bad-ticket"));
});

test("a poll does not open with another fingerprint, or other texts", () => {
  const wrong = refusal("wrong-poll");
  assert.throws(() => Poll.open(`A${contract.fingerprint.slice(1)}`, texts), wrong);
  const altered = { ...texts, manifest: texts.manifest.replace("A small poll", "A small pole") };
  assert.throws(() => Poll.open(contract.fingerprint, altered), wrong);
  const trustees = texts.trustees.replace(/("coefexps\\":\[\\")../, "$100");
  assert.notEqual(trustees, texts.trustees);
  assert.throws(() => Poll.open(contract.fingerprint, { ...texts, trustees }), wrong);
});

/** @param {(genesis: any, manifest: any, trustees: any) => void} change applied before everything is hashed again */
function forged(change) {
  const manifest = JSON.parse(texts.manifest);
  const genesis = JSON.parse(texts.genesis);
  const trustees = JSON.parse(texts.trustees);
  change(genesis, manifest, trustees);
  if (genesis.manifest === JSON.parse(texts.genesis).manifest) {
    genesis.manifest = sha256b64(`ippyo-manifest-v1|${dumps(manifest)}`);
  }
  genesis.trustees = sha256b64(`ippyo-trustees-v1|${dumps(trustees)}`);
  const written = { manifest: dumps(manifest), genesis: dumps(genesis), trustees: dumps(trustees) };
  return () => Poll.open(sha256b64(`ippyo-poll-v1|${written.genesis}`), written);
}

test("texts that do not belong together are refused even when they are well signed for", () => {
  assert.doesNotThrow(forged(() => {}));
  /** @type {[string, (genesis: any, manifest: any, trustees: any) => void][]} */
  const changes = [
    ["another manifest", (genesis) => (genesis.manifest = genesis.ceremony)],
    ["another key", (genesis) => (genesis.public_key = `${"6".repeat(62)}58`)],
    ["another issuer", (genesis) => (genesis.issuers[0].name += "x")],
    ["another style", (genesis) => (genesis.issuers[0].styles[0].style = "x")],
    ["a missing issuer", (genesis) => genesis.issuers.pop()],
    ["another officer", (genesis) => genesis.officers.keys.pop()],
    ["another log", (genesis) => (genesis.ledger.log = genesis.ledger.log.replace("small", "large"))],
    ["another threshold", (_, manifest) => (manifest.trustees.threshold = 1)],
    ["other trustees", (_, __, trustees) => (trustees[0][0] = "Shamir")],
  ];
  for (const [why, change] of changes) {
    assert.throws(forged(change), (error) => refusal("wrong-poll")(error) || refusal("malformed")(error), why);
  }
  const finite = forged((_, manifest) => (manifest.group = "BELENIOS-2048"));
  assert.throws(finite, refusal("unknown-group"));
});

test("genesis texts of the vectors are read, or refused", () => {
  const { accepted, refused } = vectors("genesis");
  assert.equal(parseGenesis(contract.genesis).fingerprint, contract.fingerprint);
  const changed = (/** @type {any} */ { change }) => dumps({ ...JSON.parse(contract.genesis), ...change });
  for (const entry of accepted) assert.doesNotThrow(() => parseGenesis(changed(entry)), entry.why);
  for (const entry of refused) assert.throws(() => parseGenesis(changed(entry)), refusal("malformed"), entry.why);
});
