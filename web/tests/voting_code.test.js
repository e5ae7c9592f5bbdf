import assert from "node:assert/strict";
import { inspect } from "node:util";
import { test } from "node:test";
import { deriveCredential } from "../ippyo/credential.js";
import { VotingCode } from "../ippyo/voting_code.js";
import { refusal, vectors } from "./vectors.js";

const { codes, readings, refused, credentials } = vectors("voting-code");
const malformed = refusal("malformed");

test("codes have their check symbols", () => {
  for (const { symbols, code } of codes) {
    assert.equal(new VotingCode(symbols).reveal(), code);
    assert.equal(VotingCode.parse(code).reveal(), code);
    assert.equal(new TextDecoder().decode(VotingCode.parse(code).keyMaterial()), symbols);
  }
});

test("what people type is read", () => {
  const { code } = codes.find((/** @type {{ symbols: string }} */ entry) => entry.symbols === readings.symbols);
  for (const typed of readings.typed) assert.equal(VotingCode.parse(typed).reveal(), code, typed);
});

test("everything else is refused, and the refusal does not show it", () => {
  for (const { why, typed } of refused) {
    assert.throws(
      () => VotingCode.parse(typed),
      (error) => malformed(error) && (typed.length < 5 || !String(error).includes(typed)),
      why,
    );
  }
  for (const symbols of ["", "0".repeat(25), "0".repeat(27), "U".repeat(26)]) {
    assert.throws(() => new VotingCode(symbols), malformed);
  }
});

test("generated codes take five bits of each byte, and differ", () => {
  assert.equal(VotingCode.generate((n) => new Uint8Array(n).fill(0xe1)).reveal().slice(0, 4), "1111");
  assert.equal(new Set(Array.from({ length: 50 }, () => VotingCode.generate().reveal())).size, 50);
});

test("a code shows itself to nobody by accident", () => {
  const code = VotingCode.generate();
  for (const shown of [String(code), JSON.stringify(code), inspect(code, { showHidden: true })]) {
    assert.ok(!shown.includes(code.reveal().slice(0, 4)), shown);
  }
});

test("credentials are those of the vectors", () => {
  for (const { code, fingerprint, group, secret, credential } of credentials) {
    if (group !== "Ed25519") continue;
    const derived = deriveCredential(VotingCode.parse(code), fingerprint);
    assert.deepEqual([derived.secret.toString(), derived.text], [secret, credential]);
  }
});
