import assert from "node:assert/strict";
import { test } from "node:test";
import { blind, finalize, verify } from "../ippyo/blind_rsa.js";
import { concat, fromInteger, hex, toInteger, unhex } from "../ippyo/bytes.js";
import { RsaPublicKey } from "../ippyo/rsa.js";
import { refusal, vectors } from "./vectors.js";

const published = vectors("rfc9474").vectors;
const [deterministic] = published.filter((/** @type {any} */ v) => v.name === "RSABSSA-SHA384-PSSZERO-Deterministic");

/** @param {any} vector */
function inputs(vector) {
  const key = new RsaPublicKey(BigInt(`0x${vector.n}`));
  // The vectors give the inverse of r.
  const r = key.invert(BigInt(`0x${vector.inv}`)) ?? 0n;
  const salt = unhex(vector.salt ?? "");
  const message = concat(unhex(vector.msg_prefix ?? ""), unhex(vector.msg));
  return { key, r, salt, message };
}

for (const vector of published) {
  test(`RFC 9474: ${vector.name}`, () => {
    const { key, r, salt, message } = inputs(vector);
    const blinding = blind(key, message, r, salt);
    assert.equal(hex(blinding.blinded), vector.blinded_msg);
    const signature = finalize(key, message, unhex(vector.blind_sig), blinding, salt.length);
    assert.equal(hex(signature), vector.sig);
    assert.ok(verify(key, message, signature, salt.length));
    for (const at of [0, 100, signature.length - 1]) {
      const altered = signature.slice();
      altered[at] = (altered[at] ?? 0) ^ 1;
      assert.ok(!verify(key, message, altered, salt.length));
    }
    assert.ok(!verify(key, concat(message, Uint8Array.of(0)), signature, salt.length));
    assert.ok(!verify(key, message, signature, salt.length === 0 ? 48 : 0));
  });
}

test("answers that are no signature of the blinded message are refused", () => {
  const { key, r, message } = inputs(deterministic);
  const blinding = blind(key, message, r);
  const good = unhex(deterministic.blind_sig);
  const wrong = [good.subarray(1), concat(good, Uint8Array.of(0)), good.map((byte, i) => (i === 9 ? byte ^ 1 : byte))];
  for (const answer of [...wrong, fromInteger(key.n, key.size), new Uint8Array(0)]) {
    assert.throws(() => finalize(key, message, answer, blinding), refusal("bad-blind-signature"));
  }
  const signature = toInteger(unhex(deterministic.sig));
  assert.ok(!verify(key, message, fromInteger(signature, key.size).subarray(1)));
  if (signature + key.n < 1n << BigInt(8 * key.size)) {
    assert.ok(!verify(key, message, fromInteger(signature + key.n, key.size)));
  }
});

test("blindings that hide nothing, and keys with a known factor, are refused", () => {
  const { key, message } = inputs(deterministic);
  for (const r of [0n, 1n, key.n, key.n + 2n, BigInt(`0x${deterministic.p}`)]) {
    assert.throws(() => blind(key, message, r), refusal("bad-blinding"));
  }
});

test("poll keys have one text", () => {
  const text = vectors("ticket").keys.A.public;
  assert.equal(RsaPublicKey.fromText(text).bits, 3072);
  const der = Buffer.from(text, "base64");
  const change = (/** @type {number} */ at, /** @type {number} */ value) => {
    const copy = Buffer.from(der);
    copy[at] = value;
    return copy.toString("base64").replaceAll("=", "");
  };
  const last = der.length - 1;
  for (const wrong of [change(0, 0x31), change(last, 3), change(33, 0x01), change(last - 5, 0), "", text.slice(4)]) {
    assert.throws(() => RsaPublicKey.fromText(wrong), refusal("malformed"));
  }
});
