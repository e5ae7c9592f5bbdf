/** Requests for a ticket, byte for byte (docs/registration.md §2): for the card to sign, and for further issuers. */

import { b64, dumps } from "./canonical.js";

/** @typedef {{ style: string, blinded: Uint8Array[] }} StyleRequest blinded: 384 bytes each, in issuer order */

/**
 * A request for a ticket, with the nonce (Base64) and time (seconds) that the desk gave.
 *
 * @typedef {object} TicketRequestText
 * @property {string} poll Phi
 * @property {string} nonce
 * @property {number} time
 * @property {StyleRequest[]} styles
 */

/** @param {TicketRequestText} request @returns {string} the canonical text R */
export function requestText(request) {
  return dumps({
    type: "ticket-request",
    poll: request.poll,
    nonce: request.nonce,
    time: request.time,
    styles: request.styles.map(({ style, blinded }) => ({ style, blinded: blinded.map(b64) })),
  });
}

/**
 * What further issuers are sent.
 *
 * @param {string} signed canonical signed request @param {string} desk the desk's word (Base64)
 * @returns {string} the canonical vouched request
 */
export function vouchedRequestText(signed, desk) {
  return `{"signed":${signed},${dumps({ desk }).slice(1)}`;
}
