/** The page's side of worker.js. */

import { CALLS } from "./calls.js";
import { connect, startWhole } from "./remote.js";

/** @typedef {import("./device.js").Device} Device */
/** @typedef {import("./remote.js").Remote<Device, typeof CALLS[number]>} DeviceClient */

/**
 * @param {Record<string, string>} modules of the worker: integrity by address
 * @param {(address: URL, modules: Record<string, string>) => Worker | Promise<Worker>} [start]
 * @returns {DeviceClient} the calls of {@link Device}, each of which returns a promise
 */
export function connectDevice(modules, start = startWhole) {
  return connect(CALLS, () => start(new URL("./worker.js", import.meta.url), modules));
}
