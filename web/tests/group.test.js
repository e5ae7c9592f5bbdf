import assert from "node:assert/strict";
import { test } from "node:test";
import * as group from "../ippyo/group.js";
import { refusal, vectors } from "./vectors.js";

const file = vectors("group-ed25519");
const malformed = refusal("malformed");

test("order, generator and identity", () => {
  assert.equal(group.q.toString(), file.order);
  assert.equal(group.encode(group.GENERATOR), file.generator);
  assert.equal(group.encode(group.IDENTITY), file.identity);
  assert.ok(group.decode(file.identity).is0());
  assert.throws(() => group.decodeKey(file.identity, "key"), malformed);
});

test("powers, secret and public", () => {
  for (const { scalar, element } of file.powers_of_generator) {
    assert.equal(group.encode(group.mulBase(BigInt(scalar))), element);
    assert.equal(group.encode(group.mulPublic(group.GENERATOR, BigInt(scalar))), element);
  }
  for (const { base, scalar, element } of file.powers) {
    const point = group.decode(base);
    assert.equal(group.encode(group.mul(point, BigInt(scalar))), element);
    assert.equal(group.encode(group.mul(group.precompute(group.decode(base)), BigInt(scalar))), element);
  }
});

test("products, encoded one by one and all at once", () => {
  for (const { factors, product } of file.products) {
    const sum = factors.map((/** @type {string} */ text) => group.decode(text)).reduce(
      (/** @type {group.Element} */ a, /** @type {group.Element} */ b) => a.add(b),
      group.IDENTITY,
    );
    assert.equal(group.encode(sum), product);
    assert.deepEqual(group.encodeMany([sum, group.IDENTITY, sum.negate().negate()]), [product, file.identity, product]);
  }
});

test("texts that are no members are refused", () => {
  for (const { why, text } of file.elements_refused) assert.throws(() => group.decode(text), malformed, why);
});

test("scalars have one text", () => {
  for (const text of file.scalars) assert.equal(group.decodeScalar(text, "x").toString(), text);
  for (const { why, text } of file.scalars_refused) assert.throws(() => group.decodeScalar(text, "x"), malformed, why);
});

test("random scalars differ and are reduced", () => {
  const drawn = Array.from({ length: 20 }, () => group.randomScalar());
  assert.equal(new Set(drawn).size, 20);
  assert.ok(drawn.every((k) => k >= 0n && k < group.q));
});
