/**
 * The way of a voter (docs/registration.md §3): code, card, passkey, free will, voting code, ticket.
 *
 * The voting code is shown, and the voter has said that it is kept, before any issuer signs: a ticket whose code were
 * lost between the two could never be issued again.
 */

import { Attempts, codeOf } from "../ippyo/attempts.js";
import { symbolsOf } from "../ippyo/base32.js";
import { IppyoError } from "../ippyo/errors.js";
import { vouchedRequestText } from "../ippyo/request.js";
import { askFurtherIssuers, blindSignatures } from "./desk.js";
import { keep, takeBack } from "./journey.js";
import { dropLetter } from "./letter.js";

/** @typedef {import("./desk.js").Desk} Desk */
/** @typedef {import("./desk.js").DeskAnswer} DeskAnswer */
/** @typedef {import("./desk.js").Visit} Visit */
/** @typedef {import("./desk.js").Step} Step */
/** @typedef {import("./agent.js").CardAgent} CardAgent */
/** @typedef {import("../ippyo/client.js").DeviceClient} DeviceClient */
/** @typedef {import("../ippyo/device.js").PollSummary} PollSummary */

/** @typedef {import("./view.js").View} View */
/** @typedef {Pick<View, "has" | "show" | "state" | "write" | "writeGroups" | "input" | "wrong" | "right" | "refuse" | "say">} Page */

/**
 * What the way needs of its surroundings.
 *
 * @typedef {object} Surroundings
 * @property {Page} page
 * @property {Desk} desk
 * @property {CardAgent} agent
 * @property {DeviceClient} device
 * @property {Storage} storage of this tab
 * @property {import("../ippyo/http.js").Fetch} fetch for further issuers
 * @property {string | null} fingerprint Phi as the page or the letter says it
 * @property {string} language
 * @property {(url: string) => void} leave for another page
 * @property {typeof import("./passkey.js").usePasskey} usePasskey
 * @property {(text: string) => Promise<Element | string>} drawQr
 */

/** Refusals after which the very same signed request may be sent again. */
const COME_AGAIN = new Set([
  ...["offline", "internal-error", "ledger-unavailable", "revocation-stale", "revocation-unavailable"],
  "too-many-attempts",
]);
const BINDING = "binding-needed";
/** Second factors with a registration code, without which no card makes a voting code. */
const LETTERS = new Set(["registration-code", "both"]);
const WRONG_CODE = new Set(["wrong-code", "replaced-code", "malformed"]);

export class Way {
  /** @type {Surroundings} */
  #at;
  /** @type {{ summary: PollSummary, fingerprint: string, issuers: string[] } | null} */
  #poll = null;
  /** @type {Visit | null} */
  #visit = null;
  /** @type {string | null} */
  #signed = null;
  #style = "";
  /** The registration code that the desk took, 12 symbols: part of the voting code that a card makes. */
  #letter = "";
  /** @type {"" | "drawn" | "card" | "typed"} where the voting code comes from, once there is one */
  #origin = "";
  #ticket = "";
  #attempts;

  /** @param {Surroundings} surroundings */
  constructor(surroundings) {
    this.#at = surroundings;
    this.#attempts = new Attempts((...refusal) => this.#refuse(...refusal), surroundings.language, () => this.begin());
  }

  /** @returns {string} the ticket's text, once it is there */
  get ticket() {
    return this.#ticket;
  }

  /** @param {string} wayBack what the server says about where the voter comes from */
  async start(wayBack) {
    const kept = takeBack(this.#at.storage);
    if (wayBack === "") return;
    if (wayBack !== "returned") {
      this.#at.page.refuse(wayBack);
      return;
    }
    await this.#attempts.make(async () => {
      if (kept === null) throw new IppyoError("no-visit", "The voting code of this visit is not here any more.");
      await this.#openPoll(kept.poll);
      await this.#at.device.useCode(kept.code);
      this.#origin = "drawn";
      const visit = await this.#at.desk.visit();
      this.#visit = visit;
      this.#signed = visit.signed_request ?? null;
      this.#style = visit.style ?? "";
      await this.#at.device.request(visit);
      await this.#next(visit.steps);
    });
  }

  /** Leave the welcome screen. @returns {Promise<void>} */
  begin() {
    return this.#attempts.make(async () => {
      await this.#openPoll();
      if (this.#at.page.has("code")) this.#at.page.show("code");
      else await this.#beginVisit(null);
    }, () => this.begin());
  }

  /** The registration code was sent in. */
  async enterCode() {
    const { page } = this.#at;
    const code = page.input("code").value.trim();
    if (code === "") return page.wrong("code", "wrong-code");
    page.right("code");
    await this.#attempts.make(async () => {
      try {
        await this.#beginVisit(code);
      } catch (error) {
        if (!(error instanceof IppyoError) || !WRONG_CODE.has(error.code)) throw error;
        page.wrong("code", error.code === "malformed" ? "wrong-code" : error.code);
      }
    }, async () => page.show("code"));
  }

  /** Show how a card reader is used. */
  useReader() {
    this.#at.page.show("card", "ready");
  }

  /** Show where a voting code of an earlier visit is typed. */
  earlier() {
    this.#at.page.show("earlier");
  }

  /** The voting code of an earlier visit was typed: with it, the same ticket is given again. */
  async enterEarlier() {
    const { page, device, desk } = this.#at;
    const input = page.input("earlier");
    await this.#attempts.make(async () => {
      try {
        await device.useCode(input.value);
      } catch (error) {
        if (codeOf(error) === "no-worker") throw error;
        return page.wrong("earlier");
      }
      page.right("earlier");
      input.value = "";
      this.#origin = "typed";
      if (this.#signed === null && this.#style === "") return this.#chooseWay();
      // This visit has a request for another code; a visit takes one, so that a new one begins.
      await desk.end();
      if (page.has("code")) page.show("code");
      else await this.#beginVisit(null);
    });
  }

  /** The card signs; called in a click, because the agent opens a window. */
  sign() {
    const { page, agent, device } = this.#at;
    return this.#attempts.make(async () => {
      const { fingerprint, summary } = this.#need(this.#poll);
      const visit = this.#need(this.#visit);
      const key = summary.policies.certificate;
      page.show("card", "working");
      if (this.#origin === "" && !LETTERS.has(summary.policies.second_factor)) {
        // Others can have the card sign what a code would be made of; only a letter's code keeps it from them.
        await device.drawCode();
        this.#origin = "drawn";
      }
      const letter = this.#letter;
      try {
        this.#signed = this.#origin !== ""
          ? await agent.sign(key, await device.request(visit))
          : await agent.signWithCode({ key, poll: fingerprint, letter, styles: visit.styles }, async (code) => {
              // A card that signs by chance can make no code; then it comes from this device.
              await (code === null ? device.drawCode() : device.useCode(code));
              this.#origin = code === null ? "drawn" : "card";
              return device.request(visit);
            });
      } catch (error) {
        const code = codeOf(error);
        if (code !== "agent-missing" && code !== "no-card") throw error;
        page.state(code);
        return;
      }
      await this.#sendRequest();
    }, async () => this.useReader());
  }

  /** Leave for デジタル認証. */
  digitalAuth() {
    const { page, device, desk, storage, leave } = this.#at;
    return this.#attempts.make(async () => {
      const visit = this.#need(this.#visit);
      if (this.#origin === "") {
        await device.drawCode();
        this.#origin = "drawn";
      }
      const request = await device.request(visit);
      page.show("leaving");
      const { location } = await desk.digitalAuth(request);
      keep(storage, { code: await device.reveal(), poll: this.#need(this.#poll).fingerprint });
      leave(location);
    }, async () => this.#chooseWay());
  }

  /** The passkey is made or asked for; called in a click. */
  passkey() {
    return this.#attempts.make(async () => {
      const { page, desk, usePasskey } = this.#at;
      const options = await desk.passkeyOptions();
      page.state(options.ceremony);
      await this.#next((await desk.passkey(await usePasskey(options))).steps);
    }, async () => this.#at.page.show("passkey"));
  }

  /** The voter says that it is their own will. */
  async freeWill() {
    if (!this.#ticked("alone")) return;
    const confirm = () => this.#attempts.make(async () => this.#next((await this.#at.desk.confirm()).steps), confirm);
    await confirm();
  }

  /** The voter says that the voting code is kept: now the issuers are asked. */
  async kept() {
    if (!this.#ticked("kept")) return;
    await this.#fetchTicket();
  }

  /** Do again what was refused. */
  retry() {
    return this.#attempts.again();
  }

  /** Forget everything, here and at the desk. */
  async forget() {
    takeBack(this.#at.storage);
    dropLetter(this.#at.storage);
    // A worker that does not start holds nothing.
    await this.#at.device.forget().catch(() => undefined);
    this.#ticket = "";
    // What the card was asked for ends by itself, too, when the agent cannot be reached.
    await this.#at.agent.cancel().catch(() => undefined);
    // The visit ends by itself when the desk cannot be reached.
    await this.#at.desk.end().catch(() => undefined);
  }

  /** @returns {Promise<{ code: string, ticket: string, poll: string }>} what the booth needs, and for which poll (Phi) */
  async secrets() {
    const { fingerprint } = this.#need(this.#poll);
    return { code: await this.#at.device.reveal(), ticket: this.#ticket, poll: fingerprint };
  }

  /** @param {string} code @param {string} [sentence] of the server */
  #refuse(code, sentence) {
    if (code === "no-worker") this.#lose();
    this.#at.page.refuse(code, sentence);
  }

  /** With the worker went poll, voting code and request: only a new visit can go on. */
  #lose() {
    this.#poll = this.#visit = this.#signed = null;
    this.#style = this.#letter = this.#origin = this.#ticket = "";
    this.#attempts.instead(async () => {
      // The visit ends by itself when the desk cannot be reached.
      await this.#at.desk.end().catch(() => undefined);
      await this.begin();
    });
  }

  /** @param {string | null} fingerprint Phi, pinned */
  async #openPoll(fingerprint = this.#at.fingerprint) {
    if (this.#poll !== null) return;
    const { desk, device } = this.#at;
    const answer = await desk.poll();
    const pinned = fingerprint ?? answer.poll;
    const summary = await device.open(pinned, answer);
    if (!Array.isArray(answer.issuers) || answer.issuers.length !== summary.issuers.length) {
      throw new IppyoError("wrong-poll", "The desk does not name every issuer.");
    }
    this.#poll = { summary, fingerprint: pinned, issuers: answer.issuers };
  }

  /** @param {string | null} code */
  async #beginVisit(code) {
    this.#visit = await this.#at.desk.begin(code);
    this.#letter = code === null ? "" : symbolsOf(code);
    this.#signed = null;
    this.#style = "";
    await this.#next(this.#visit.steps);
  }

  #chooseWay() {
    const { page } = this.#at;
    if (page.has("way")) page.show("way");
    else page.show("card", "ready");
  }

  /** @param {Step[]} steps what is left */
  async #next(steps) {
    const { page, storage } = this.#at;
    // From the card on, the visit knows whose it is, and the letter is needed no more.
    if (steps[0] !== "card") dropLetter(storage);
    switch (steps[0]) {
      case "card":
        return this.#chooseWay();
      case "passkey":
        return this.#showPasskey();
      case "free-will":
        return page.show("free-will");
      case "ticket":
        return this.#showCode();
      default:
        throw new IppyoError("internal-error", "The desk names no next step.");
    }
  }

  /** Only the desk knows whether this voter has a passkey; if it cannot be asked now, the click finds out. */
  async #showPasskey() {
    const { page, desk } = this.#at;
    const known = await desk.passkeyOptions().catch(() => null);
    page.show("passkey", known?.ceremony ?? "create");
  }

  async #sendRequest() {
    const { desk } = this.#at;
    try {
      const { style, steps } = await desk.request(this.#need(this.#signed));
      this.#style = style;
      await this.#next(steps);
    } catch (error) {
      const code = codeOf(error);
      if (code === BINDING) this.#attempts.instead(() => this.#bind(() => this.#sendRequest()));
      else if (COME_AGAIN.has(code)) this.#attempts.instead(() => this.#attempts.make(() => this.#sendRequest()));
      throw error;
    }
  }

  /**
   * Both keys of the card sign once that they belong together, for every issuer; then `work` is done again.
   *
   * @param {() => Promise<void>} work @returns {Promise<void>}
   */
  #bind(work) {
    const { agent, desk, page, fetch } = this.#at;
    return this.#attempts.make(async () => {
      const { fingerprint, issuers } = this.#need(this.#poll);
      const { nonce, time } = this.#need(this.#visit);
      page.show("card", "working");
      const signed = await agent.bind({ poll: fingerprint, nonce, time });
      await Promise.all([desk.bind(signed), askFurtherIssuers(fetch, issuers, "binding", signed)]);
      await work();
    }, () => this.#bind(work));
  }

  async #showCode() {
    const { page, device, drawQr } = this.#at;
    const code = await device.reveal();
    page.writeGroups("voting-code", code);
    page.write("mark", await device.mark());
    page.show("voting-code", this.#origin);
    page.write("qr", await drawQr(code));
  }

  /** @returns {Promise<void>} */
  #fetchTicket() {
    const { page, desk, device } = this.#at;
    return this.#attempts.make(async () => {
      const { issuers } = this.#need(this.#poll);
      if (issuers.length > 1 && this.#signed === null) {
        throw new IppyoError("digital-auth-failed", "The further issuers need the card's signature.");
      }
      page.show("working");
      page.say("sending");
      const first = await desk.ticket();
      // Without a card reader this device has not heard the ballot style before, or only by the way.
      const style = this.#style === "" ? first.style : this.#style;
      const others = issuers.length > 1 ? await this.#furtherAnswers(issuers, this.#need(this.#signed), first) : [];
      page.say("checking");
      this.#ticket = await device.finish(style, blindSignatures([first, ...others], style));
      page.show("done");
    }, () => this.#fetchTicket());
  }

  /** @param {string[]} issuers @param {string} signed the signed request @param {DeskAnswer} first the desk's answer */
  async #furtherAnswers(issuers, signed, { desk }) {
    if (typeof desk !== "string") throw new IppyoError("faulty-issuer", "The desk does not vouch for the request.");
    try {
      return await askFurtherIssuers(this.#at.fetch, issuers, "issue", vouchedRequestText(signed, desk));
    } catch (error) {
      if (codeOf(error) === BINDING) this.#attempts.instead(() => this.#bind(() => this.#fetchTicket()));
      throw error;
    }
  }

  /** @param {string} name of a box to tick @returns {boolean} */
  #ticked(name) {
    const { page } = this.#at;
    if (!page.input(name).checked) {
      page.wrong(name);
      return false;
    }
    page.right(name);
    return true;
  }

  /**
   * @template T
   * @param {T | null} value
   * @returns {T}
   */
  #need(value) {
    if (value === null) throw new IppyoError("no-visit", "There is no visit under way.");
    return value;
  }
}
