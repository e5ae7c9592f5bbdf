/** The bar that says how long the poll is still open, in its last hour (docs/booth.md §4: by the booth's clock). */

import { plain } from "../look/words.js";

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const EACH_MS = 1000;
/** Minutes at which the bar is heard, too: not every second. */
const HEARD = [60, 10, 1];
/** Screens on which nobody needs to hurry any more. */
const DELIVERED = new Set(["waiting", "done"]);

/**
 * From now on, show how much time is left.
 *
 * @param {Pick<import("./view.js").VotingView, "shown" | "write" | "word">} page
 * @param {() => number | null} left milliseconds, once they are known
 */
export function watchClose(page, left) {
  let heard = "";
  setInterval(() => {
    const rest = left();
    const bar = document.getElementById("closing");
    if (rest === null || bar === null) return;
    bar.hidden = rest > HOUR_MS || DELIVERED.has(page.shown);
    const key = rest <= 0 ? "closing.over" : rest < MINUTE_MS ? "closing.seconds" : "closing.minutes";
    const minutes = Math.ceil(rest / MINUTE_MS);
    const seconds = Math.max(0, Math.ceil(rest / 1000));
    const sentence = page.word(key, { minutes: String(minutes), seconds: String(seconds) });
    page.write("closing", sentence);
    const now = rest <= 0 ? "over" : HEARD.includes(minutes) ? String(minutes) : heard;
    if (now === heard || bar.hidden) return;
    heard = now;
    const status = document.getElementById("status");
    if (status !== null) status.textContent = plain(sentence);
  }, EACH_MS);
}
