/** The booth's interface (docs/booth.md §4), as the page sees it. */

import { ask } from "../registration/http.js";
import { IppyoError } from "../ippyo/errors.js";

/** @typedef {import("../registration/http.js").Fetch} Fetch */
/** @typedef {{ now: number, block: number, opens: number, closes: number, phase: string }} Clock */
/** @typedef {{ contest: string, tracker: string, position: number }} CountingBallot */
/** @typedef {{ style: string, last: number, count: number, surrendered: boolean, ballots: CountingBallot[] }} Coin */
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

  /** @param {string} credential @returns {Promise<{ coin: Coin | null, ticket: string | null }>} */
  async coin(credential) {
    const { coin, ticket } = await this.#get(`coin/${encodeURIComponent(credential)}`);
    if (coin !== null && (typeof coin?.last !== "number" || !Array.isArray(coin.ballots))) {
      throw new IppyoError("malformed", "The booth's answer is not a coin.");
    }
    const text = typeof ticket === "string" ? ticket : ticket ? JSON.stringify(ticket) : null;
    return { coin, ticket: text };
  }

  /** @param {string} text of a cast or spoil; sending it twice does no harm @returns {Promise<{ id: string }>} */
  send(text) {
    const headers = { "Content-Type": "application/json" };
    return ask(this.#fetch, `${this.#base}transactions`, { method: "POST", body: text, headers });
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
