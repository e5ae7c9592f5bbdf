/**
 * Check before casting (docs/booth.md §3): what was sealed is spoiled, and only then opened, for the checker's eyes. From
 * here on the page knows that it is checked, so there is no way back to these ballots, nor to their code.
 */

import { codeOf } from "../ippyo/attempts.js";
import { split } from "../ippyo/parts.js";
import { arrival, send } from "./delivery.js";

export class Checking {
  #sitting;
  /** How many of the spoils are in, as their receipts prove. */
  #spoiled = 0;
  /** @type {string[]} */
  #parts = [];
  #part = 0;

  /** @param {import("./sitting.js").Sitting} sitting */
  constructor(sitting) {
    this.#sitting = sitting;
  }

  /** @returns {string} the whole opening, to carry it over by hand */
  get opening() {
    return this.#parts.join("\n");
  }

  /** What is checked from now on was sealed anew, or there is nothing to check. */
  begin() {
    this.#spoiled = 0;
    this.#parts = [];
  }

  /** Check; where it broke off before, go on from there. */
  async check() {
    const { page, device } = this.#sitting.at;
    const means = this.#sitting.means();
    page.show("spoiling");
    const texts = await device.spoils();
    for (; this.#spoiled < texts.length; this.#spoiled += 1) await this.#spoil(means, texts[this.#spoiled] ?? "");
    if (means.over.aborted) return;
    this.#parts = split(await device.opening());
    this.#part = 0;
    page.show("opening");
    await this.#showPart();
  }

  /** Show the next of the opening's codes. */
  async nextPart() {
    this.#part = (this.#part + 1) % this.#parts.length;
    await this.#showPart();
  }

  /** @param {import("./delivery.js").Means} means @param {string} text of a spoil, which is in the ledger afterwards */
  async #spoil(means, text) {
    const which = this.#spoiled;
    const id = await send(means, text);
    let receipt;
    try {
      receipt = await arrival(means, id);
    } catch (error) {
      // Spoiled before, by a try whose answer was lost. The opened ballot is never cast from here in any case.
      if (codeOf(error) === "duplicate") return;
      throw error;
    }
    await this.#sitting.at.device.checkSpoil(receipt, id, which);
  }

  async #showPart() {
    const { page, drawQr } = this.#sitting.at;
    const [part, count] = [this.#part + 1, this.#parts.length];
    page.write("opening-part", page.word("opening-part", { part: String(part), count: String(count) }));
    page.state(count === 1 ? "single" : "several");
    page.write("opening-qr", await drawQr(this.#parts[this.#part] ?? ""));
  }
}
