/** What a voter sends to the ledger from a browser: casts and spoils (docs/protocol.md §8). */

import { dumps, sha256b64 } from "./canonical.js";
import * as group from "./group.js";
import { proofValue, proveKnowledge } from "./proofs.js";
import { ticketText } from "./ticket.js";

/** @typedef {import("./credential.js").Credential} Credential */
/** @typedef {import("./ticket.js").Ticket} Ticket */
/** @typedef {import("./proofs.js").Draw} Draw */

/** How far after the last accepted number a device goes, so that nothing sealed before can come after it (§9). */
export const STEP = 16;

/**
 * @typedef {object} Voter
 * @property {string} poll Phi
 * @property {Ticket} ticket
 * @property {Credential} credential
 */

/**
 * @param {Voter} voter @param {number} number `last` of the coin + {@link STEP}
 * @param {string[]} ballots texts, in manifest order of contests @param {Draw} [draw]
 * @returns {string} canonical
 */
export function castText({ poll, ticket, credential }, number, ballots, draw = group.randomScalar) {
  const trackers = ballots.map(sha256b64).join(",");
  const prefix = `ippyo-cast-v1|${poll}|${ticket.style}|${number}|${trackers}|${credential.text}|`;
  const proof = dumps(proofValue(proveKnowledge(prefix, credential.secret, draw)));
  return (
    `{"type":"cast","poll":${dumps(poll)},"ticket":${ticketText(ticket)},"number":${number},` +
    `"ballots":[${ballots.join(",")}],"proof":${proof}}`
  );
}

/**
 * @param {Voter} voter @param {string} tracker of a ballot that is opened instead of cast @param {Draw} [draw]
 * @returns {string} canonical
 */
export function spoilText({ poll, ticket, credential }, tracker, draw = group.randomScalar) {
  const prefix = `ippyo-spoil-v1|${poll}|${ticket.style}|${tracker}|${credential.text}|`;
  const proof = dumps(proofValue(proveKnowledge(prefix, credential.secret, draw)));
  const start = `{"type":"spoil","poll":${dumps(poll)},"ticket":${ticketText(ticket)}`;
  return `${start},"tracker":${dumps(tracker)},"proof":${proof}}`;
}
