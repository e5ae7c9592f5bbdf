/** The worker around a {@link BoothDevice}. */

import { answerFor } from "../ippyo/remote.js";
import { CALLS } from "./calls.js";
import { BoothDevice } from "./device.js";

answerFor(new BoothDevice(), CALLS, globalThis);
