/** The page's side of worker.js. */

import { connect } from "../ippyo/remote.js";
import { CALLS } from "./calls.js";

/** @typedef {import("./device.js").BoothDevice} BoothDevice */
/** @typedef {import("../ippyo/remote.js").Remote<BoothDevice, typeof CALLS[number]>} BoothClient */

/** @returns {Worker} */
const startWorker = () => new Worker(new URL("./worker.js", import.meta.url), { type: "module" });

/** @param {() => Worker} [start] @returns {BoothClient} the calls of {@link BoothDevice}, each of which returns a promise */
export function connectBooth(start = startWorker) {
  return connect(CALLS, start);
}
