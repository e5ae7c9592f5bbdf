/** The questions, one after the other, and the review. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { Answering } from "../voting/answering.js";
import { contest } from "./contest_of_tests.js";

const ONE = contest({ id: "one" });
const TWO = contest({ id: "two", kind: "choose", min: 1, max: 2, blank: false });

function answering() {
  /** @type {string[]} */
  const log = [];
  const answering = new Answering({
    show: (screen) => log.push(screen),
    say: (key, values) => log.push(`said ${key} ${values?.max}`),
    wrong: (name, code) => log.push(`wrong ${name} ${code}`),
    right: () => undefined,
    contest: ({ id }, answer, { number, of }) => log.push(`${id} ${number}/${of} ${answer}`),
    review: (_, answers) => log.push(`review ${JSON.stringify(answers)}`),
  });
  answering.prepare([ONE, TWO]);
  return { answering, log };
}

test("each question wants an answer, and the last one leads to the review", () => {
  const { answering: way, log } = answering();
  way.ask(0);
  way.next();
  way.mark("blank");
  way.next();
  way.mark("1");
  way.next();
  assert.deepEqual(log, [
    ...["one 1/2 open", "contest", "wrong contest nothing-chosen", "one 1/2 blank"],
    ...["two 2/2 open", "contest", "two 2/2 1", 'review ["blank",[1]]', "review"],
  ]);
  assert.deepEqual(way.answered, [
    { contest: "one", choice: "blank" },
    { contest: "two", choice: [0, 1, 0] },
  ]);
});

test("one more than may be chosen is not marked, and that is said", () => {
  const { answering: way, log } = answering();
  way.ask(1);
  for (const what of ["0", "1", "2"]) way.mark(what);
  assert.deepEqual(log.slice(-2), ["said limit-reached 2", "two 2/2 0,1"]);
  way.mark("skip");
  assert.deepEqual(way.answered, []);
  way.mark("skip");
  assert.equal(log.at(-1), "two 2/2 open", "once more takes it back");
  assert.equal(log.filter((said) => said.startsWith("said")).length, 1);
});

test("who changes an answer comes back to the review, who leaves the review goes through the questions", () => {
  const { answering: way, log } = answering();
  way.ask(0);
  way.mark("0");
  way.next();
  way.mark("0");
  way.next();
  log.length = 0;
  way.ask(0);
  way.mark("2");
  way.next();
  way.ask(0);
  assert.ok(way.back());
  assert.equal(log.filter((screen) => screen === "review").length, 2);
  log.length = 0;
  way.backToLast();
  assert.ok(way.back());
  assert.ok(!way.back(), "there is nothing before the first");
  assert.deepEqual(log, ["two 2/2 0", "contest", "one 1/2 2", "contest"]);
});

test("nothing happens where nothing is asked", () => {
  const { answering: way, log } = answering();
  way.prepare([]);
  way.ask(0);
  way.mark("0");
  way.next();
  assert.deepEqual([log, way.answered], [[], []]);
});
