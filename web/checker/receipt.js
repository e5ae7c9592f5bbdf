/**
 * The board's page that checks receipts (docs/booth.md §5): dropped, chosen or pasted, and nothing of them is sent.
 */

import { ledgerFacts } from "../ippyo/checkpoint.js";
import { IppyoError } from "../ippyo/errors.js";
import { ask } from "../ippyo/http.js";
import { Poll } from "../ippyo/poll.js";
import { parseReceipt, verifyReceipt } from "../ippyo/receipt.js";
import { elementAt as at } from "../look/page.js";
import { switchReadings } from "../look/words.js";

const LARGEST = 128 * 1024;
const TRACKERS = /^[A-Za-z0-9+/]{43}(\n[A-Za-z0-9+/]{43})*$/;
const VERDICTS = ["cast", "trackers", "other", "wrong-poll", "bad", "unread", "offline"];

/** @type {Promise<Poll> | null} */
let poll = null;

/** @returns {Promise<Poll>} whose texts are those of the fingerprint in this page */
function openPoll() {
  const fingerprint = at("receipt-check").dataset.poll ?? "";
  poll ??= ask(window.fetch.bind(window), "/api/poll", {}).then((texts) => Poll.open(fingerprint, texts));
  // What did not arrive may be asked for again.
  poll.catch(() => (poll = null));
  return poll;
}

/** @param {string} verdict one of {@link VERDICTS} @param {string[]} [trackers] @param {number} [index] in the ledger, from 0 */
function tell(verdict, trackers = [], index) {
  for (const name of VERDICTS) at(`receipt-${name}`).hidden = name !== verdict;
  at("receipt-list").replaceChildren(...trackers.map(tracked));
  at("receipt-found").hidden = trackers.length === 0;
  at("receipt-entry").hidden = index === undefined;
  // People count from one, as the voting page does (番目).
  at("receipt-place").textContent = index === undefined ? "" : String(index + 1);
  at("receipt-verdict").hidden = false;
  at("receipt-verdict").focus();
}

/** @param {string} tracker @returns {Node} a link to what became of it */
function tracked(tracker) {
  const line = document.createElement("li");
  const link = document.createElement("a");
  const address = new URL(at("receipt-check").dataset.find ?? "", window.location.href);
  address.searchParams.set("tracker", tracker);
  link.href = address.href;
  link.append(Object.assign(document.createElement("code"), { textContent: tracker }));
  line.append(link);
  return line;
}

/** @param {string} text */
async function check(text) {
  let receipt;
  try {
    receipt = parseReceipt(text.replaceAll("\r\n", "\n"));
  } catch {
    return tell("unread");
  }
  let facts;
  try {
    facts = ledgerFacts((await openPoll()).genesis);
  } catch {
    return tell("offline");
  }
  try {
    const entry = verifyReceipt(receipt, facts);
    tell(entry.type === "cast" ? "cast" : "other", entry.trackers, receipt.index);
  } catch (error) {
    tell(error instanceof IppyoError && error.code === "wrong-poll" ? "wrong-poll" : "bad");
  }
}

/** @param {File | undefined} file */
async function read(file) {
  if (file === undefined) return;
  if (file.type.startsWith("image/")) {
    // The QR code beside a receipt holds its trackers only.
    const text = (await (await import("../look/qr_read.js")).readPicture(file)) ?? "";
    return TRACKERS.test(text) ? tell("trackers", text.split("\n")) : tell("unread");
  }
  if (file.size > LARGEST) return tell("unread");
  await check(await file.text());
}

at("receipt-file").addEventListener("change", (event) => {
  if (event.target instanceof HTMLInputElement) void read(event.target.files?.[0]);
});
at("receipt-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const field = at("receipt-text");
  if (field instanceof HTMLTextAreaElement) void check(field.value);
});
document.addEventListener("dragover", (event) => event.preventDefault());
document.addEventListener("drop", (event) => {
  event.preventDefault();
  void read(event.dataTransfer?.files[0]);
});
document.querySelector("[data-do=furigana]")?.addEventListener("click", switchReadings);
document.documentElement.dataset.script = "on";
