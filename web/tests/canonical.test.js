import assert from "node:assert/strict";
import { test } from "node:test";
import { b64, dumps, fields, loads, sha256b64, unb64 } from "../ippyo/canonical.js";
import { refusal, vectors } from "./vectors.js";

const malformed = refusal("malformed");

test("canonical texts of the vectors are read and written unchanged", () => {
  for (const { text, hash } of vectors("manifest").valid) {
    assert.equal(dumps(loads(text, "manifest", 4_000_000)), text);
    assert.equal(sha256b64(`ippyo-manifest-v1|${text}`), hash);
  }
});

test("every other way to write the same message is refused", () => {
  const ways = ['{"a": 1}', '{"a":1,"a":1}', '{"a":1.0}', '{"a":1e0}', '{"a":-0}', '{"a":"\\u0041"}', '{"a":"\\/"}'];
  for (const text of [...ways, '{"a":"\\u001F"}', '{"a":1}\n', " 1", "", "nul", '{"a":"\\ud800"}']) {
    assert.throws(() => loads(text, "x", 1000), malformed, text);
  }
});

test("numbers that are no integers or too long, deep nesting and long texts are refused", () => {
  const deep = (/** @type {number} */ n) => "[".repeat(n) + "]".repeat(n);
  for (const text of ["1.5", "1000000000000000", "1e300", deep(33), '"\ud800"', '{"\ud800":1}']) {
    assert.throws(() => loads(text, "x", 1000), malformed, text);
  }
  assert.throws(() => loads('"票票"', "x", 7), malformed);
  assert.equal(loads('"票票"', "x", 8), "票票");
  assert.equal(loads("999999999999999", "x", 20), 999_999_999_999_999);
  assert.doesNotThrow(() => loads(deep(32), "x", 100));
});

test("control characters are escaped as the protocol says, others are not", () => {
  const written = '"\\"\\\\\\b\\f\\n\\r\\t\\u0001\\u001f/票\u007f\u2028"';
  assert.equal(dumps('"\\\b\f\n\r\t\u0001\u001f/票\u007f\u2028'), written);
});

test("fields must be there, in order, of their type, and no others", () => {
  const value = loads('{"a":"x","b":[1],"d":2,"e":true}', "x", 100);
  const read = fields(value, "x", "a", "b", "c?", "d", "e");
  assert.deepEqual([read.text("a"), read.array("b", 1, 1), read.integer("d"), read.boolean("e")], ["x", [1], 2, true]);
  assert.deepEqual([read.has("c"), read.has("d"), read.raw("a")], [false, true, "x"]);
  for (const names of [["a", "b", "d"], ["b", "a", "d", "e"], ["a", "b", "c", "d", "e"], []]) {
    assert.throws(() => fields(value, "x", ...names), malformed, names.join());
  }
  for (const wrong of [null, [], "text", 1, undefined]) assert.throws(() => fields(wrong, "x"), malformed);
  assert.throws(() => read.text("d"), malformed);
  assert.throws(() => read.text("a", 0), malformed);
  assert.throws(() => read.integer("a"), malformed);
  assert.throws(() => read.integer("d", 3), malformed);
  assert.throws(() => read.integer("d", 0, 1), malformed);
  assert.throws(() => read.boolean("d"), malformed);
  assert.throws(() => read.array("a", 0, 9), malformed);
  assert.throws(() => read.array("b", 2, 9), malformed);
  assert.throws(() => read.array("b", 0, 0), malformed);
  assert.throws(() => read.texts("b", 1, 1, 9), malformed);
});

test("Base64 has one form", () => {
  for (let length = 0; length < 8; length += 1) {
    const bytes = Uint8Array.from({ length }, (_, i) => 251 - 7 * i);
    assert.equal(b64(bytes), Buffer.from(bytes).toString("base64").replaceAll("=", ""));
    assert.deepEqual(unb64(b64(bytes), "x", length), bytes);
  }
  for (const text of ["A", "AB", "AAB", "AA==", "AA\n", "-_AA", "AAAAA", "Ａ"]) {
    assert.throws(() => unb64(text, "x"), malformed, text);
  }
  assert.throws(() => unb64("AAAA", "x", 2), malformed);
});
