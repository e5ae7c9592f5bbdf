/** The page's side of worker.js. The worker, and with it all cryptography, is loaded when it is first called. */

import { IppyoError } from "../ippyo/errors.js";
import { CALLS } from "./calls.js";

/** @typedef {import("./device.js").BoothDevice} BoothDevice */
/** @typedef {typeof CALLS[number]} Call */
/** @typedef {{ [C in Call]: (...values: Parameters<BoothDevice[C]>) => Promise<ReturnType<BoothDevice[C]>> }} BoothClient */

/** @returns {Worker} */
const startWorker = () => new Worker(new URL("./worker.js", import.meta.url), { type: "module" });

/** @param {() => Worker} [start] @returns {BoothClient} the calls of {@link BoothDevice}, each of which returns a promise */
export function connectBooth(start = startWorker) {
  /** @type {Map<number, { resolve: (value: any) => void, reject: (error: Error) => void }>} */
  const waiting = new Map();
  /** @type {Worker | null} */
  let worker = null;
  let last = 0;
  const open = () => {
    const opened = start();
    opened.addEventListener("message", ({ data: { id, value, refusal } }) => {
      const promise = waiting.get(id);
      waiting.delete(id);
      if (refusal) promise?.reject(new IppyoError(refusal.code, refusal.message));
      else promise?.resolve(value);
    });
    opened.addEventListener("error", () => {
      // A script that did not arrive, or that its integrity refused: the next call tries anew.
      worker = null;
      for (const { reject } of waiting.values()) reject(new IppyoError("no-worker", "The worker does not run."));
      waiting.clear();
    });
    return opened;
  };
  /** @param {Call} call */
  const caller = (call) => (/** @type {unknown[]} */ ...values) =>
    new Promise((resolve, reject) => {
      worker ??= open();
      last += 1;
      waiting.set(last, { resolve, reject });
      worker.postMessage({ id: last, call, values });
    });
  return /** @type {any} */ (Object.fromEntries(CALLS.map((call) => [call, caller(call)])));
}
