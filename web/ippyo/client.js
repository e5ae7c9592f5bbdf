/** The page's side of worker.js. */

import { CALLS } from "./calls.js";
import { IppyoError } from "./errors.js";

/** @typedef {import("./device.js").Device} Device */
/** @typedef {typeof CALLS[number]} Call */
/** @typedef {{ [C in Call]: (...values: Parameters<Device[C]>) => Promise<ReturnType<Device[C]>> }} DeviceClient */

/**
 * @param {Worker} [worker]
 * @returns {DeviceClient} the calls of {@link Device}, each of which returns a promise
 */
export function connectDevice(worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" })) {
  /** @type {Map<number, { resolve: (value: any) => void, reject: (error: Error) => void }>} */
  const waiting = new Map();
  let last = 0;
  worker.addEventListener("message", ({ data: { id, value, refusal } }) => {
    const promise = waiting.get(id);
    waiting.delete(id);
    if (refusal) promise?.reject(new IppyoError(refusal.code, refusal.message));
    else promise?.resolve(value);
  });
  worker.addEventListener("error", () => {
    for (const { reject } of waiting.values()) reject(new IppyoError("internal-error", "The worker does not run."));
    waiting.clear();
  });
  /** @param {Call} call */
  const caller = (call) => {
    return (/** @type {unknown[]} */ ...values) => {
      return new Promise((resolve, reject) => {
        last += 1;
        waiting.set(last, { resolve, reject });
        worker.postMessage({ id: last, call, values });
      });
    };
  };
  return /** @type {any} */ (Object.fromEntries(CALLS.map((call) => [call, caller(call)])));
}
