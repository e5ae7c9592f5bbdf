/**
 * A page's calls to an object in its worker: `{id, call, values}` there, `{id, value}` or `{id, refusal}` back.
 */

import { IppyoError } from "./errors.js";

/**
 * The methods N of T, each of which returns a promise.
 *
 * @template T
 * @template {keyof T} N
 * @typedef {{ [C in N]: T[C] extends (...values: infer V) => infer R ? (...values: V) => Promise<R> : never }} Remote
 */

/**
 * @typedef {object} Caller
 * @property {(type: "message", listener: (event: MessageEvent) => void) => void} addEventListener
 * @property {(message: unknown) => void} postMessage
 */

/**
 * A browser holds a page's modules to the hashes in its import map, but knows none for a worker's. So the page asks for
 * those first, each with its hash, and starts no worker unless every one of them is what it should be.
 *
 * @param {URL} address of the worker @param {Record<string, string>} modules that it loads: integrity by address
 * @returns {Promise<Worker>}
 */
export async function startWhole(address, modules) {
  await Promise.all(Object.entries(modules).map(([module, integrity]) => fetch(module, { integrity })));
  return new Worker(address, { type: "module" });
}

/**
 * The page's side. The worker, and with it all cryptography, is loaded when it is first called.
 *
 * @template R the {@link Remote} that is called
 * @param {readonly string[]} calls names of what may be called @param {() => Worker | Promise<Worker>} start
 * @returns {R}
 */
export function connect(calls, start) {
  /** @type {Map<number, { resolve: (value: any) => void, reject: (error: Error) => void }>} */
  const waiting = new Map();
  /** @type {Promise<Worker> | null} */
  let worker = null;
  let last = 0;
  /** A worker broke down when nobody waited for it: whoever calls next has to hear that all it held is gone. */
  let untold = false;
  const noWorker = () => new IppyoError("no-worker", "The worker does not run.");
  // A script that did not arrive, or that its hash refused: the next call tries anew.
  const fail = () => {
    worker = null;
    for (const { reject } of waiting.values()) reject(noWorker());
    waiting.clear();
  };
  const open = async () => {
    const opened = await start();
    opened.addEventListener("message", ({ data: { id, value, refusal } }) => {
      const promise = waiting.get(id);
      waiting.delete(id);
      if (refusal) promise?.reject(new IppyoError(refusal.code, refusal.message));
      else promise?.resolve(value);
    });
    opened.addEventListener("error", () => {
      opened.terminate();
      untold = waiting.size === 0;
      fail();
    });
    return opened;
  };
  /** @param {string} call */
  const caller = (call) => (/** @type {unknown[]} */ ...values) =>
    new Promise((resolve, reject) => {
      if (untold) {
        untold = false;
        reject(noWorker());
        return;
      }
      last += 1;
      const id = last;
      waiting.set(id, { resolve, reject });
      worker ??= open();
      worker.then((opened) => opened.postMessage({ id, call, values }), fail);
    });
  return /** @type {any} */ (Object.fromEntries(calls.map((call) => [call, caller(call)])));
}

/**
 * The worker's side: from now on, answer what is asked of `object`.
 *
 * @param {object} object @param {readonly string[]} calls names of its methods that may be called
 * @param {Caller} page by whom: inside a worker, its global scope
 */
export function answerFor(object, calls, page) {
  page.addEventListener("message", ({ data: { id, call, values } }) => {
    try {
      if (!calls.includes(call)) throw new IppyoError("unknown-call", "There is no such call.");
      page.postMessage({ id, value: /** @type {any} */ (object)[call](...values) });
    } catch (error) {
      // Of an unexpected error only the kind is told: its words might hold a secret.
      const known = error instanceof IppyoError;
      const refusal = known ? { code: error.code, message: error.message } : { code: "internal-error", message: "" };
      page.postMessage({ id, refusal });
    }
  });
}
