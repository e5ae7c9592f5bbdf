import assert from "node:assert/strict";
import { createHash, generateKeyPairSync, sign } from "node:crypto";
import { test } from "node:test";
import { concat, hex, toInteger, unhex, utf8 } from "../ippyo/bytes.js";
import { makeFacts, verifyCheckpoint } from "../ippyo/checkpoint.js";
import { publicKey, verifyEd25519 } from "../ippyo/ed25519.js";
import * as group from "../ippyo/group.js";
import { leafHash, nodeHash, verifyInclusion } from "../ippyo/merkle.js";
import { parseEntry, parseReceipt, verifyReceipt } from "../ippyo/receipt.js";
import { refusal, vectors } from "./vectors.js";

const file = vectors("receipt");
const facts = makeFacts(file.poll, file.log, file.witnesses, file.quorum);
/** What must be refused, and with which code; all else is malformed. */
const CODES = new Map([
  ["too few witnesses", "not-enough-witnesses"],
  ["a stranger is no witness", "not-enough-witnesses"],
  ["not signed by the log", "bad-note"],
  ["another poll", "wrong-poll"],
  ["another entry", "not-included"],
  ["another index", "not-included"],
  ["another size", "bad-note"],
]);

test("receipts of the vectors prove their entries", () => {
  for (const { text, entry, trackers } of file.receipts) {
    const found = verifyReceipt(parseReceipt(text), facts);
    assert.deepEqual([found.text, found.trackers], [entry, trackers]);
  }
});

for (const { why, text } of file.refused) {
  test(`refused: receipt, ${why}`, () => {
    assert.throws(() => verifyReceipt(parseReceipt(text), facts), refusal(CODES.get(why) ?? "malformed"));
  });
}

test("every byte before the witnesses' lines counts", () => {
  const { text } = file.receipts[3];
  for (let at = 0; at < text.indexOf("— witness.example/w1"); at += 5) {
    const altered = text.slice(0, at) + (text[at] === "A" ? "B" : "A") + text.slice(at + 1);
    assert.throws(() => verifyReceipt(parseReceipt(altered), facts), `${at}: ${text.slice(at, at + 10)}`);
  }
});

test("a checkpoint of another log, or with more lines, is refused", () => {
  const { text } = file.receipts[0];
  const checkpoint = text.slice(text.indexOf("\n\n") + 2);
  assert.equal(verifyCheckpoint(checkpoint, facts).size, 1);
  const other = makeFacts(file.poll, file.witnesses[0], [], 0);
  assert.throws(() => verifyCheckpoint(checkpoint, other), refusal("wrong-origin"));
  assert.throws(() => verifyCheckpoint(checkpoint.replace("\n1\n", "\n1\nx\n"), facts), refusal("malformed"));
  assert.throws(() => verifyCheckpoint(checkpoint.replace("\n1\n", "\n01\n"), facts), refusal("malformed"));
  for (const key of ["x", file.log.replace("5cd127ff", "5cd127fe"), file.log.slice(0, -4), ` ${file.log}`]) {
    assert.throws(() => makeFacts(file.poll, key, [], 0), refusal("malformed"));
  }
});

test("entries have one form", () => {
  const good = file.receipts[0].entry;
  assert.equal(parseEntry(good).type, "open");
  const others = [good.slice(0, -1), `${good}|`, good.replace("open", "Open"), good.replace("v1", "v2"), `${good}x`];
  for (const text of others) {
    assert.throws(() => parseEntry(text), refusal("malformed"), text);
  }
});

/** @param {Uint8Array[]} leaves @returns {Uint8Array} RFC 6962 §2.1 */
function root(leaves) {
  if (leaves.length === 0) return new Uint8Array(createHash("sha256").digest());
  if (leaves.length === 1) return leaves[0] ?? new Uint8Array();
  const k = 2 ** Math.floor(Math.log2(leaves.length - 1));
  return nodeHash(root(leaves.slice(0, k)), root(leaves.slice(k)));
}

/** @param {Uint8Array[]} leaves @param {number} index @returns {Uint8Array[]} PATH */
function path(leaves, index) {
  if (leaves.length === 1) return [];
  const k = 2 ** Math.floor(Math.log2(leaves.length - 1));
  return index < k
    ? [...path(leaves.slice(0, k), index), root(leaves.slice(k))]
    : [...path(leaves.slice(k), index - k), root(leaves.slice(0, k))];
}

test("proofs of trees of every size up to 17", () => {
  const all = Array.from({ length: 17 }, (_, i) => leafHash(utf8(`leaf ${i}`)));
  for (let size = 1; size <= all.length; size += 1) {
    const leaves = all.slice(0, size);
    const top = root(leaves);
    leaves.forEach((leaf, index) => {
      const proof = path(leaves, index);
      assert.ok(verifyInclusion(leaf, index, size, proof, top));
      assert.ok(!verifyInclusion(leaf, index + 1, size, proof, top));
      assert.ok(!verifyInclusion(leaf, index, size, [...proof, top], top));
      if (proof.length) assert.ok(!verifyInclusion(leaf, index, size, proof.slice(1), top));
    });
  }
  assert.ok(!verifyInclusion(leafHash(utf8("")), -1, 1, [], root(all)));
});

test("Ed25519 signatures are those of everybody else, with S below the order and no other key", () => {
  const pair = generateKeyPairSync("ed25519");
  const raw = new Uint8Array(pair.publicKey.export({ type: "spki", format: "der" }).subarray(-32));
  const key = publicKey(raw);
  for (const message of [utf8(""), utf8("票"), new Uint8Array(1000)]) {
    const signature = new Uint8Array(sign(null, message, pair.privateKey));
    assert.ok(verifyEd25519(key, message, signature));
    assert.ok(!verifyEd25519(key, concat(message, Uint8Array.of(0)), signature));
    for (const at of [0, 31, 32, 63]) {
      assert.ok(!verifyEd25519(key, message, signature.map((byte, i) => (i === at ? byte ^ 1 : byte))));
    }
    const S = toInteger(signature.slice(32).reverse()) + group.q;
    const larger = Uint8Array.from(S.toString(16).padStart(64, "0").match(/../g) ?? [], (pair) => parseInt(pair, 16));
    assert.ok(!verifyEd25519(key, message, concat(signature.slice(0, 32), larger.reverse())));
    assert.ok(!verifyEd25519(key, message, signature.slice(1)));
  }
  for (const bad of [new Uint8Array(32), Uint8Array.of(1, ...new Uint8Array(31)), new Uint8Array(32).fill(255)]) {
    assert.throws(() => publicKey(bad), refusal("malformed"), hex(bad));
  }
});

test("signatures about which verifiers differ are refused, as by every node", () => {
  // tests/unit/crypto/test_ed25519.py has them, too: an R with a component of order eight, and one that is the identity.
  const key = publicKey(unhex("2c1b328deca5900cd82a3f2fd88903694ac7071b9d6aa9310515d413df84a4e7"));
  for (const [R, S] of [
    ["3707bcbec8736b4d4c36de63693f6ae600e9ccf3f428c98d2c5644468c030683", "24b56808cdfe22c9904815e1d1df879442fc3233a249799e59c24ddfc63fb20f"],
    ["01".padEnd(64, "0"), "f5f90b43b86c5f076941f4609208ff93a06c9080ed1b371d8b1fc48e344fe601"],
  ]) {
    assert.ok(!verifyEd25519(key, utf8("ippyo"), concat(unhex(R ?? ""), unhex(S ?? ""))), R);
  }
  const outside = unhex("8d3d2c0692591fd7d654ef938d2a912c821186c9b13a7bae826908303ee3cd69");
  assert.throws(() => publicKey(outside), refusal("malformed"));
});
