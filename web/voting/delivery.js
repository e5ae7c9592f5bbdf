/**
 * Bringing a transaction into the ledger: sent until the booth has it, then asked after until it is in.
 *
 * A lost connection is no failure: the same text is sent again, which does no harm. Only a refusal ends the waiting.
 */

import { IppyoError } from "../ippyo/errors.js";

/** @typedef {import("./gateway.js").Gateway} Gateway */
/** @typedef {"sending" | "offline" | "waiting" | "accepted"} Stage what is truly known at the moment */

/** Codes after which the same again may succeed. */
const COME_AGAIN = new Set(["offline", "internal-error", "busy", "ledger-unavailable", "too-many-attempts"]);
const FIRST_PAUSE_MS = 400;
const LONGEST_PAUSE_MS = 5000;

/**
 * @typedef {object} Means
 * @property {Pick<Gateway, "send" | "progress">} gateway
 * @property {(milliseconds: number) => Promise<void>} pause
 * @property {(stage: Stage) => void} tell
 * @property {AbortSignal} over aborted once nobody waits any more
 */

/** @param {Means} means @param {string} text @returns {Promise<string>} the id under which the booth keeps it */
export async function send(means, text) {
  means.tell("sending");
  return insist(means, async () => (await means.gateway.send(text)).id);
}

/**
 * @param {Means} means @param {string} id
 * @returns {Promise<string>} the receipt; throws the refusal
 */
export async function arrival(means, id) {
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(LONGEST_PAUSE_MS, pause * 1.5)) {
    const { state, receipt, code } = await insist(means, () => means.gateway.progress(id));
    if (state === "refused") throw new IppyoError(code ?? "internal-error", "The ledger refused the transaction.");
    if (state === "accepted" && receipt !== undefined) return receipt;
    means.tell(state === "accepted" ? "accepted" : "waiting");
    await means.pause(pause);
  }
}

/**
 * @template T
 * @param {Means} means @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
async function insist(means, work) {
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(LONGEST_PAUSE_MS, pause * 1.5)) {
    if (means.over.aborted) throw new IppyoError("stopped", "Nobody waits any more.");
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof IppyoError) || !COME_AGAIN.has(error.code)) throw error;
      means.tell("offline");
      await means.pause(pause);
    }
  }
}
