/** The worker around a {@link Device}. */

import { CALLS } from "./calls.js";
import { Device } from "./device.js";
import { answerFor } from "./remote.js";

answerFor(new Device(), CALLS, globalThis);
