/**
 * The way of a voter through the booth (docs/booth.md): code, ticket where it is not known yet, one contest after the
 * other, review, free will, sealing, cast or check, waiting, done.
 *
 * No element of the page stands here. What is sealed stays in the worker; answers and sealed text in this object only.
 */

import { IppyoError } from "../ippyo/errors.js";
import { Refusal } from "../registration/http.js";
import { split } from "../checker/parts.js";
import { choiceOf, emptyAnswer, problem, toggle } from "./answers.js";
import { arrival, send } from "./delivery.js";
import { drop, keep, kept } from "./kept.js";

/** @typedef {import("./answers.js").Answer} Answer */
/** @typedef {import("./device.js").Questions} Questions */
/** @typedef {import("./device.js").Tracked} Tracked */
/** @typedef {import("../ippyo/coin.js").Coin} Coin */
/** @typedef {import("../ippyo/contest.js").Contest} Contest */
/** @typedef {import("./kept.js").Kept} Kept */

/**
 * @typedef {Pick<
 *   import("./view.js").VotingView,
 *   | "shown" | "has" | "show" | "state" | "write" | "input" | "wrong" | "right" | "refuse"
 *   | "say" | "word" | "contest" | "review" | "trackers" | "codes" | "leavable"
 * >} Page
 */

/**
 * What the way needs of its surroundings.
 *
 * @typedef {object} Surroundings
 * @property {Page} page
 * @property {import("./gateway.js").Gateway} gateway
 * @property {import("./client.js").BoothClient} device
 * @property {Storage} storage of this device
 * @property {string} fingerprint Phi, as the page brought it along
 * @property {"ja" | "en"} language of the server's sentences
 * @property {(text: string) => Promise<Element | string>} drawQr
 * @property {(milliseconds: number) => Promise<void>} pause
 * @property {() => number} now milliseconds
 */

/** @param {unknown} error @returns {string} */
function codeOf(error) {
  return error instanceof IppyoError ? error.code : "internal-error";
}

export class Way {
  #at;
  /** @type {Questions | null} */
  #poll = null;
  /** @type {import("./handed_over.js").Handed | null} */
  #handed = null;
  #credential = "";
  #mark = "";
  /** @type {Contest[]} */
  #contests = [];
  /** @type {Answer[]} */
  #answers = [];
  #position = 0;
  #reviewing = false;
  /** @type {{ text: string, trackers: Tracked[] } | null} */
  #sealed = null;
  /** @type {{ id: string, trackers: Tracked[], receipt: string } | null} */
  #cast = null;
  /** @type {string[]} */
  #parts = [];
  #part = 0;
  /** How many of the spoils are in, as their receipts prove. */
  #spoiled = 0;
  #closes = 0;
  #hurry = 0;
  /** What is under way belongs to this round; forgetting begins another, and nothing late may write any more. */
  #round = 0;
  /** @type {() => Promise<void>} */
  #retry;

  /** @param {Surroundings} surroundings */
  constructor(surroundings) {
    this.#at = surroundings;
    this.#retry = () => this.begin();
  }

  /** @returns {Kept | null} what the voter kept here of an earlier vote */
  get kept() {
    return kept(this.#at.storage, this.#at.fingerprint);
  }

  /** @returns {string} the receipt, once it is there */
  get receipt() {
    return this.#cast?.receipt ?? "";
  }

  /** @returns {number | null} milliseconds until the poll closes by the booth's clock, once that is known */
  get left() {
    return this.#closes === 0 ? null : this.#closes - (this.#at.now() + this.#hurry);
  }

  /** Leave the welcome screen. @returns {Promise<void>} */
  begin() {
    return this.#try(async () => {
      if (!(await this.#open())) return;
      if (this.#handed !== null) await this.#useCode(this.#handed.code);
      else this.#at.page.show("code");
    }, () => this.begin());
  }

  /** @param {import("./handed_over.js").Handed} handed by the registration page @returns {Promise<void>} */
  async takeOver(handed) {
    this.#handed = handed;
    await this.begin();
  }

  /** The voting code was typed or scanned. @param {string} [scanned] */
  async enterCode(scanned) {
    const { page } = this.#at;
    if (scanned !== undefined) page.input("voting-code").value = scanned;
    const typed = page.input("voting-code").value;
    if (this.#handed?.code !== typed) this.#handed = null;
    await this.#try(async () => {
      try {
        await this.#useCode(typed);
      } catch (error) {
        if (codeOf(error) !== "malformed") throw error;
        page.wrong("voting-code", "wrong-code");
      }
    }, async () => page.show("code"));
  }

  /** @param {string} text of a ticket: from its file, or pasted */
  async giveTicket(text) {
    const { page, device } = this.#at;
    try {
      const style = await device.takeTicket(text);
      page.right("ticket");
      this.#beginAnswers(style);
    } catch (error) {
      page.wrong("ticket", codeOf(error) === "malformed" ? "bad-ticket-file" : codeOf(error));
    }
  }

  /** The voter has voted before, and wants to vote again. */
  again() {
    this.#ask(0);
  }

  /** @param {string} what `blank`, `skip`, or an answer's position */
  mark(what) {
    const contest = this.#contests[this.#position];
    if (contest === undefined) return;
    const before = this.#answers[this.#position] ?? emptyAnswer(contest);
    const whole = what === "blank" || what === "skip";
    const after = !whole ? toggle(contest, before, Number(what)) : before === what ? emptyAnswer(contest) : what;
    if (after === before && what !== "blank" && what !== "skip") this.#at.page.say("limit-reached", { max: String(contest.max) });
    this.#answers[this.#position] = after;
    this.#at.page.right("contest");
    this.#at.page.contest(contest, after, this.#place());
  }

  /** On to the next contest, or to the review. */
  next() {
    const contest = this.#contests[this.#position];
    if (contest === undefined) return;
    const found = problem(contest, this.#answers[this.#position] ?? "open");
    if (found !== null) {
      this.#at.page.wrong("contest", found);
      return;
    }
    this.#at.page.right("contest");
    if (this.#reviewing || this.#position + 1 === this.#contests.length) this.#review();
    else this.#ask(this.#position + 1);
  }

  /** @param {number} position of the contest to change, from the review */
  change(position) {
    this.#ask(position);
  }

  /** One screen back, where that undoes nothing. @returns {boolean} whether there was one */
  back() {
    const { page } = this.#at;
    switch (page.shown) {
      case "code":
        page.show("welcome");
        return true;
      case "ticket":
      case "voted":
        page.show("code");
        return true;
      case "contest":
        if (this.#reviewing) this.#review();
        else if (this.#position > 0) this.#ask(this.#position - 1);
        else page.show("code");
        return true;
      case "review":
        this.#reviewing = false;
        this.#ask(this.#contests.length - 1);
        return true;
      case "free-will":
        this.#review();
        return true;
      case "sealed":
        this.#review();
        return true;
      default:
        return false;
    }
  }

  /** The review is right. */
  reviewed() {
    if (this.#answered().length === 0) return this.#at.page.wrong("review", "nothing-at-all");
    this.#at.page.input("alone").checked = false;
    this.#at.page.right("alone");
    this.#at.page.show("free-will");
  }

  /** It is the voter's own will: seal. */
  async freeWill() {
    const { page } = this.#at;
    if (!page.input("alone").checked) return page.wrong("alone");
    page.right("alone");
    await this.seal();
  }

  /** Seal, with new seeds. @returns {Promise<void>} */
  seal() {
    const { page, device } = this.#at;
    return this.#try(async () => {
      page.show("sealing");
      await this.#coin();
      await device.settle();
      this.#sealed = await device.seal(this.#answered());
      this.#spoiled = 0;
      await this.#showSealed();
    }, () => this.seal());
  }

  /** Hand the sealed ballots to the booth, and wait until they are in. @returns {Promise<void>} */
  async cast() {
    const { page, device } = this.#at;
    if (this.left !== null && this.left <= 0) return page.refuse("closed");
    await this.#try(async () => {
      const trackers = this.#need(this.#sealed).trackers;
      const text = await device.cast();
      page.show("waiting");
      page.input("keep").checked = false;
      const round = this.#round;
      const id = await send(this.#means(round), text);
      this.#cast = { id, trackers, receipt: "" };
      if (page.input("keep").checked) this.#keep();
      await this.#await(round);
    }, () => this.seal());
  }

  /**
   * Check: spoil what was sealed, and only then show the opening. From here on the page knows that it is checked, so
   * there is no way back to these ballots, nor to their code.
   *
   * @returns {Promise<void>}
   */
  check() {
    const { page, device } = this.#at;
    return this.#try(async () => {
      page.show("spoiling");
      const round = this.#round;
      const texts = await device.spoils();
      for (; this.#spoiled < texts.length; this.#spoiled += 1) await this.#spoil(round, texts[this.#spoiled] ?? "");
      if (round !== this.#round) return;
      this.#parts = split(await device.opening());
      this.#part = 0;
      page.show("opening");
      await this.#showPart();
    }, () => this.check());
  }

  /** The next of the opening's codes. */
  async nextPart() {
    this.#part = (this.#part + 1) % this.#parts.length;
    await this.#showPart();
  }

  /** @returns {string} the whole opening, to carry it over by hand */
  get openingParts() {
    return this.#parts.join("\n");
  }

  /** Look up the vote that was kept here. @returns {Promise<void>} */
  resume() {
    return this.#try(async () => {
      const found = this.kept;
      if (found === null) return this.begin();
      if (!(await this.#open(true))) return;
      this.#cast = { id: found.id, trackers: found.trackers, receipt: "" };
      this.#at.page.show("waiting");
      this.#at.page.input("keep").checked = true;
      await this.#await(this.#round);
    }, () => this.resume());
  }

  /** The voter ticked, or unticked, that the vote may be looked up from this device. */
  keepOrNot() {
    if (this.#at.page.input("keep").checked) this.#keep();
    else if (this.kept?.id === this.#cast?.id) drop(this.#at.storage);
  }

  /** Do again what was refused. */
  retry() {
    return this.#retry();
  }

  /** Forget everything of this voter; what was kept by choice stays, unless `all`. @param {boolean} [all] */
  async forget(all = false) {
    this.#round += 1;
    this.#handed = this.#sealed = this.#cast = null;
    this.#contests = this.#answers = [];
    this.#parts = [];
    this.#credential = this.#mark = "";
    this.#reviewing = false;
    this.#at.page.input("voting-code").value = "";
    this.#at.page.input("ticket").value = "";
    if (all) drop(this.#at.storage);
    if (this.#poll !== null) await this.#at.device.forget();
  }

  /** @param {boolean} [whenever] also when nothing can be cast @returns {Promise<boolean>} whether one can vote now */
  async #open(whenever = false) {
    const { gateway, device, fingerprint, page } = this.#at;
    const clock = await gateway.clock();
    this.#hurry = clock.now - this.#at.now();
    this.#closes = 1000 * clock.closes;
    this.#poll ??= await device.open(fingerprint, await gateway.poll());
    if (whenever) return true;
    if (clock.phase === "closed" || clock.phase === "counted" || clock.now >= 1000 * clock.closes) page.refuse("closed");
    else if (clock.phase !== "open" || clock.now < 1000 * clock.opens) page.refuse("not-open");
    else return true;
    return false;
  }

  /** @param {string} typed */
  async #useCode(typed) {
    const { page, device } = this.#at;
    this.#credential = await device.useCode(typed);
    this.#mark = await device.mark();
    page.right("voting-code");
    await this.#takeHanded();
    const { coin, ticket } = await this.#coin();
    if (coin?.surrendered) throw new IppyoError("surrendered", "The right was given back.");
    const held = ticket ?? this.#handed?.ticket ?? null;
    if (held === null) {
      page.show("ticket");
      return;
    }
    this.#prepare(await device.takeTicket(held), coin);
    if (coin !== null && coin.ballots.length > 0) {
      page.trackers(coin.ballots, this.#need(this.#poll).contests);
      page.show("voted", this.#contests.length === 0 ? "never" : "again");
    } else this.#ask(0);
  }

  /**
   * The registration page knows the poll, too: a booth with a poll of its own making is found before it hears anything
   * of the credential.
   */
  async #takeHanded() {
    if (this.#handed === null) return;
    const { device, fingerprint } = this.#at;
    try {
      if (this.#handed.poll !== fingerprint) throw new IppyoError("wrong-poll", "The ticket is for another poll.");
      await device.takeTicket(this.#handed.ticket);
    } catch (error) {
      if (!["other-ticket", "bad-ticket", "malformed"].includes(codeOf(error))) throw error;
      throw new IppyoError("wrong-poll", "The ticket does not fit this page's poll.");
    }
  }

  /** @returns {Promise<{ coin: Coin | null, ticket: string | null }>} the coin as it is proved, the ticket as it came */
  async #coin() {
    const { gateway, device } = this.#at;
    const { answer, ticket } = await gateway.coin(this.#credential);
    return { coin: await device.takeCoin(answer), ticket };
  }

  /** @param {string} style */
  #beginAnswers(style) {
    this.#prepare(style, null);
    this.#ask(0);
  }

  /** @param {string} style @param {Coin | null} coin */
  #prepare(style, coin) {
    const { styles, contests, revote } = this.#need(this.#poll);
    const mine = new Set(styles.find(({ id }) => id === style)?.contests ?? []);
    if (revote === "never") for (const { contest } of coin?.ballots ?? []) mine.delete(contest);
    this.#contests = contests.filter(({ id }) => mine.has(id));
    this.#answers = this.#contests.map(emptyAnswer);
    this.#reviewing = false;
  }

  /** @param {number} position */
  #ask(position) {
    const contest = this.#contests[position];
    if (contest === undefined) return;
    this.#position = position;
    this.#at.page.right("contest");
    this.#at.page.contest(contest, this.#answers[position] ?? "open", this.#place());
    this.#at.page.show("contest");
  }

  #place() {
    return { number: this.#position + 1, of: this.#contests.length, reviewing: this.#reviewing };
  }

  #review() {
    this.#reviewing = true;
    this.#at.page.right("review");
    this.#at.page.review(this.#contests, this.#answers);
    this.#at.page.show("review");
  }

  /** @returns {import("./device.js").Answered[]} ballots to seal */
  #answered() {
    return this.#contests.flatMap((contest, i) => {
      const choice = choiceOf(contest, this.#answers[i] ?? "open");
      return choice === null ? [] : [{ contest: contest.id, choice }];
    });
  }

  /** All codes at once: who leafs through them would tell the page that this ballot is going to be checked. */
  async #showSealed() {
    const { page, drawQr } = this.#at;
    const { text, trackers } = this.#need(this.#sealed);
    page.trackers(trackers, this.#contests);
    page.write("mark", this.#markSentence());
    page.write("sealed-text", split(text).join("\n"));
    page.codes("sealed-qr", await Promise.all(split(text).map(drawQr)));
    page.show("sealed");
  }

  #markSentence() {
    return this.#mark === "" ? "" : this.#at.page.word("mark-is", { mark: this.#mark });
  }

  /**
   * @param {number} round @param {string} text of a spoil, which is in the ledger afterwards
   */
  async #spoil(round, text) {
    const which = this.#spoiled;
    const id = await send(this.#means(round), text);
    let receipt;
    try {
      receipt = await arrival(this.#means(round), id);
    } catch (error) {
      // Spoiled before, by a try whose answer was lost. The opened ballot is never cast from here in any case.
      if (codeOf(error) === "duplicate") return;
      throw error;
    }
    await this.#at.device.checkSpoil(receipt, id, which);
  }

  async #showPart() {
    const { page, drawQr } = this.#at;
    const [part, count] = [this.#part + 1, this.#parts.length];
    page.write("opening-part", page.word("opening-part", { part: String(part), count: String(count) }));
    page.state(count === 1 ? "single" : "several");
    page.write("opening-qr", await drawQr(this.#parts[this.#part] ?? ""));
  }

  /** @param {number} round */
  async #await(round) {
    const { page, device, drawQr } = this.#at;
    const { id, trackers } = this.#need(this.#cast);
    const receipt = await this.#receiptOf(round, id, trackers);
    if (receipt === null || round !== this.#round) return;
    this.#retry = () => this.#waitAgain();
    const index = await device.checkReceipt(receipt, id, trackers.map(({ tracker }) => tracker));
    if (round !== this.#round) return;
    this.#cast = { id, trackers, receipt };
    await device.settle();
    page.trackers(trackers, this.#need(this.#poll).contests);
    page.write("mark", this.#markSentence());
    page.write("receipt-text", receipt);
    page.write("position", String(index + 1));
    page.show("done", this.#need(this.#poll).revote === "never" ? "never" : "again");
    page.write("receipt-qr", await drawQr(trackers.map(({ tracker }) => tracker).join("\n")));
  }

  /**
   * @param {number} round @param {string} id @param {Tracked[]} trackers
   * @returns {Promise<string | null>} null where the vote was in before, and that is shown
   */
  async #receiptOf(round, id, trackers) {
    const { page, device } = this.#at;
    try {
      return await arrival(this.#means(round), id);
    } catch (error) {
      if (codeOf(error) === "stopped") throw error;
      // Whatever was refused, the same ballots are of no more use.
      await device.settle();
      if (codeOf(error) !== "duplicate" || this.#credential === "") throw error;
      const { coin } = await this.#coin();
      const counting = coin?.ballots ?? [];
      const mine = trackers.every(({ tracker }) => counting.some((ballot) => ballot.tracker === tracker));
      if (!mine) throw new IppyoError("not-in", "The ledger does not have this vote.");
      page.trackers(counting, this.#need(this.#poll).contests);
      page.show("voted", "again");
      return null;
    }
  }

  /** The receipt that came proves nothing: ask for it again, and seal nothing anew meanwhile. @returns {Promise<void>} */
  #waitAgain() {
    return this.#try(async () => {
      this.#at.page.show("waiting");
      await this.#await(this.#round);
    }, () => this.#waitAgain());
  }

  #keep() {
    if (this.#cast === null) return;
    const { id, trackers } = this.#cast;
    keep(this.#at.storage, { poll: this.#at.fingerprint, id, trackers });
  }

  /** @param {number} round @returns {import("./delivery.js").Means} */
  #means(round) {
    const { gateway, pause, page } = this.#at;
    const stopped = () => round !== this.#round;
    return { gateway, pause, stopped, tell: (stage) => (stopped() ? undefined : page.state(stage)) };
  }

  /**
   * Do `work`; show its refusal, after which `retry` (or what `work` set meanwhile) is what the voter may try.
   *
   * @param {() => Promise<void>} work @param {() => Promise<void>} [retry]
   */
  async #try(work, retry) {
    if (retry !== undefined) this.#retry = retry;
    try {
      await work();
    } catch (error) {
      if (codeOf(error) === "stopped") return;
      const sentences = error instanceof Refusal ? error.sentences : {};
      // Nobody is told that a vote is in on the booth's bare word.
      const code = codeOf(error) === "duplicate" ? "not-in" : codeOf(error);
      this.#at.page.refuse(code, sentences[this.#at.language]);
    }
  }

  /**
   * @template T
   * @param {T | null} value
   * @returns {T}
   */
  #need(value) {
    if (value === null) throw new IppyoError("wrong-order", "There is nothing under way.");
    return value;
  }
}
