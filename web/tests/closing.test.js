/** The bar with the time that is left: from the last hour on, as long as there is something to do. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { watchClose } from "../voting/closing.js";

const MINUTE = 60_000;

test("the bar is there in the last hour, heard at a few minutes only, and gone once the vote is on its way", (t) => {
  t.mock.timers.enable({ apis: ["setInterval"] });
  const bar = { hidden: true };
  const status = { textContent: "" };
  const document = { getElementById: (/** @type {string} */ id) => ({ closing: bar, status })[id] ?? null };
  Object.assign(globalThis, { document });
  t.after(() => Reflect.deleteProperty(globalThis, "document"));
  let written = "";
  /** @type {number | null} */
  let left = null;
  const page = {
    shown: "contest",
    write: (/** @type {string} */ _, /** @type {any} */ text) => (written = text),
    word: (/** @type {string} */ key, /** @type {Record<string, string>} */ { minutes, seconds } = {}) => `${key} ${minutes} ${seconds}`,
  };
  watchClose(page, () => left);
  const after = (/** @type {number | null} */ rest) => {
    left = rest;
    t.mock.timers.tick(1000);
    return [bar.hidden, written, status.textContent];
  };
  assert.deepEqual(after(null), [true, "", ""]);
  assert.equal(after(61 * MINUTE)[0], true);
  assert.deepEqual(after(60 * MINUTE), [false, "closing.minutes 60 3600", "closing.minutes 60 3600"]);
  assert.deepEqual(after(59 * MINUTE), [false, "closing.minutes 59 3540", "closing.minutes 60 3600"]);
  assert.deepEqual(after(30_000), [false, "closing.seconds 1 30", "closing.seconds 1 30"]);
  for (page.shown of ["waiting", "done"]) assert.equal(after(20_000)[0], true, page.shown);
  page.shown = "sealed";
  assert.deepEqual(after(-5), [false, "closing.over 0 0", "closing.over 0 0"]);
});
