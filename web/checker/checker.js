/** The checker's two steps (docs/booth.md §3): the sealed ballots first, and only then what they are said to hold. */

import { IppyoError } from "../ippyo/errors.js";
import { markOf } from "../ippyo/mark.js";
import { checkOpening, parseOpening, parseSealed } from "../ippyo/opening.js";
import { Parts } from "../ippyo/parts.js";

/** @typedef {import("../ippyo/poll.js").Poll} Poll */
/** @typedef {import("../ippyo/seal.js").Choice} Choice */

/**
 * What was read. `sealed`: the first two groups of each tracker, for the voter to compare; `true`: what the ballots
 * hold, which contests of the poll have none, and the mark of the credential that signed them.
 *
 * @typedef {{ kind: "sealed", seen: string[] } | { kind: "part", found: number, count: number }
 *   | { kind: "true", ballots: Held[], absent: string[], mark: string } | { kind: "lied" } | { kind: "other-poll" }
 *   | { kind: "first-sealed" } | { kind: "at-once" } | { kind: "other-sealed" } | { kind: "not-ours" }} Finding
 * @typedef {{ contest: string, choice: Choice }} Held
 */

const GROUP = 4;

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

  /**
   * @param {string} text of one QR code, or as pasted: what is on several lines is put together
   * @returns {Finding} the last line's; but a sealed text with its opening in one reading proves nothing, for whoever
   *   writes both at once may have sealed after it was known who checks
   */
  read(text) {
    const before = this.#trackers;
    /** @type {Finding} */
    let last = { kind: "not-ours" };
    for (const line of text.split("\n").filter((each) => each.trim() !== "")) {
      last = this.#line(line);
      if (before === null && this.#trackers !== null && ["true", "lied"].includes(last.kind)) {
        this.reset();
        return { kind: "at-once" };
      }
      if (last.kind === "lied" || last.kind === "other-poll" || last.kind === "first-sealed") return last;
    }
    return last;
  }

  /** @param {string} text @returns {Finding} */
  #line(text) {
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
      return { kind: text.split("|")[1] === this.#poll.fingerprint ? "not-ours" : "other-poll" };
    }
    // What was read first binds the page: it must not put another vote in its place afterwards.
    if (this.#trackers !== null && this.#trackers.join() !== trackers.join()) return { kind: "other-sealed" };
    this.#trackers = trackers;
    return { kind: "sealed", seen: trackers.map((tracker) => `${tracker.slice(0, GROUP)} ${tracker.slice(GROUP, 2 * GROUP)}`) };
  }

  /** @param {string} text @returns {Finding} */
  #opening(text) {
    if (this.#trackers === null) return { kind: "first-sealed" };
    try {
      const opening = parseOpening(text);
      const ballots = checkOpening(opening, this.#poll, this.#trackers);
      const opened = ballots.map(({ contest }) => contest);
      const contests = this.#poll.manifest.contests.map(({ id }) => id);
      // The ledger refuses contests twice or out of order: who opens such a vote never meant it to be cast.
      if (contests.filter((id) => opened.includes(id)).join() !== opened.join()) return { kind: "lied" };
      const absent = contests.filter((id) => !opened.includes(id));
      return { kind: "true", ballots, absent, mark: markOf(opening.credential) };
    } catch (error) {
      if (error instanceof IppyoError) return { kind: "lied" };
      throw error;
    }
  }
}
