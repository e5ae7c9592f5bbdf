/** The ticket (投票券): every issuer's blind signature of one credential, for one ballot style (docs/protocol.md §6). */

import { blind, finalize, verify } from "./blind_rsa.js";
import { utf8 } from "./bytes.js";
import { b64, dumps, fields, loads, unb64 } from "./canonical.js";
import { deriveBlinding, deriveCredential } from "./credential.js";
import { CheckError } from "./errors.js";
import { decodeKey, TEXT_LENGTH } from "./group.js";
import { MAX_ISSUERS } from "./limits.js";
import { POLL_KEY_BYTES } from "./rsa.js";

/** @typedef {import("./rsa.js").RsaPublicKey} RsaPublicKey */
/** @typedef {import("./voting_code.js").VotingCode} VotingCode */
/** @typedef {import("./canonical.js").JsonValue} JsonValue */

const WHAT = "ticket";
const TEXT_LIMIT = 16_384;
const STYLE_LIMIT = 40;

/**
 * @typedef {object} Ticket
 * @property {string} style
 * @property {string} credential str(C)
 * @property {Uint8Array[]} signatures 384 bytes each, in issuer order
 */

/** @param {string} fingerprint Phi @param {string} credential str(C) @returns {Uint8Array} what issuers sign */
function ticketMessage(fingerprint, credential) {
  return utf8(`ippyo-ticket-v1|${fingerprint}|${credential}`);
}

/** @param {Ticket} ticket @returns {JsonValue} */
function ticketValue(ticket) {
  return { style: ticket.style, credential: ticket.credential, signatures: ticket.signatures.map(b64) };
}

/** @param {Ticket} ticket @returns {string} the canonical text */
export function ticketText(ticket) {
  return dumps(ticketValue(ticket));
}

/** @param {string} text @returns {Ticket} its form is good; {@link verifyTicket} checks the signatures */
export function parseTicket(text) {
  const read = fields(loads(text, WHAT, TEXT_LIMIT), WHAT, "style", "credential", "signatures");
  const credential = read.text("credential", TEXT_LENGTH);
  decodeKey(credential, "credential");
  const signatures = read.texts("signatures", 1, MAX_ISSUERS, 2 * POLL_KEY_BYTES);
  return {
    style: read.text("style", STYLE_LIMIT),
    credential,
    signatures: signatures.map((signature) => unb64(signature, "ticket signature", POLL_KEY_BYTES)),
  };
}

/**
 * @param {Ticket} ticket @param {string} fingerprint Phi
 * @param {RsaPublicKey[]} keys those of the ticket's style in genesis, in issuer order
 */
export function verifyTicket(ticket, fingerprint, keys) {
  if (ticket.signatures.length !== keys.length) {
    throw new CheckError("bad-ticket", `The ticket has ${ticket.signatures.length} signatures, not ${keys.length}.`);
  }
  const message = ticketMessage(fingerprint, ticket.credential);
  ticket.signatures.forEach((signature, index) => {
    const key = keys[index];
    if (key === undefined || !verify(key, message, signature)) {
      throw new CheckError("bad-ticket", `The ticket's signature of issuer ${index + 1} is false.`);
    }
  });
}

/** An issuer answered with something that is no signature of what was asked. */
export class FaultyIssuerError extends CheckError {
  /** @param {number} issuer from 1 @param {string} problem */
  constructor(issuer, problem) {
    super("faulty-issuer", `Issuer ${issuer}: ${problem}`);
    this.issuer = issuer;
  }
}

/** A request for a ticket: its blinded messages are public, all else stays on the device. */
export class TicketRequest {
  /** @type {string} */
  #credential;
  /** @type {import("./blind_rsa.js").Blinding[]} */
  #blindings;

  /**
   * The same code makes the same request again.
   *
   * @param {VotingCode} code @param {string} fingerprint Phi @param {string} style
   * @param {RsaPublicKey[]} keys of that style, in issuer order
   */
  constructor(code, fingerprint, style, keys) {
    /** @readonly */
    this.fingerprint = fingerprint;
    /** @readonly */
    this.style = style;
    /** @readonly */
    this.keys = keys;
    this.#credential = deriveCredential(code, fingerprint).text;
    const message = ticketMessage(fingerprint, this.#credential);
    this.#blindings = keys.map((key, index) => {
      return blind(key, message, deriveBlinding(code, fingerprint, index + 1, style, key));
    });
  }

  /** @returns {Uint8Array[]} what each issuer signs, in issuer order (384 bytes each) */
  get blinded() {
    return this.#blindings.map((blinding) => blinding.blinded);
  }

  /**
   * @param {Uint8Array[]} blindSignatures the issuers' answers, in issuer order
   * @returns {Ticket} verified
   */
  finish(blindSignatures) {
    const message = ticketMessage(this.fingerprint, this.#credential);
    if (blindSignatures.length > this.keys.length) {
      throw new CheckError("bad-ticket", "There are more blind signatures than issuers.");
    }
    const signatures = this.keys.map((key, index) => {
      const [answer, blinding] = [blindSignatures[index], this.#blindings[index]];
      if (answer === undefined || blinding === undefined) throw new FaultyIssuerError(index + 1, "no answer");
      try {
        return finalize(key, message, answer, blinding);
      } catch (error) {
        throw new FaultyIssuerError(index + 1, error instanceof Error ? error.message : "no signature");
      }
    });
    return { style: this.style, credential: this.#credential, signatures };
  }
}
