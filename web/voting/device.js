/**
 * The voter's device at the booth: holds voting code, ticket and sealed ballots, and gives out what may leave.
 *
 * It lives in a worker (worker.js). A sealed ballot is either cast or opened, never both: whichever is asked for first
 * bars the other.
 */

import { sha256b64 } from "../ippyo/canonical.js";
import { ledgerFacts } from "../ippyo/checkpoint.js";
import { verifyCoin } from "../ippyo/coin.js";
import { deriveCredential } from "../ippyo/credential.js";
import { CheckError, IppyoError, ParseError } from "../ippyo/errors.js";
import { markOf } from "../ippyo/mark.js";
import { parseBallot, checkBallot } from "../ippyo/ballot.js";
import { openingText, sealedText } from "../ippyo/opening.js";
import { Poll } from "../ippyo/poll.js";
import { randomBytes } from "../ippyo/random.js";
import { parseReceipt, verifyReceipt } from "../ippyo/receipt.js";
import { seal, seeded, SEED_BYTES } from "../ippyo/seal.js";
import { parseTicket, verifyTicket } from "../ippyo/ticket.js";
import { castText, spoilText, STEP } from "../ippyo/transactions.js";
import { VotingCode } from "../ippyo/voting_code.js";
import { randomScalar } from "../ippyo/group.js";

/** @typedef {import("../ippyo/poll.js").PollTexts} PollTexts */
/** @typedef {import("../ippyo/seal.js").Choice} Choice */
/** @typedef {import("../ippyo/contest.js").Contest} Contest */
/** @typedef {import("../ippyo/manifest.js").Style} Style */
/** @typedef {import("../ippyo/rules.js").Text} Text */
/** @typedef {import("../ippyo/ticket.js").Ticket} Ticket */
/** @typedef {import("../ippyo/coin.js").Coin} Coin */
/** @typedef {import("../ippyo/coin.js").CoinAnswer} CoinAnswer */
/** @typedef {import("../ippyo/credential.js").Credential} Credential */

/**
 * What the page needs of a poll to ask its questions.
 *
 * @typedef {object} Questions
 * @property {Text} title
 * @property {number} opens seconds since 1970 UTC
 * @property {number} closes
 * @property {"last-counts" | "never"} revote
 * @property {Style[]} styles
 * @property {Contest[]} contests
 */

/** @typedef {{ contest: string, choice: Choice }} Answered */
/** @typedef {{ contest: string, tracker: string }} Tracked */
/** @typedef {Answered & Tracked & { seed: Uint8Array, ballot: string, signature: import("../ippyo/proofs.js").Proof }} Sealed */

/** Calls take and return plain values only, for they go from page to worker. */
export class BoothDevice {
  /** @type {Poll | null} */
  #poll = null;
  /** @type {Credential | null} */
  #credential = null;
  /** @type {Ticket | null} */
  #ticket = null;
  /** @type {Sealed[]} */
  #sealed = [];
  /** What a retry sends must be the same again, so that the booth knows it. @type {string[]} */
  #spoils = [];
  #number = 0;
  /** The highest number known to be spent: proved, and never from an answer's bare word. @type {number | null} */
  #last = null;
  /** @type {"none" | "sealed" | "casting" | "opening"} */
  #state = "none";

  /** @param {string} fingerprint Phi, pinned @param {PollTexts} texts @returns {Questions} */
  open(fingerprint, texts) {
    this.#poll = Poll.open(fingerprint, texts);
    const { title, opens, closes, policies, styles, contests } = this.#poll.manifest;
    return { title, opens, closes, revote: policies.revote, styles, contests };
  }

  /** @param {string} text a voting code as typed or scanned @returns {string} the credential, which is public */
  useCode(text) {
    const [before, last] = [this.#credential?.text, this.#last];
    this.forget();
    const poll = this.#need(this.#poll, "poll");
    this.#credential = deriveCredential(VotingCode.parse(text), poll.fingerprint);
    if (this.#credential.text === before) this.#last = last;
    return this.#credential.text;
  }

  /** @returns {string} the credential's mark, which the voter compares with the one noted at registration */
  mark() {
    return markOf(this.#need(this.#credential, "voting code").text);
  }

  /**
   * Believe nothing that is not proved: a booth that made up a higher `last` could keep the cast that follows from it,
   * and later put it in the place of a newer vote from another device.
   *
   * @param {CoinAnswer} answer the booth's @returns {Coin | null} the coin, or null where the ledger has none
   */
  takeCoin(answer) {
    const facts = ledgerFacts(this.#need(this.#poll, "poll").genesis);
    const coin = provedCoin(answer, this.#need(this.#credential, "voting code").text, facts);
    this.#last = Math.max(this.#last ?? 0, coin?.last ?? 0);
    return coin;
  }

  /** @param {string} text of a ticket, from the registration page, a file or the ledger @returns {string} its style */
  takeTicket(text) {
    const poll = this.#need(this.#poll, "poll");
    const ticket = parseTicket(text.trim());
    if (ticket.credential !== this.#need(this.#credential, "voting code").text) {
      throw new CheckError("other-ticket", "The ticket belongs to another voting code.");
    }
    verifyTicket(ticket, poll.fingerprint, poll.ticketKeys(ticket.style));
    this.#ticket = ticket;
    return ticket.style;
  }

  /**
   * Seal with new seeds. What was sealed before and not cast is gone.
   *
   * @param {Answered[]} answers in manifest order
   * @returns {{ text: string, trackers: Tracked[] }} what the page shows before it knows which the voter will choose
   */
  seal(answers) {
    const poll = this.#need(this.#poll, "poll");
    const credential = this.#need(this.#credential, "voting code");
    this.#need(this.#ticket, "ticket");
    const last = this.#need(this.#last, "coin");
    if (this.#state === "casting") throw new IppyoError("wrong-order", "This ballot is on its way.");
    this.#sealed = answers.map(({ contest, choice }) => {
      const election = poll.election(contest);
      const seed = randomBytes(SEED_BYTES);
      const ballot = seal(election, credential, choice, seeded(seed, election, credential.text), randomScalar);
      const parsed = parseBallot(election, ballot);
      return { contest, choice, seed, ballot, tracker: parsed.tracker, signature: parsed.signature };
    });
    this.#spoils = [];
    this.#number = last + STEP;
    this.#state = "sealed";
    const trackers = this.#sealed.map(({ contest, tracker }) => ({ contest, tracker }));
    return { text: sealedText(poll.fingerprint, trackers.map(({ tracker }) => tracker)), trackers };
  }

  /** @returns {string} the cast's text; the same again while it is on its way */
  cast() {
    this.#turn("casting");
    for (const { contest, ballot } of this.#sealed) {
      const election = this.#need(this.#poll, "poll").election(contest);
      checkBallot(election, parseBallot(election, ballot));
    }
    return castText(this.#voter(), this.#number, this.#sealed.map(({ ballot }) => ballot));
  }

  /** @returns {string[]} the spoils' texts, the same again until sealed anew: after them no such ballot can be cast */
  spoils() {
    this.#turn("opening");
    if (this.#spoils.length === 0) this.#spoils = this.#sealed.map(({ tracker }) => spoilText(this.#voter(), tracker));
    return this.#spoils;
  }

  /** @returns {string} the opening, for the checker's eyes; only once the spoils are in the ledger */
  opening() {
    if (this.#state !== "opening") throw new IppyoError("wrong-order", "The ballots have not been spoiled.");
    const { fingerprint } = this.#need(this.#poll, "poll");
    const credential = this.#need(this.#credential, "voting code").text;
    return openingText({ fingerprint, credential, ballots: this.#sealed });
  }

  /**
   * @param {string} text a receipt @param {string} id of the transaction @param {string[]} trackers
   * @returns {number} the position in the ledger of the cast with these trackers; nothing else is accepted
   */
  checkReceipt(text, id, trackers) {
    const index = this.#included(text, "cast", id, trackers);
    const mine = this.#state === "casting" && this.#sealed.map(({ tracker }) => tracker).join() === trackers.join();
    if (mine) this.#last = Math.max(this.#last ?? 0, this.#number);
    return index;
  }

  /** @param {string} text a receipt @param {string} id @param {number} which of {@link spoils}, which is in the ledger */
  checkSpoil(text, id, which) {
    const [spoil, ballot] = [this.#spoils[which], this.#sealed[which]];
    if (spoil === undefined || ballot === undefined || transactionId(spoil) !== id) {
      throw new CheckError("other-receipt", "The receipt is of another transaction.");
    }
    this.#included(text, "spoil", id, [ballot.tracker]);
  }

  /** The cast is in, or was refused: another may be sealed. */
  settle() {
    this.#sealed = [];
    this.#spoils = [];
    this.#state = "none";
  }

  /** Forget every secret. */
  forget() {
    this.#credential = null;
    this.#ticket = null;
    this.#last = null;
    this.settle();
  }

  /**
   * @param {string} text a receipt @param {string} type @param {string} id @param {string[]} trackers
   * @returns {number} position of the entry of just this transaction
   */
  #included(text, type, id, trackers) {
    const receipt = parseReceipt(text);
    const entry = verifyReceipt(receipt, ledgerFacts(this.#need(this.#poll, "poll").genesis));
    const same = entry.trackers.join() === trackers.join();
    if (entry.type !== type || !same || idOfHash(entry.hash) !== id) {
      throw new CheckError("other-receipt", "The receipt is of another transaction.");
    }
    return receipt.index;
  }

  /** @param {"casting" | "opening"} to */
  #turn(to) {
    if (this.#state !== "sealed" && this.#state !== to) {
      throw new IppyoError("wrong-order", "There is no sealed ballot for that.");
    }
    this.#state = to;
  }

  #voter() {
    const poll = this.#need(this.#poll, "poll").fingerprint;
    return { poll, ticket: this.#need(this.#ticket, "ticket"), credential: this.#need(this.#credential, "voting code") };
  }

  /**
   * @template T
   * @param {T | null} value @param {string} what
   * @returns {T}
   */
  #need(value, what) {
    if (value === null) throw new IppyoError("wrong-order", `There is no ${what} yet.`);
    return value;
  }
}

/**
 * @param {CoinAnswer} answer @param {string} credential @param {import("../ippyo/checkpoint.js").LedgerFacts} facts
 * @returns {Coin | null}
 */
function provedCoin(answer, credential, facts) {
  try {
    return verifyCoin(answer, credential, facts);
  } catch (error) {
    // To the voter, an answer of no form and a false one are the same: one that cannot be believed.
    if (error instanceof ParseError) throw new CheckError("coin-not-proved", error.message);
    throw error;
  }
}

/** @param {string} text of a transaction @returns {string} its id at the gateway: H(text) in Base64url */
export function transactionId(text) {
  return idOfHash(sha256b64(text));
}

/** @param {string} hash Base64 without padding @returns {string} */
function idOfHash(hash) {
  return hash.replaceAll("+", "-").replaceAll("/", "_");
}
