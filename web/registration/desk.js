/** The desk's interface (docs/registration.md §3), and that of further issuers. */

import { IppyoError } from "../ippyo/errors.js";
import { ask, post } from "../ippyo/http.js";

/** @typedef {import("../ippyo/http.js").Fetch} Fetch */
/** @typedef {{ poll: string, manifest: string, genesis: string, trustees: string, issuers: string[] }} PollAnswer */
/** @typedef {"card" | "passkey" | "free-will" | "ticket"} Step */

/**
 * What is left of a visit; once the card is known, its ballot style, and the signed request if the card signed.
 *
 * @typedef {object} Visit
 * @property {string} nonce
 * @property {number} time seconds since 1970
 * @property {string[]} styles
 * @property {Step[]} steps
 * @property {string} [style]
 * @property {string} [signed_request]
 */

/** @typedef {{ style: string, issuer: number, blind_signature: string }} IssuedAnswer */
/** @typedef {IssuedAnswer & { desk?: string }} DeskAnswer desk: its word for further issuers (Base64) */

export class Desk {
  /** @type {string} */
  #base;
  /** @type {string} */
  #csrf;
  /** @type {Fetch} */
  #fetch;

  /** @param {string} base address of the API, with a slash at its end @param {string} csrf @param {Fetch} fetch */
  constructor(base, csrf, fetch) {
    this.#base = base;
    this.#csrf = csrf;
    this.#fetch = fetch;
  }

  /** @returns {Promise<PollAnswer>} */
  poll() {
    return this.#get("poll");
  }

  /** @param {string | null} code registration code (投票人登録用コード) @returns {Promise<Visit>} */
  begin(code) {
    return this.#post("visit", code === null ? {} : { code });
  }

  /** @returns {Promise<Visit>} the visit that is under way */
  visit() {
    return this.#get("visit");
  }

  /** @returns {Promise<unknown>} */
  end() {
    return ask(this.#fetch, `${this.#base}visit`, { method: "DELETE", headers: { "X-CSRFToken": this.#csrf } });
  }

  /** @param {string} signed canonical signed request @returns {Promise<{ style: string, steps: Step[] }>} */
  request(signed) {
    return this.#send("request", signed);
  }

  /** @param {string} signed canonical signed binding @returns {Promise<{ bound: boolean }>} */
  bind(signed) {
    return this.#send("binding", signed);
  }

  /** @param {string} request R @returns {Promise<{ location: string }>} where デジタル認証 begins */
  digitalAuth(request) {
    return this.#send("digital-auth", `{"request":${request}}`);
  }

  /** @returns {Promise<{ ceremony: "create" | "get", publicKey: any }>} */
  passkeyOptions() {
    return this.#post("passkey/options", {});
  }

  /** @param {object} credential as its `toJSON` gives it @returns {Promise<{ steps: Step[] }>} */
  passkey(credential) {
    return this.#post("passkey", credential);
  }

  /** @returns {Promise<{ steps: Step[] }>} */
  confirm() {
    return this.#post("confirm", { free_will: true });
  }

  /** @returns {Promise<DeskAnswer>} */
  ticket() {
    return this.#post("ticket", {});
  }

  /** @param {string} path */
  #get(path) {
    return ask(this.#fetch, this.#base + path, { method: "GET" });
  }

  /** @param {string} path @param {object} value */
  #post(path, value) {
    return this.#send(path, JSON.stringify(value));
  }

  /** @param {string} path @param {string} body */
  #send(path, body) {
    return ask(this.#fetch, this.#base + path, post(body, { "X-CSRFToken": this.#csrf }));
  }
}

/**
 * Ask every further issuer; each checks the card's signature for itself.
 *
 * @param {Fetch} fetch @param {string[]} origins of all issuers, the desk's first
 * @param {"issue" | "binding"} path for a blind signature, or to have the card's two certificates bound
 * @param {string} signed the vouched request, or the signed binding
 * @returns {Promise<any[]>} the answers of issuers 2, 3, …; to `issue`, {@link IssuedAnswer}
 */
export function askFurtherIssuers(fetch, origins, path, signed) {
  const init = { ...post(signed), credentials: /** @type {const} */ ("omit"), mode: /** @type {const} */ ("cors") };
  return Promise.all(origins.slice(1).map((origin) => ask(fetch, new URL(`/api/${path}`, origin).href, init)));
}

/**
 * @param {IssuedAnswer[]} answers in issuer order @param {string} style that the desk named first
 * @returns {string[]} the blind signatures, when all are for this ballot style and from the issuer that was asked
 */
export function blindSignatures(answers, style) {
  return answers.map((answer, index) => {
    if (answer.style !== style || answer.issuer !== index + 1 || typeof answer.blind_signature !== "string") {
      throw new IppyoError("faulty-issuer", `Issuer ${index + 1} answered for something else.`);
    }
    return answer.blind_signature;
  });
}
