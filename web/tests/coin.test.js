import assert from "node:assert/strict";
import { test } from "node:test";
import { makeFacts } from "../ippyo/checkpoint.js";
import { verifyCoin } from "../ippyo/coin.js";
import { refusal, vectors } from "./vectors.js";

const file = vectors("coin");
const facts = makeFacts(file.poll, file.log, [], 0);

for (const { why, credential, answer } of file.accepted) {
  test(`proved: ${why}`, () => assert.deepEqual(verifyCoin(answer, credential, facts), answer.coin));
}

for (const { why, code, answer } of file.refused) {
  test(`refused: ${why}`, () => assert.throws(() => verifyCoin(answer, file.credential, facts), refusal(code)));
}

test("one credential's proof is not another's", () => {
  const [, first, second] = file.accepted;
  assert.throws(() => verifyCoin(first.answer, second.credential, facts), refusal("coin-not-proved"));
});
