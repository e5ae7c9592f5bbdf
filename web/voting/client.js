/** The page's side of worker.js. */

import { connect, startWhole } from "../ippyo/remote.js";
import { CALLS } from "./calls.js";

/** @typedef {import("./device.js").BoothDevice} BoothDevice */
/** @typedef {import("../ippyo/remote.js").Remote<BoothDevice, typeof CALLS[number]>} BoothClient */

/**
 * @param {Record<string, string>} modules of the worker: integrity by address
 * @returns {BoothClient} the calls of {@link BoothDevice}, each of which returns a promise
 */
export function connectBooth(modules) {
  return connect(CALLS, () => startWhole(new URL("./worker.js", import.meta.url), modules));
}
