/** The page's side of worker.js. */

import { CALLS } from "./calls.js";
import { connect } from "./remote.js";

/** @typedef {import("./device.js").Device} Device */
/** @typedef {import("./remote.js").Remote<Device, typeof CALLS[number]>} DeviceClient */

/** @returns {Worker} */
const startWorker = () => new Worker(new URL("./worker.js", import.meta.url), { type: "module" });

/** @param {() => Worker} [start] @returns {DeviceClient} the calls of {@link Device}, each of which returns a promise */
export function connectDevice(start = startWorker) {
  return connect(CALLS, start);
}
