/** Casting: the sealed ballots are handed to the booth, and waited for until a receipt proves that they are in. */

import { codeOf } from "../ippyo/attempts.js";
import { IppyoError } from "../ippyo/errors.js";
import { arrival, send } from "./delivery.js";
import { drop, keep, kept } from "./kept.js";

/** @typedef {import("./device.js").Tracked} Tracked */
/** @typedef {import("./kept.js").Kept} Kept */
/** @typedef {import("./delivery.js").Means} Means */

export class Casting {
  #sitting;
  /** @type {{ id: string, trackers: Tracked[], receipt: string, isEarlier: boolean } | null} */
  #cast = null;
  #underWay = false;

  /** @param {import("./sitting.js").Sitting} sitting */
  constructor(sitting) {
    this.#sitting = sitting;
  }

  /** @returns {string} the receipt, once it is there */
  get receipt() {
    return this.#cast?.receipt ?? "";
  }

  /** @returns {boolean} whether ballots were handed over whose fate is not known yet */
  get underWay() {
    return this.#underWay;
  }

  /** @returns {Kept | null} what the voter kept here of an earlier vote */
  get kept() {
    const { storage, fingerprint } = this.#sitting.at;
    return kept(storage, fingerprint);
  }

  /** @param {Tracked[]} trackers of what was sealed last */
  async cast(trackers) {
    const { page, device } = this.#sitting.at;
    const means = this.#sitting.means();
    const text = await device.cast();
    if (means.over.aborted) return;
    page.show("waiting");
    page.input("keep").checked = false;
    const id = await send(means, text);
    if (means.over.aborted) return;
    this.#cast = { id, trackers, receipt: "", isEarlier: false };
    if (page.input("keep").checked) this.#keep();
    await this.#wait(means);
  }

  /** @param {Kept} found what was kept here: look it up */
  async lookUp({ id, trackers }) {
    const { page } = this.#sitting.at;
    this.#cast = { id, trackers, receipt: "", isEarlier: true };
    page.show("waiting");
    page.input("keep").checked = true;
    await this.#wait(this.#sitting.means());
  }

  /**
   * The receipt that came proves nothing, or the worker that was to look at it is lost: ask for it again, and seal nothing
   * anew meanwhile.
   *
   * @returns {Promise<void>}
   */
  waitAgain() {
    return this.#sitting.attempts.make(async () => {
      await this.#sitting.open();
      this.#sitting.at.page.show("waiting");
      await this.#wait(this.#sitting.means());
    }, () => this.waitAgain());
  }

  /** The voter ticked, or unticked, that the vote may be looked up from this device. */
  keepOrNot() {
    if (this.#sitting.at.page.input("keep").checked) this.#keep();
    else if (this.kept?.id === this.#cast?.id) drop(this.#sitting.at.storage);
  }

  /** What was kept by choice stays, unless `all`. @param {boolean} all */
  forget(all) {
    this.#cast = null;
    this.#underWay = false;
    if (all) drop(this.#sitting.at.storage);
  }

  #keep() {
    if (this.#cast === null) return;
    const { id, trackers } = this.#cast;
    const { page, storage, fingerprint } = this.#sitting.at;
    page.input("keep").checked = keep(storage, { poll: fingerprint, id, trackers });
  }

  /** @param {Means} means */
  async #wait(means) {
    if (this.#cast === null) return;
    const { at: { page, device, drawQr }, attempts, poll } = this.#sitting;
    const { id, trackers, isEarlier } = this.#cast;
    this.#underWay = true;
    const receipt = await this.#receiptOf(means, id, trackers);
    if (receipt === null || means.over.aborted) return;
    attempts.instead(() => this.waitAgain());
    const index = await device.checkReceipt(receipt, id, trackers.map(({ tracker }) => tracker));
    if (means.over.aborted) return;
    this.#cast = { id, trackers, receipt, isEarlier };
    this.#underWay = false;
    await device.settle();
    page.trackers(trackers, poll.contests);
    page.write("receipt-text", receipt);
    page.write("position", String(index + 1));
    // Its receipt proves that an earlier vote came in, not that none has come after it.
    page.show("done", poll.revote === "never" ? "never" : isEarlier ? "earlier" : "again");
    // The vote is in, also where no picture can be made: of very many trackers, or with the network gone.
    page.write("receipt-qr", await drawQr(trackers.map(({ tracker }) => tracker).join("\n")).catch(() => ""));
  }

  /**
   * @param {Means} means @param {string} id @param {Tracked[]} trackers
   * @returns {Promise<string | null>} null where the vote was in before, and that is shown
   */
  async #receiptOf(means, id, trackers) {
    const { page, device } = this.#sitting.at;
    try {
      return await arrival(means, id);
    } catch (error) {
      if (codeOf(error) === "stopped") throw error;
      // Whatever was refused, the same ballots are of no more use.
      this.#underWay = false;
      await device.settle();
      if (codeOf(error) !== "duplicate") throw error;
      const { coin } = await this.#sitting.coin();
      const counting = coin?.ballots ?? [];
      const mine = trackers.every(({ tracker }) => counting.some((ballot) => ballot.tracker === tracker));
      if (!mine || trackers.length === 0) throw new IppyoError("not-in", "The ledger does not have this vote.");
      page.trackers(counting, this.#sitting.poll.contests);
      page.show("voted", "again");
      return null;
    }
  }
}
