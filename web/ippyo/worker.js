/** The worker around a {@link Device}: answers `{id, call, values}` with `{id, value}` or `{id, refusal}`. */

import { CALLS } from "./calls.js";
import { Device } from "./device.js";
import { IppyoError } from "./errors.js";

const device = new Device();

addEventListener("message", (event) => {
  const { id, call, values } = event.data;
  try {
    const name = CALLS.find((known) => known === call);
    if (name === undefined) throw new IppyoError("unknown-call", "There is no such call.");
    /** @type {(...values: unknown[]) => unknown} */
    const method = /** @type {any} */ (device[name]);
    postMessage({ id, value: method.apply(device, values) });
  } catch (error) {
    // Of an unexpected error only the kind is told: its words might hold a secret.
    const known = error instanceof IppyoError;
    const refusal = known ? { code: error.code, message: error.message } : { code: "internal-error", message: "" };
    postMessage({ id, refusal });
  }
});
