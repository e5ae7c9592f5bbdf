/** The card agent on this computer (docs/card-agent.md): starts jobs, waits for them. The PIN never comes here. */

import { IppyoError } from "../ippyo/errors.js";
import { ask, post, Refusal } from "../ippyo/http.js";

/** @typedef {import("../ippyo/http.js").Fetch} Fetch */
/** @typedef {{ job: string, token: string }} Ticket what a job is known by */
/** @typedef {{ close: () => void, go: (url: string) => void }} CardWindow */

export const AGENT = "http://127.0.0.1:8931";
const INTERVAL_MS = 1000;
const MISSING = "agent-missing";

export class CardAgent {
  /** @type {Fetch} */
  #fetch;
  /** @type {() => CardWindow} */
  #openWindow;
  /** @type {string} */
  #tongue;
  /** @type {(ms: number) => Promise<void>} */
  #sleep;
  /** The job that is under way. @type {Ticket | null} */
  #job = null;

  /**
   * @param {Fetch} fetch
   * @param {() => CardWindow} openWindow opens the agent's window, empty; called in the voter's click
   * @param {string} tongue `ja`, `easy` or `en`, in which the window speaks
   * @param {(ms: number) => Promise<void>} sleep
   */
  constructor(fetch, openWindow, tongue, sleep = (ms) => new Promise((done) => setTimeout(done, ms))) {
    this.#fetch = fetch;
    this.#openWindow = openWindow;
    this.#tongue = tongue;
    this.#sleep = sleep;
  }

  /**
   * One PIN for both: card and letter make the voting code, and then the card signs the request made with it.
   *
   * @param {{ key: "signature" | "user", poll: string, letter: string, styles: string[] }} what
   * @param {(code: string | null) => Promise<string>} makeRequest gets the card's code, or null where the card can make
   *   none; returns R
   * @returns {Promise<string>} the canonical signed request
   */
  signWithCode({ key, poll, letter, styles }, makeRequest) {
    const job = JSON.stringify({ kind: "voting-code", key, poll, letter, styles });
    return this.#inWindow(job, async (first) => {
      const { code, token } = await this.#wait(first, "code");
      const ticket = (this.#job = { job: first.job, token });
      const request = await makeRequest(code);
      await this.#call("request", `${JSON.stringify(ticket).slice(0, -1)},"request":${request}}`);
      const { result } = await this.#wait(ticket, "done");
      return signedBy(result.signed_request, request);
    });
  }

  /**
   * @param {"signature" | "user"} key @param {string} request R, made with a voting code that was there before
   * @returns {Promise<string>} the canonical signed request
   */
  sign(key, request) {
    const job = `{"kind":"ticket-request","key":"${key}","request":${request}}`;
    return this.#inWindow(job, async (ticket) => {
      const { result } = await this.#wait(ticket, "done");
      return signedBy(result.signed_request, request);
    });
  }

  /**
   * @param {{ poll: string, nonce: string, time: number }} visit
   * @returns {Promise<string>} the canonical signed binding
   */
  bind({ poll, nonce, time }) {
    return this.#inWindow(JSON.stringify({ kind: "card-binding", poll, nonce, time }), async (ticket) => {
      const { result } = await this.#wait(ticket, "done");
      return result.signed_binding;
    });
  }

  /** End the job that is under way, if there is one; its window ends with it. */
  async cancel() {
    if (this.#job !== null) await this.#call("cancel", JSON.stringify(this.#job));
  }

  /**
   * @template T
   * @param {string} job @param {(ticket: Ticket) => Promise<T>} work
   * @returns {Promise<T>}
   */
  async #inWindow(job, work) {
    // Browsers open a window in answer to a click only, and the agent has to be asked first: it is opened empty.
    const cardWindow = this.#openWindow();
    try {
      const { job: id, token, window: url } = await this.#call("jobs", job);
      if (typeof url === "string") cardWindow.go(this.#inTongue(url));
      this.#job = { job: id, token };
      return await work(this.#job);
    } finally {
      this.#job = null;
      cardWindow.close();
    }
  }

  /** @param {Ticket} ticket @param {"code" | "done"} state @returns {Promise<any>} the result once it is there */
  async #wait(ticket, state) {
    for (;;) {
      const answer = await this.#call("result", JSON.stringify(ticket));
      if (answer.state === state) return answer;
      if (answer.state === "failed") throw new Refusal(String(answer.code), answer.message ?? {});
      if (answer.state !== "waiting") throw new IppyoError("no-job", "The card agent did something else.");
      await this.#sleep(INTERVAL_MS);
    }
  }

  /** @param {string} url @returns {string} the window's address, to speak as this page does */
  #inTongue(url) {
    const address = new URL(url);
    address.searchParams.set("lang", this.#tongue);
    return address.href;
  }

  /** @param {string} path @param {string} body */
  #call(path, body) {
    return ask(this.#fetch, `${AGENT}/api/${path}`, { ...post(body), credentials: "omit" }, MISSING);
  }
}

/** @param {unknown} signed @param {string} request R @returns {string} `signed`, when it is about R and nothing else */
function signedBy(signed, request) {
  if (typeof signed !== "string" || !signed.startsWith(`{"request":${request},`)) {
    throw new IppyoError("bad-signature", "The card agent signed another request.");
  }
  return signed;
}
