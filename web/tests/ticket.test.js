import assert from "node:assert/strict";
import { test } from "node:test";
import { hex, unhex } from "../ippyo/bytes.js";
import { deriveBlinding } from "../ippyo/credential.js";
import { RsaPublicKey } from "../ippyo/rsa.js";
import { FaultyIssuerError, parseTicket, ticketText, TicketRequest, verifyTicket } from "../ippyo/ticket.js";
import { VotingCode } from "../ippyo/voting_code.js";
import { refusal, vectors } from "./vectors.js";

const file = vectors("ticket");
const [first] = file.tickets;

/** @param {string[]} names */
const keysOf = (names) => names.map((name) => RsaPublicKey.fromText(file.keys[name].public));
/** @param {any} entry */
const requestOf = (entry) => {
  return new TicketRequest(VotingCode.parse(entry.code), entry.fingerprint, entry.style, keysOf(entry.issuers));
};

test("requests and tickets are those of the vectors", () => {
  for (const entry of file.tickets) {
    if (entry.group !== "Ed25519") continue;
    const request = requestOf(entry);
    const code = VotingCode.parse(entry.code);
    request.keys.forEach((key, i) => {
      assert.equal(deriveBlinding(code, entry.fingerprint, i + 1, entry.style, key).toString(), entry.blindings[i]);
    });
    assert.deepEqual(request.blinded.map(hex), entry.blinded);
    const ticket = request.finish(entry.blind_signatures.map(unhex));
    assert.equal(ticketText(ticket), entry.ticket);
    verifyTicket(parseTicket(entry.ticket), entry.fingerprint, keysOf(entry.issuers));
  }
});

test("a faulty issuer is named", () => {
  for (const { why, faulty_issuer: issuer, blind_signatures: answers } of file.refused_answers) {
    assert.throws(
      () => requestOf(first).finish(answers.map(unhex)),
      (error) => error instanceof FaultyIssuerError && error.issuer === issuer,
      why,
    );
  }
});

test("altered tickets are refused", () => {
  for (const { why, error, ticket } of file.refused_tickets) {
    const check = () => verifyTicket(parseTicket(ticket), first.fingerprint, keysOf(first.issuers));
    assert.throws(check, refusal(error), why);
  }
});

test("a ticket is good in its place only", () => {
  for (const { why, fingerprint, issuers } of file.wrong_place) {
    const check = () => verifyTicket(parseTicket(first.ticket), fingerprint, keysOf(issuers));
    assert.throws(check, refusal("bad-ticket"), why);
  }
});
