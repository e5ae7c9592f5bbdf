import assert from "node:assert/strict";
import { test } from "node:test";
import { Attempts, codeOf } from "../ippyo/attempts.js";
import { IppyoError } from "../ippyo/errors.js";
import { Refusal } from "../ippyo/http.js";

/** @param {string} language */
function attempts(language = "en") {
  /** @type {string[]} */
  const log = [];
  const refuse = (/** @type {string} */ code, /** @type {string | undefined} */ sentence) => log.push(`${code}: ${sentence}`);
  return { log, attempts: new Attempts(refuse, language, () => log.push("began")) };
}

/** @param {Error} error */
const failing = (error) => async () => {
  throw error;
};

test("a refusal is shown by its code, with the server's sentence in the page's language", async () => {
  for (const [language, sentence] of /** @type {const} */ ([["en", "later"], ["ja", "後で"]])) {
    const { log, attempts: made } = attempts(language);
    await made.make(failing(new Refusal("busy", { ja: "後で", en: "later" })));
    await made.make(failing(new IppyoError("offline", "")));
    assert.deepEqual(log, [`busy: ${sentence}`, "offline: undefined"]);
  }
});

test("of what should not happen no word is told", async () => {
  const { log, attempts: made } = attempts();
  await made.make(failing(new TypeError("a secret")));
  assert.deepEqual(log, ["internal-error: undefined"]);
  assert.equal(codeOf("a text"), "internal-error");
});

test("what is tried again is what was tried last, or what the work found better", async () => {
  const { log, attempts: made } = attempts();
  await made.again();
  await made.make(async () => undefined, () => log.push("first"));
  await made.make(async () => undefined);
  await made.again();
  await made.make(async () => made.instead(() => log.push("better")), () => log.push("second"));
  await made.again();
  assert.deepEqual(log, ["began", "first", "better"]);
});
