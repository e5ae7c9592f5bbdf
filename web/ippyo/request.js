/** What a card signs in a poll, byte for byte (docs/registration.md §2). */

import { concat, utf8 } from "./bytes.js";
import { b64, b64url, dumps, sha256 } from "./canonical.js";

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

/** @param {string} text R @returns {Uint8Array} the message that the card signs */
export function requestToSign(text) {
  return utf8(`ippyo-request-v1|${text}`);
}

/** @param {string} text R @returns {string} the nonce by which デジタル認証 attests R without a signature */
export function attestationNonce(text) {
  return b64url(sha256(requestToSign(text)));
}

/**
 * @param {{ poll: string, nonce: string, time: number, userCertificate: Uint8Array }} binding certificate in DER
 * @returns {string} the canonical text B
 */
export function bindingText({ poll, nonce, time, userCertificate }) {
  return dumps({ type: "card-binding", poll, nonce, time, user_certificate: b64(sha256(userCertificate)) });
}

/** @param {string} text B @returns {Uint8Array} the message that both keys of the card sign */
export function bindingToSign(text) {
  return utf8(`ippyo-binding-v1|${text}`);
}

/** @param {string} fingerprint Phi @returns {Uint8Array} what a card signs for a voting code; stays on the device */
export function codeToSign(fingerprint) {
  return concat(utf8("ippyo-voting-code-v1|"), utf8(fingerprint));
}

/**
 * What a card answered: certificate (DER) and signature in Base64.
 *
 * @typedef {{ certificate: string, algorithm: string, signature: string }} CardAnswer
 */

/** @param {string} text R @param {CardAnswer} answer @returns {string} the canonical signed request */
export function signedRequestText(text, { certificate, algorithm, signature }) {
  return `{"request":${text},${dumps({ certificate, algorithm, signature }).slice(1)}`;
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

/** @param {string} text B @param {CardAnswer} answer @param {CardAnswer} user @returns {string} the signed binding */
export function signedBindingText(text, answer, user) {
  const rest = {
    certificate: answer.certificate,
    algorithm: answer.algorithm,
    signature: answer.signature,
    user_certificate: user.certificate,
    user_algorithm: user.algorithm,
    user_signature: user.signature,
  };
  return `{"binding":${text},${dumps(rest).slice(1)}`;
}
