/** One voter's sitting at the page: what the parts of the way share, and forget together. */

import { Attempts } from "../ippyo/attempts.js";
import { IppyoError } from "../ippyo/errors.js";

/** @typedef {import("./device.js").Questions} Questions */
/** @typedef {import("../ippyo/coin.js").Coin} Coin */

/**
 * @typedef {Pick<
 *   import("./view.js").VotingView,
 *   | "shown" | "show" | "state" | "write" | "input" | "wrong" | "right" | "refuse"
 *   | "say" | "word" | "contest" | "review" | "trackers" | "codes"
 * >} Page
 */

/**
 * What the way needs of its surroundings.
 *
 * @typedef {object} Surroundings
 * @property {Page} page
 * @property {import("./gateway.js").Gateway} gateway
 * @property {import("./client.js").BoothClient} device
 * @property {import("./kept.js").Store} storage of this device
 * @property {string} fingerprint Phi, as the page brought it along
 * @property {"ja" | "en"} language of the server's sentences
 * @property {(text: string) => Promise<Element | string>} drawQr
 * @property {(milliseconds: number) => Promise<void>} pause
 * @property {() => number} now milliseconds
 */

export class Sitting {
  /** @type {Questions | null} */
  #poll = null;
  #credential = "";
  #over = new AbortController();
  #closes = 0;
  #hurry = 0;
  #begin;

  /**
   * @param {Surroundings} at
   * @param {() => unknown} begin what may be tried as long as nothing has been tried, and when the worker is lost
   */
  constructor(at, begin) {
    this.#begin = begin;
    /** @readonly */
    this.at = at;
    /** @readonly */
    this.attempts = new Attempts((code, sentence) => this.#refuse(code, sentence), at.language, begin);
  }

  /** @returns {AbortSignal} what is under way belongs to this sitting; once it is over, nothing late may write any more */
  get over() {
    return this.#over.signal;
  }

  /** @returns {Questions} the poll's */
  get poll() {
    if (this.#poll === null) throw new IppyoError("wrong-order", "There is no poll yet.");
    return this.#poll;
  }

  /** @returns {number | null} milliseconds until the poll closes by the booth's clock, once that is known */
  get left() {
    return this.#closes === 0 ? null : this.#closes - (this.at.now() + this.#hurry);
  }

  /** @returns {Promise<"open" | "not-open" | "closed">} whether one can vote now; the poll and its clock are known then */
  async open() {
    const { gateway, device, fingerprint, now } = this.at;
    const clock = await gateway.clock();
    this.#hurry = clock.now - now();
    this.#closes = 1000 * clock.closes;
    this.#poll ??= await device.open(fingerprint, await gateway.poll());
    if (clock.phase === "closed" || clock.phase === "counted" || clock.now >= 1000 * clock.closes) return "closed";
    return clock.phase !== "open" || clock.now < 1000 * clock.opens ? "not-open" : "open";
  }

  /** @param {string} code a voting code as typed or scanned */
  async useCode(code) {
    const { page, device } = this.at;
    this.#credential = "";
    this.#credential = await device.useCode(code);
    page.write("mark", page.word("mark-is", { mark: await device.mark() }));
  }

  /**
   * @returns {Promise<{ coin: Coin | null, ticket: string | null }>} the coin as it is proved, the ticket as it came; none
   *   as long as no voting code was taken
   */
  async coin() {
    if (this.#credential === "") return { coin: null, ticket: null };
    const { answer, ticket } = await this.at.gateway.coin(this.#credential);
    return { coin: await this.at.device.takeCoin(answer), ticket };
  }

  /** @returns {import("./delivery.js").Means} for what is delivered in this sitting */
  means() {
    const { gateway, pause, page } = this.at;
    const over = this.over;
    return { gateway, pause, over, tell: (stage) => (over.aborted ? undefined : page.state(stage)) };
  }

  /** Forget this voter: another sitting begins. */
  async forget() {
    this.#over.abort();
    this.#over = new AbortController();
    this.#credential = "";
    this.at.page.write("mark", "");
    // A worker that does not run holds nothing.
    if (this.#poll !== null) await this.at.device.forget().catch(() => undefined);
  }

  /** @param {string} code @param {string} [sentence] of the server */
  #refuse(code, sentence) {
    if (code === "stopped") return;
    if (code === "no-worker") this.#lose();
    // Nobody is told that a vote is in on the booth's bare word.
    this.at.page.refuse(code === "duplicate" ? "not-in" : code, sentence);
  }

  /** With the worker went poll, code, ticket and sealed ballots: the next one is to be told of them anew. */
  #lose() {
    this.#poll = null;
    this.#credential = "";
    this.attempts.instead(this.#begin);
  }
}
