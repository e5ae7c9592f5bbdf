import assert from "node:assert/strict";
import { test } from "node:test";
import { keep, takeBack } from "../registration/journey.js";
import { dropLetter, readLetter, takeUpLetter } from "../registration/letter.js";
import { memoryStorage } from "./desk_of_tests.js";

const PHI = `${"a+/".repeat(14)}A`;

test("what a letter's address says", () => {
  assert.deepEqual(readLetter(""), { code: "", poll: null });
  assert.deepEqual(readLetter("#"), { code: "", poll: null });
  assert.deepEqual(readLetter("#ABCD-EFGH-JKMN"), { code: "ABCD-EFGH-JKMN", poll: null });
  assert.deepEqual(readLetter(`#poll=${PHI}`), { code: "", poll: PHI });
  assert.deepEqual(readLetter(`#code=ABCD&poll=${encodeURIComponent(PHI)}`), { code: "ABCD", poll: PHI });
  assert.deepEqual(readLetter("#poll=short&x"), { code: "", poll: null });
  assert.deepEqual(readLetter("#%E3%81"), { code: "", poll: null });
});

test("what is kept over a redirect can be taken back once, and nothing else is believed", () => {
  const storage = memoryStorage();
  keep(storage, { code: "c", poll: "p" });
  assert.deepEqual(takeBack(storage), { code: "c", poll: "p" });
  assert.equal(takeBack(storage), null);
  for (const text of ["{}", '{"code":1,"poll":"p"}', '{"code":"c"}', "null", "x"]) {
    storage.setItem("ippyo-journey", text);
    assert.equal(takeBack(storage), null, text);
    assert.equal(storage.length, 0);
  }
});

test("a letter is kept until it is dropped, and another takes its place", () => {
  const storage = memoryStorage();
  assert.deepEqual(takeUpLetter(storage, ""), { code: "", poll: null });
  assert.deepEqual(takeUpLetter(storage, `#code=ABCD&poll=${PHI}`), { code: "ABCD", poll: PHI });
  assert.deepEqual(takeUpLetter(storage, ""), { code: "ABCD", poll: PHI });
  assert.deepEqual(takeUpLetter(storage, "#EFGH"), { code: "EFGH", poll: null });
  assert.deepEqual(takeUpLetter(storage, "#"), { code: "EFGH", poll: null });
  dropLetter(storage);
  assert.equal(storage.length, 0);
  assert.deepEqual(takeUpLetter(storage, ""), { code: "", poll: null });
});
