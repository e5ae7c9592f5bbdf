/** The checker believes what it saw before, says whose vote it is, and what is missing in it. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { Checker } from "../checker/checker.js";
import { markOf } from "../ippyo/mark.js";
import { sealedText } from "../ippyo/opening.js";
import { split } from "../ippyo/parts.js";
import { answersTo, ready } from "./booth_of_tests.js";

/** @param {ReturnType<typeof ready>} voter @param {import("../voting/device.js").Answered[]} answers */
function checked({ device, coin }, answers) {
  device.settle();
  device.takeCoin(coin(0));
  const { text } = device.seal(answers);
  device.spoils();
  return { sealed: text, opening: device.opening() };
}

test("an opening that comes together with the sealed text, or before it, proves nothing", () => {
  const voter = ready();
  const { sealed, opening } = checked(voter, answersTo(voter.poll, voter.contests));
  const checker = new Checker(voter.poll);
  assert.equal(checker.read(opening).kind, "first-sealed");
  assert.equal(checker.read(`${sealed}\n${opening}`).kind, "at-once");
  assert.equal(checker.read(opening).kind, "first-sealed", "what came at once is not kept");
  assert.equal(checker.read(`${opening}\n${sealed}`).kind, "first-sealed");
  assert.equal(checker.read(`${sealed}\n${split(opening, 200).join("\n")}`).kind, "at-once");
  assert.equal(checker.read(sealed).kind, "sealed");
  assert.equal(checker.read(split(opening, 200).join("\n")).kind, "true");
});

test("a sealed text too long for one code is read in its parts", () => {
  const voter = ready();
  const { sealed, opening } = checked(voter, answersTo(voter.poll, voter.contests));
  const checker = new Checker(voter.poll);
  const kinds = split(sealed, 60).map((part) => checker.read(part).kind);
  assert.deepEqual([new Set(kinds.slice(0, -1)), kinds.at(-1)], [new Set(["part"]), "sealed"]);
  assert.equal(checker.read(opening).kind, "true");
});

test("a sealed text of another poll is told as that", () => {
  const { poll } = ready();
  const tracker = "A".repeat(43);
  assert.equal(new Checker(poll).read(sealedText("B".repeat(42) + "A", [tracker])).kind, "other-poll");
  assert.equal(new Checker(poll).read(sealedText(poll.fingerprint, ["short"])).kind, "not-ours");
});

test("contests twice or out of order are a lie, and those that are missing are named", () => {
  const voter = ready();
  const all = answersTo(voter.poll, voter.contests);
  const [first, second] = [all.slice(0, 1), all.slice(1, 2)];
  for (const answers of [[...first, ...first], [...second, ...first]]) {
    const { sealed, opening } = checked(voter, answers);
    const checker = new Checker(voter.poll);
    assert.equal(checker.read(sealed).kind, "sealed");
    assert.equal(checker.read(opening).kind, "lied");
  }
  const { sealed, opening } = checked(voter, second);
  const checker = new Checker(voter.poll);
  checker.read(sealed);
  const found = checker.read(opening);
  assert.deepEqual(found.kind === "true" && found.absent, voter.contests.filter((id) => id !== second[0]?.contest));
});

test("somebody else's vote has somebody else's mark", () => {
  const voter = ready();
  const { sealed, opening } = checked(voter, answersTo(voter.poll, voter.contests));
  const checker = new Checker(voter.poll);
  checker.read(sealed);
  const found = checker.read(opening);
  assert.equal(found.kind === "true" && found.mark, markOf(voter.credential));
  assert.equal(voter.device.mark(), markOf(voter.credential));
  assert.match(markOf(voter.credential), /^[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$/);
  assert.notEqual(markOf(ready().credential), markOf(voter.credential));
  assert.equal(markOf("C"), MARK_OF_C);
});

/** By `printf 'ippyo-mark-v1|C' | sha256sum`, the first 60 bits in Crockford's Base32. */
const MARK_OF_C = "9JJ3-FJSX-YQQZ";
