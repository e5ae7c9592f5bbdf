/**
 * The voter's device: holds the voting code and all that follows from it, and gives out what may leave.
 *
 * It lives in a worker (worker.js), so that the page never waits for it, and so that no script of the page holds
 * secrets that it was not given.
 */

import { unb64 } from "./canonical.js";
import { deriveCredential } from "./credential.js";
import { IppyoError } from "./errors.js";
import { markOf } from "./mark.js";
import { Poll } from "./poll.js";
import { requestText } from "./request.js";
import { POLL_KEY_BYTES } from "./rsa.js";
import { ticketText, TicketRequest } from "./ticket.js";
import { VotingCode } from "./voting_code.js";

/** @typedef {import("./poll.js").PollTexts} PollTexts */
/** @typedef {import("./manifest.js").Policies} Policies */
/** @typedef {import("./rules.js").Text} Text */

/** @typedef {{ title: Text, styles: string[], issuers: string[], policies: Policies }} PollSummary */

/** Calls take and return plain values only, for they go from page to worker. */
export class Device {
  /** @type {Poll | null} */
  #poll = null;
  /** @type {VotingCode | null} */
  #code = null;
  /** @type {Map<string, TicketRequest>} */
  #requests = new Map();

  /** @param {string} fingerprint Phi, pinned @param {PollTexts} texts @returns {PollSummary} */
  open(fingerprint, texts) {
    this.#poll = Poll.open(fingerprint, texts);
    const { title, styles, issuers, policies } = this.#poll.manifest;
    return { title, styles: styles.map((style) => style.id), issuers, policies };
  }

  /** Draw a new voting code. */
  drawCode() {
    this.#take(VotingCode.generate());
  }

  /** @param {string} text a voting code: typed, kept over a redirect, or from the card */
  useCode(text) {
    this.#take(VotingCode.parse(text));
  }

  /** @returns {string} the voting code, for the voter's eyes */
  reveal() {
    return this.#need(this.#code, "voting code").reveal();
  }

  /** @returns {string} the mark of the code's credential: noted beside the code, it is what checks are compared with */
  mark() {
    const { fingerprint } = this.#need(this.#poll, "poll");
    return markOf(deriveCredential(this.#need(this.#code, "voting code"), fingerprint).text);
  }

  /** Forget every secret. */
  forget() {
    this.#code = null;
    this.#requests.clear();
  }

  /**
   * @param {{ nonce: string, time: number, styles: string[] }} visit what the desk said
   * @returns {string} R: the canonical ticket request for the card to sign
   */
  request({ nonce, time, styles }) {
    const poll = this.#need(this.#poll, "poll");
    const code = this.#need(this.#code, "voting code");
    const entries = styles.map((style) => {
      const request =
        this.#requests.get(style) ?? new TicketRequest(code, poll.fingerprint, style, poll.ticketKeys(style));
      this.#requests.set(style, request);
      return { style, blinded: request.blinded };
    });
    unb64(nonce, "nonce", 32);
    return requestText({ poll: poll.fingerprint, nonce, time, styles: entries });
  }

  /**
   * @param {string} style that the issuers signed for
   * @param {string[]} answers their blind signatures in Base64, in issuer order
   * @returns {string} the ticket's canonical text; every signature in it has been verified
   */
  finish(style, answers) {
    const request = this.#need(this.#requests.get(style), "request for this ballot style");
    return ticketText(request.finish(answers.map((answer) => unb64(answer, "blind signature", POLL_KEY_BYTES))));
  }

  /** @param {VotingCode} code */
  #take(code) {
    this.forget();
    this.#code = code;
  }

  /**
   * @template T
   * @param {T | null | undefined} value @param {string} what
   * @returns {T}
   */
  #need(value, what) {
    if (value === null || value === undefined) throw new IppyoError("wrong-order", `There is no ${what} yet.`);
    return value;
  }
}
