/** A booth that lies about a coin gets no ballot out of a device. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { answersTo, ready } from "./booth_of_tests.js";
import { refusal } from "./vectors.js";
import { visit } from "./visit_of_tests.js";

const ticket = (/** @type {import("./visit_of_tests.js").Voter} */ voter) => voter.ticket;
/** What the booth makes of the ledger's answer. */
const lie = (/** @type {any} */ answer) => ({ ...answer, coin: { last: 16, ballots: [] } });

/** @param {string} cast @returns {number} */
const numberOf = (cast) => JSON.parse(cast).number;

test("a cast takes its number from a proved coin, and from nothing else", () => {
  const { device, poll, contests, coin, code, ticket } = ready();
  const answers = answersTo(poll, contests);
  assert.throws(() => device.seal(answers), refusal("wrong-order"));
  const [none, sixteen] = [coin(0), coin(16)];
  const made = { ...sixteen.coin, last: 16 };
  const lies = [
    { ...none, coin: made },
    { ...none, coin: made, proof: sixteen.proof },
    { ...none, coin: made, proof: sixteen.proof, coin_root: sixteen.coin_root },
    { ...none, coin: made, proof: sixteen.proof, coin_root: sixteen.coin_root, status: sixteen.status },
    { ...none, header: undefined },
    { coin: made },
    ready().coin(16),
  ];
  for (const lie of lies) {
    assert.throws(() => device.takeCoin(lie), refusal("coin-not-proved"));
    assert.throws(() => device.seal(answers), refusal("wrong-order"), "nothing is sealed");
  }
  device.takeCoin(none);
  device.seal(answers);
  assert.equal(numberOf(device.cast()), 16);
  device.settle();
  assert.equal(device.takeCoin(sixteen)?.last, 16);
  device.seal(answers);
  assert.equal(numberOf(device.cast()), 32);
  device.settle();
  // An older state of the ledger is true, too: the number never goes back, not even when the code is typed again.
  device.useCode(code);
  device.takeTicket(ticket);
  device.takeCoin(none);
  device.seal(answers);
  assert.equal(numberOf(device.cast()), 32);
});

test("an honest booth's coin leads to a sealed ballot", async () => {
  const { voter, way, log, called, answerAll } = visit({ ticket });
  await way.begin();
  await way.enterCode(voter.code);
  await answerAll();
  assert.deepEqual(log, ["code", "contest", "contest", "review", "free-will", "sealing", "sealed"]);
  assert.ok(called.includes("seal"));
});

test("with a lie from the beginning, nothing is asked", async () => {
  const { voter, way, log, called } = visit({ ticket, coin: ({ coin }) => lie(coin(0)) });
  await way.begin();
  await way.enterCode(voter.code);
  assert.deepEqual(log, ["code", "refused coin-not-proved"]);
  assert.ok(!called.includes("takeTicket"));
});

test("with a lie at the end, nothing is sealed", async () => {
  let lying = false;
  const { voter, way, log, called, answerAll } = visit({ ticket, coin: ({ coin }) => (lying ? lie(coin(0)) : coin(0)) });
  await way.begin();
  await way.enterCode(voter.code);
  lying = true;
  await answerAll();
  assert.deepEqual(log.slice(-2), ["sealing", "refused coin-not-proved"]);
  assert.ok(!called.includes("seal"));
});
