/** A visit to the booth's page: a voter, a booth that tells the truth or lies, and a page that notes what it was shown. */

import { IppyoError } from "../ippyo/errors.js";
import { BoothDevice, transactionId } from "../voting/device.js";
import { Gateway } from "../voting/gateway.js";
import { Way } from "../voting/way.js";
import { ready } from "./booth_of_tests.js";
import { memoryStorage } from "./desk_of_tests.js";

/** @typedef {ReturnType<typeof ready>} Voter */
/** @typedef {{ voter: Voter, text: string, trackers: string[] }} Sent */
/** @typedef {(sent: Sent) => { state: string, code?: string, receipt?: string }} Progress */
/**
 * What the booth makes of what is asked: `progress` of a transaction, `coin` of the voter, `ticket` beside it.
 *
 * @typedef {{ progress?: Progress, coin?: (voter: Voter, sent: Sent[]) => any, ticket?: (voter: Voter) => string | null,
 *   clock?: object, onSend?: () => unknown, drawn?: (text: string) => string }} Booth
 */

const NOW = 5000;

/** @param {string} text @returns {string} */
const typeOf = (text) => JSON.parse(text).type;
/** @type {Progress} */
export const honest = ({ voter, text, trackers }) => ({ state: "accepted", receipt: voter.receipt(typeOf(text), text, trackers) });

/** @param {Booth} booth @returns what happens at the page, and what comes of it */
export function visit({
  progress = honest, coin = (voter) => voter.coin(0), ticket = () => null, clock = {}, onSend, drawn = (text) => `QR ${text}`,
} = {}) {
  const voter = ready();
  const sent = /** @type {Sent[]} */ ([]);
  /** What was shown, and what was said of a field. @type {string[]} */
  const log = [];
  /** @type {Record<string, unknown>} */
  const written = {};
  /** @type {string[]} */
  let trackers = [];
  /** @type {string[]} */
  const spoiled = [];
  const fetch = async (/** @type {string} */ url, /** @type {RequestInit} */ init) => {
    const text = String(init.body ?? "");
    const times = { now: NOW, block: 4000, opens: 1, closes: 2 ** 40, phase: "open" };
    if (url === "/api/clock") return Response.json({ ...times, ...clock });
    if (url === "/api/poll") return Response.json({ poll: voter.poll.fingerprint, ...voter.texts });
    if (url.startsWith("/api/coin/")) return Response.json({ ...coin(voter, sent), ticket: ticket(voter) });
    if (init.method === "POST") {
      onSend?.();
      const own = typeOf(text) === "spoil" ? [JSON.parse(text).tracker] : trackers;
      if (typeOf(text) === "spoil") spoiled.push(own[0]);
      sent.push({ voter, text, trackers: own });
      return Response.json({ id: transactionId(text), state: "waiting" });
    }
    const id = url.split("/").at(-1);
    const found = sent.find(({ text: each }) => transactionId(each) === id);
    if (found === undefined) throw new TypeError("fetch failed");
    return Response.json(progress(found));
  };
  /** @type {Record<string, any>} */
  const inputs = {};
  const input = (/** @type {string} */ name) => (inputs[name] ??= { value: "", checked: false });
  const page = {
    shown: "welcome",
    /** Which of the blocks of the screen. */
    block: "",
    input,
    show(/** @type {string} */ screen, block = "") {
      this.shown = screen;
      this.block = block;
      log.push(screen);
    },
    refuse(/** @type {string} */ code) {
      this.show(`refused ${code}`);
    },
    wrong: (/** @type {string} */ field, /** @type {string} */ why) => log.push(`wrong ${field} ${why}`),
    say: (/** @type {string} */ key) => log.push(`said ${key}`),
    write: (/** @type {string} */ name, /** @type {unknown} */ content) => (written[name] = content),
    codes: (/** @type {string} */ name, /** @type {unknown} */ content) => (written[name] = content),
    trackers: (/** @type {any[]} */ shown) => (trackers = shown.map(({ tracker }) => tracker)),
    word: (/** @type {string} */ key, /** @type {Record<string, string>} */ values) => `${key} ${Object.values(values).join()}`,
    right: () => undefined,
    state: () => undefined,
    contest: () => undefined,
    review: () => undefined,
  };
  let device = new BoothDevice();
  let broken = false;
  /** The worker breaks down; another one knows nothing. */
  const breakDown = () => {
    broken = true;
    device = new BoothDevice();
  };
  const called = /** @type {string[]} */ ([]);
  const get = (/** @type {unknown} */ _, /** @type {string} */ name) => async (/** @type {any[]} */ ...values) => {
    called.push(name);
    if (broken) {
      broken = false;
      throw new IppyoError("no-worker", "");
    }
    return /** @type {any} */ (device)[name](...values);
  };
  const storage = memoryStorage();
  const way = new Way({
    page,
    gateway: new Gateway("/api/", /** @type {any} */ (fetch)),
    device: /** @type {any} */ (new Proxy({}, { get })),
    storage,
    fingerprint: voter.poll.fingerprint,
    language: "en",
    drawQr: async (text) => drawn(text),
    pause: async () => undefined,
    now: () => NOW,
  });
  /** Answer every question, up to the word that it is the voter's free will. */
  const answerAll = async () => {
    for (const _ of voter.contests) {
      way.answering.mark("0");
      way.answering.next();
    }
    way.reviewed();
    input("alone").checked = true;
    await way.freeWill();
  };
  return { voter, way, page, log, written, sent, called, input, storage, spoiled, answerAll, breakDown, trackers: () => trackers };
}

/**
 * @param {Booth} booth @param {Partial<import("../voting/handed_over.js").Handed>} handed other than it should be
 * @returns a visit from the registration page on, up to the sealed ballots where nothing stops it
 */
export async function sealedVisit(booth = {}, handed = {}) {
  const made = visit(booth);
  const { voter, way, page } = made;
  await way.takeOver({ code: voter.code, ticket: voter.ticket, poll: voter.poll.fingerprint, ...handed });
  if (page.shown === "contest") await made.answerAll();
  return made;
}
