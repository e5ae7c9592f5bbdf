/** JSON over HTTP, with refusals by name. */

import { IppyoError } from "./errors.js";

const PATIENCE_MS = 60_000;

/** A refusal of a server, with the sentences it sent. */
export class Refusal extends IppyoError {
  /** @param {string} code @param {{ ja?: string, en?: string }} message */
  constructor(code, message) {
    super(code, message.en ?? code);
    /** @readonly */
    this.sentences = message;
  }
}

/** @typedef {(url: string, init: RequestInit) => Promise<Response>} Fetch */

/**
 * @param {Fetch} fetch @param {string} url @param {RequestInit} init
 * @param {string} unreachable the code for "no answer"
 * @returns {Promise<any>} the decoded answer
 */
export async function ask(fetch, url, init, unreachable = "offline") {
  const signal = AbortSignal.timeout(PATIENCE_MS);
  /** @type {Response} */
  let response;
  let text;
  try {
    const always = /** @type {const} */ ({ cache: "no-store", redirect: "error", referrerPolicy: "no-referrer" });
    response = await fetch(url, { ...always, signal, ...init });
    // A connection can also break off in the middle of an answer.
    text = await response.text();
  } catch {
    throw new IppyoError(unreachable, "There was no answer.");
  }
  /** @type {any} */
  let answer;
  try {
    answer = JSON.parse(text);
  } catch {
    throw new IppyoError(response.ok ? "malformed" : "internal-error", "The answer is not JSON.");
  }
  if (response.ok) return answer;
  const code = typeof answer?.code === "string" ? answer.code : "internal-error";
  throw new Refusal(code, typeof answer?.message === "object" && answer.message !== null ? answer.message : {});
}

/**
 * @param {string} body canonical or other JSON text @param {Record<string, string>} [headers]
 * @returns {RequestInit}
 */
export function post(body, headers = {}) {
  return { method: "POST", body, headers: { "Content-Type": "application/json", ...headers } };
}
