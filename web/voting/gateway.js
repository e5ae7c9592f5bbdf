/** The booth's interface (docs/booth.md §4), as the page sees it. */

import { ask, post } from "../ippyo/http.js";

/** @typedef {import("../ippyo/http.js").Fetch} Fetch */
/** @typedef {{ now: number, block: number, opens: number, closes: number, phase: string }} Clock */
/** @typedef {import("../ippyo/coin.js").CoinAnswer} CoinAnswer */
/** @typedef {{ state: "waiting" | "accepted" | "refused", receipt?: string, code?: string }} Progress */
/** @typedef {{ poll: string, manifest: string, genesis: string, trustees: string }} PollAnswer */

export class Gateway {
  #base;
  #fetch;

  /** @param {string} base `/api/` @param {Fetch} fetch */
  constructor(base, fetch) {
    this.#base = base;
    this.#fetch = fetch;
  }

  /** @returns {Promise<PollAnswer>} */
  poll() {
    return this.#get("poll");
  }

  /** @returns {Promise<Clock>} */
  clock() {
    return this.#get("clock");
  }

  /**
   * @param {string} credential
   * @returns {Promise<{ answer: CoinAnswer, ticket: string | null }>} neither of which is believed: see the device's
   *   `takeCoin` and `takeTicket`
   */
  async coin(credential) {
    const { ticket, ...answer } = await this.#get(`coin/${encodeURIComponent(credential)}`);
    return { answer, ticket: typeof ticket === "string" ? ticket : null };
  }

  /** @param {string} text of a cast or spoil; sending it twice does no harm @returns {Promise<{ id: string }>} */
  send(text) {
    return ask(this.#fetch, `${this.#base}transactions`, post(text));
  }

  /** @param {string} id @returns {Promise<Progress>} */
  progress(id) {
    return this.#get(`transactions/${id}`);
  }

  /** @param {string} path @returns {Promise<any>} */
  #get(path) {
    return ask(this.#fetch, `${this.#base}${path}`, { method: "GET" });
  }
}
