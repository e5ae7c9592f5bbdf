/** Contest after contest, up to the review: what is asked, and what the voter has answered. Nothing of it leaves the page. */

import { choiceOf, emptyAnswer, problem, toggle } from "./answers.js";

/** @typedef {import("../ippyo/contest.js").Contest} Contest */
/** @typedef {import("./answers.js").Answer} Answer */
/** @typedef {Pick<import("./sitting.js").Page, "show" | "say" | "wrong" | "right" | "contest" | "review">} Page */

export class Answering {
  #page;
  /** @type {Contest[]} */
  #contests = [];
  /** @type {Answer[]} */
  #answers = [];
  #position = 0;
  /** From the review on, who changes an answer comes back to the review. */
  #reviewing = false;

  /** @param {Page} page */
  constructor(page) {
    this.#page = page;
  }

  /** @returns {Contest[]} that are asked */
  get contests() {
    return this.#contests;
  }

  /** @returns {import("./device.js").Answered[]} what is to be sealed: a ballot each, none for a contest that is skipped */
  get answered() {
    return this.#contests.flatMap((contest, i) => {
      const choice = choiceOf(contest, this.#answers[i] ?? "open");
      return choice === null ? [] : [{ contest: contest.id, choice }];
    });
  }

  /** @param {Contest[]} contests to ask from now on; nothing is answered yet */
  prepare(contests) {
    this.#contests = contests;
    this.#answers = contests.map(emptyAnswer);
    this.#reviewing = false;
  }

  /** @param {number} position of the contest to ask */
  ask(position) {
    const contest = this.#contests[position];
    if (contest === undefined) return;
    this.#position = position;
    this.#page.right("contest");
    this.#page.contest(contest, this.#answers[position] ?? "open", this.#place());
    this.#page.show("contest");
  }

  /** @param {string} what `blank`, `skip`, or an answer's position */
  mark(what) {
    const contest = this.#contests[this.#position];
    if (contest === undefined) return;
    const before = this.#answers[this.#position] ?? emptyAnswer(contest);
    const whole = what === "blank" || what === "skip";
    const after = !whole ? toggle(contest, before, Number(what)) : before === what ? emptyAnswer(contest) : what;
    if (after === before) this.#page.say("limit-reached", { max: String(contest.max) });
    this.#answers[this.#position] = after;
    this.#page.right("contest");
    this.#page.contest(contest, after, this.#place());
  }

  /** On to the next contest, or to the review. */
  next() {
    const contest = this.#contests[this.#position];
    if (contest === undefined) return;
    const found = problem(contest, this.#answers[this.#position] ?? "open");
    if (found !== null) {
      this.#page.wrong("contest", found);
      return;
    }
    this.#page.right("contest");
    if (this.#reviewing || this.#position + 1 === this.#contests.length) this.review();
    else this.ask(this.#position + 1);
  }

  /** Show all answers. */
  review() {
    this.#reviewing = true;
    this.#page.right("review");
    this.#page.review(this.#contests, this.#answers);
    this.#page.show("review");
  }

  /** From a contest to the one before, or to the review. @returns {boolean} false before the first contest */
  back() {
    if (this.#reviewing) this.review();
    else if (this.#position > 0) this.ask(this.#position - 1);
    else return false;
    return true;
  }

  /** From the review to the last contest. */
  backToLast() {
    this.#reviewing = false;
    this.ask(this.#contests.length - 1);
  }

  #place() {
    return { number: this.#position + 1, of: this.#contests.length, reviewing: this.#reviewing };
  }
}
