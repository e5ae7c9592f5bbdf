/** The worker around a {@link BoothDevice}: answers `{id, call, values}` with `{id, value}` or `{id, refusal}`. */

import { IppyoError } from "../ippyo/errors.js";
import { CALLS } from "./calls.js";
import { BoothDevice } from "./device.js";

const device = new BoothDevice();

addEventListener("message", ({ data: { id, call, values } }) => {
  try {
    const name = CALLS.find((known) => known === call);
    if (name === undefined) throw new IppyoError("unknown-call", "There is no such call.");
    /** @type {(...values: unknown[]) => unknown} */
    const method = /** @type {any} */ (device[name]);
    postMessage({ id, value: method.apply(device, values) });
  } catch (error) {
    // Of an unexpected error only the kind is told: its words might hold a secret.
    const known = error instanceof IppyoError;
    postMessage({ id, refusal: known ? { code: error.code, message: error.message } : { code: "internal-error", message: "" } });
  }
});
