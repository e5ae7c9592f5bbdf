/** What a page tries for a voter: where it fails, the refusal is shown, and the voter may try again. */

import { IppyoError } from "./errors.js";
import { Refusal } from "./http.js";

/** @param {unknown} error @returns {string} its code; of what should not happen, `internal-error` */
export function codeOf(error) {
  return error instanceof IppyoError ? error.code : "internal-error";
}

export class Attempts {
  #refuse;
  #language;
  #again;

  /**
   * @param {(code: string, sentence?: string) => void} refuse shows a refusal, with the server's sentence where it sent one
   * @param {string} language of these sentences: `en`, or Japanese
   * @param {() => unknown} again what is tried again as long as nothing has been tried
   */
  constructor(refuse, language, again) {
    this.#refuse = refuse;
    this.#language = language;
    this.#again = again;
  }

  /**
   * Do `work`; show its refusal.
   *
   * @param {() => Promise<void>} work
   * @param {() => unknown} [again] what the voter may try then, unless `work` finds something better; else as before
   */
  async make(work, again) {
    if (again !== undefined) this.#again = again;
    try {
      await work();
    } catch (error) {
      const { en, ja } = error instanceof Refusal ? error.sentences : {};
      this.#refuse(codeOf(error), this.#language === "en" ? en : ja);
    }
  }

  /** @param {() => unknown} again what the voter may try from now on */
  instead(again) {
    this.#again = again;
  }

  /** Do again what was refused. @returns {unknown} */
  again() {
    return this.#again();
  }
}
