/** The checker's two steps (docs/booth.md §3): the sealed ballots first, and only then what they are said to hold. */

import { IppyoError } from "../ippyo/errors.js";
import { checkOpening, parseOpening, parseSealed } from "../ippyo/opening.js";
import { Parts } from "./parts.js";

/** @typedef {import("../ippyo/poll.js").Poll} Poll */
/** @typedef {import("../ippyo/seal.js").Choice} Choice */

/**
 * @typedef {{ kind: "sealed", count: number } | { kind: "part", found: number, count: number }
 *   | { kind: "true", ballots: { contest: string, choice: Choice }[] } | { kind: "lied" }
 *   | { kind: "first-sealed" } | { kind: "other-sealed" } | { kind: "not-ours" }} Finding
 */

export class Checker {
  #poll;
  /** @type {string[] | null} */
  #trackers = null;
  #parts = new Parts();

  /** @param {Poll} poll which the checker has of itself */
  constructor(poll) {
    this.#poll = poll;
  }

  /** Begin with another vote. */
  reset() {
    this.#trackers = null;
    this.#parts = new Parts();
  }

  /** @param {string} text of one QR code, or as pasted on one line @returns {Finding} */
  read(text) {
    let whole;
    try {
      whole = this.#parts.add(text.trim());
    } catch {
      return { kind: "not-ours" };
    }
    if (whole === null) return { kind: "part", found: this.#parts.found, count: this.#parts.count };
    if (whole.startsWith("IPPYO-SEALED-1|")) return this.#sealed(whole);
    if (whole.startsWith("IPPYO-OPENING-1|")) return this.#opening(whole);
    return { kind: "not-ours" };
  }

  /** @param {string} text @returns {Finding} */
  #sealed(text) {
    let trackers;
    try {
      trackers = parseSealed(text, this.#poll.fingerprint);
    } catch {
      return { kind: "not-ours" };
    }
    // What was read first binds the page: it must not put another vote in its place afterwards.
    if (this.#trackers !== null && this.#trackers.join() !== trackers.join()) return { kind: "other-sealed" };
    this.#trackers = trackers;
    return { kind: "sealed", count: trackers.length };
  }

  /** @param {string} text @returns {Finding} */
  #opening(text) {
    if (this.#trackers === null) return { kind: "first-sealed" };
    try {
      return { kind: "true", ballots: checkOpening(parseOpening(text), this.#poll, this.#trackers) };
    } catch (error) {
      if (error instanceof IppyoError) return { kind: "lied" };
      throw error;
    }
  }
}
