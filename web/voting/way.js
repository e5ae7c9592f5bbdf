/**
 * The way of a voter through the booth (docs/booth.md): code, ticket where it is not known yet, one contest after the
 * other ({@link Answering}), review, free will, sealing, and then to cast ({@link Casting}) or to check ({@link Checking}).
 *
 * No element of the page stands here. What is sealed stays in the worker; answers in this object only.
 */

import { codeOf } from "../ippyo/attempts.js";
import { IppyoError } from "../ippyo/errors.js";
import { split } from "../ippyo/parts.js";
import { Answering } from "./answering.js";
import { Casting } from "./casting.js";
import { Checking } from "./checking.js";
import { Sitting } from "./sitting.js";

/** @typedef {import("./device.js").Tracked} Tracked */
/** @typedef {import("./handed_over.js").Handed} Handed */
/** @typedef {import("../ippyo/coin.js").Coin} Coin */

export class Way {
  #at;
  #sitting;
  /** @type {Handed | null} */
  #handed = null;
  /** @type {Tracked[]} what was sealed last */
  #sealed = [];

  /** @param {import("./sitting.js").Surroundings} surroundings */
  constructor(surroundings) {
    this.#at = surroundings;
    this.#sitting = new Sitting(surroundings, () => (this.casting.underWay ? this.casting.waitAgain() : this.begin()));
    /** @readonly */
    this.answering = new Answering(surroundings.page);
    /** @readonly */
    this.casting = new Casting(this.#sitting);
    /** @readonly */
    this.checking = new Checking(this.#sitting);
  }

  /** @returns {number | null} milliseconds until the poll closes by the booth's clock, once that is known */
  get left() {
    return this.#sitting.left;
  }

  /** Leave the welcome screen. @returns {Promise<void>} */
  begin() {
    return this.#sitting.attempts.make(async () => {
      const state = await this.#sitting.open();
      if (state !== "open") this.#at.page.refuse(state);
      else if (this.#handed !== null) {
        // Whoever goes back to the field finds in it what was handed over, and need not type it.
        this.#at.page.input("voting-code").value = this.#handed.code;
        await this.#useCode(this.#handed.code);
      } else this.#at.page.show("code");
    }, () => this.begin());
  }

  /** @param {Handed} handed by the registration page @returns {Promise<void>} */
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
    await this.#sitting.attempts.make(async () => {
      try {
        await this.#useCode(typed);
      } catch (error) {
        if (codeOf(error) !== "malformed") throw error;
        page.wrong("voting-code", "wrong-code");
      }
    }, () => page.show("code"));
  }

  /** @param {string} text of a ticket: from its file, or pasted */
  async giveTicket(text) {
    const { page, device } = this.#at;
    await this.#sitting.attempts.make(async () => {
      try {
        const style = await device.takeTicket(text);
        page.right("ticket");
        this.#prepare(style, null);
        this.answering.ask(0);
      } catch (error) {
        if (codeOf(error) === "no-worker") throw error;
        page.wrong("ticket", codeOf(error) === "malformed" ? "bad-ticket-file" : codeOf(error));
      }
    });
  }

  /** The voter has voted before, and wants to vote again. */
  again() {
    this.answering.ask(0);
  }

  /** The review is right. */
  reviewed() {
    const { page } = this.#at;
    if (this.answering.answered.length === 0) return page.wrong("review", "nothing-at-all");
    page.input("alone").checked = false;
    page.right("alone");
    page.show("free-will");
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
    return this.#sitting.attempts.make(async () => {
      page.show("sealing");
      const { over } = this.#sitting;
      await this.#sitting.coin();
      await device.settle();
      const { text, trackers } = await device.seal(this.answering.answered);
      if (over.aborted) return;
      this.#sealed = trackers;
      this.checking.begin();
      await this.#showSealed(text);
    }, () => this.seal());
  }

  /** Hand the sealed ballots to the booth, and wait until they are in. @returns {Promise<void>} */
  async cast() {
    if (this.left !== null && this.left <= 0) return this.#at.page.refuse("closed");
    await this.#sitting.attempts.make(() => this.casting.cast(this.#sealed), () => this.seal());
  }

  /** Have the sealed ballots checked. @returns {Promise<void>} */
  check() {
    return this.#sitting.attempts.make(() => this.checking.check(), () => this.check());
  }

  /** Look up the vote that was kept here. @returns {Promise<void>} */
  resume() {
    return this.#sitting.attempts.make(async () => {
      const { kept } = this.casting;
      if (kept === null) return this.begin();
      await this.#sitting.open();
      await this.casting.lookUp(kept);
    }, () => this.resume());
  }

  /** One screen back, where that undoes nothing. */
  back() {
    const { page } = this.#at;
    switch (page.shown) {
      case "code":
        return page.show("welcome");
      case "ticket":
      case "voted":
        return page.show("code");
      case "contest":
        if (!this.answering.back()) page.show("code");
        return;
      case "review":
        return this.answering.backToLast();
      case "free-will":
      case "sealed":
        return this.answering.review();
    }
  }

  /** Do again what was refused. */
  retry() {
    return this.#sitting.attempts.again();
  }

  /** Forget everything of this voter; what was kept by choice stays, unless `all`. @param {boolean} [all] */
  async forget(all = false) {
    const { page } = this.#at;
    this.#handed = null;
    this.#sealed = [];
    this.answering.prepare([]);
    this.checking.begin();
    this.casting.forget(all);
    page.input("voting-code").value = "";
    page.input("ticket").value = "";
    await this.#sitting.forget();
  }

  /** @param {string} typed */
  async #useCode(typed) {
    const { page, device } = this.#at;
    await this.#sitting.useCode(typed);
    page.right("voting-code");
    await this.#takeHanded();
    const { coin, ticket } = await this.#sitting.coin();
    if (coin?.surrendered) throw new IppyoError("surrendered", "The right was given back.");
    const held = ticket ?? this.#handed?.ticket ?? null;
    if (held === null) {
      page.show("ticket");
      return;
    }
    this.#prepare(await device.takeTicket(held), coin);
    if (coin !== null && coin.ballots.length > 0) {
      page.trackers(coin.ballots, this.#sitting.poll.contests);
      page.show("voted", this.answering.contests.length === 0 ? "never" : "again");
    } else this.answering.ask(0);
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

  /** @param {string} style @param {Coin | null} coin */
  #prepare(style, coin) {
    const { styles, contests, revote } = this.#sitting.poll;
    const mine = new Set(styles.find(({ id }) => id === style)?.contests ?? []);
    if (revote === "never") for (const { contest } of coin?.ballots ?? []) mine.delete(contest);
    this.answering.prepare(contests.filter(({ id }) => mine.has(id)));
  }

  /**
   * All codes at once: who leafs through them would tell the page that this ballot is going to be checked.
   *
   * @param {string} text of the sealed ballots
   */
  async #showSealed(text) {
    const { page, drawQr } = this.#at;
    page.trackers(this.#sealed, this.answering.contests);
    page.write("sealed-text", split(text).join("\n"));
    page.codes("sealed-qr", await Promise.all(split(text).map(drawQr)));
    page.show("sealed");
  }
}
