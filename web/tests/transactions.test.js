import assert from "node:assert/strict";
import { test } from "node:test";
import { dumps, loads, sha256b64 } from "../ippyo/canonical.js";
import * as group from "../ippyo/group.js";
import { parseProof, verifyKnowledge } from "../ippyo/proofs.js";
import { parseTicket } from "../ippyo/ticket.js";
import { castText, spoilText } from "../ippyo/transactions.js";
import { vectors } from "./vectors.js";

const contract = vectors("contract");
const accepted = contract.blocks
  .flatMap((/** @type {any} */ block) => block.transactions)
  .filter((/** @type {any} */ { code }) => code === "")
  .map((/** @type {any} */ { text }) => ({ text, value: JSON.parse(text) }));

/** @param {string} type @returns {{ text: string, value: any }[]} */
const ofType = (type) => accepted.filter((/** @type {any} */ { value }) => value.type === type);

/** @param {any} value @param {string} head @param {string} tail of the prefix that §8 says */
function prefixOf(value, head, tail) {
  const { poll, ticket } = value;
  return `${head}|${poll}|${ticket.style}|${tail}|${ticket.credential}|`;
}

/**
 * @param {{ text: string, value: any }} transaction of the vectors @param {string} prefix
 * @param {(voter: import("../ippyo/transactions.js").Voter) => string} make
 */
function compare({ text, value }, prefix, make) {
  const proof = (/** @type {any} */ from) => parseProof(from.proof, "proof");
  const { poll, ticket } = value;
  assert.ok(verifyKnowledge(prefix, group.decode(ticket.credential), proof(value)), "the vector's own proof");
  // The secret of the vector is not known: another one signs the same text, and the proof alone differs.
  const secret = 12345n;
  const made = make({ poll, ticket: parseTicket(dumps(ticket)), credential: { secret, text: ticket.credential } });
  const read = /** @type {any} */ (loads(made, "transaction", 500_000));
  assert.ok(verifyKnowledge(prefix, group.mulBase(secret), proof(read)));
  assert.equal(dumps({ ...read, proof: value.proof }), text);
}

test("casts", () => {
  const casts = ofType("cast");
  assert.ok(casts.length > 1);
  for (const cast of casts) {
    const { number, ballots } = cast.value;
    const texts = ballots.map(dumps);
    const prefix = prefixOf(cast.value, "ippyo-cast-v1", `${number}|${texts.map(sha256b64).join(",")}`);
    compare(cast, prefix, (voter) => castText(voter, number, texts));
  }
});

test("spoils", () => {
  for (const spoil of ofType("spoil")) {
    const { tracker } = spoil.value;
    compare(spoil, prefixOf(spoil.value, "ippyo-spoil-v1", tracker), (voter) => spoilText(voter, tracker));
  }
});

test("the vectors hold each kind", () => {
  for (const type of ["cast", "spoil"]) assert.ok(ofType(type).length > 0, type);
});
