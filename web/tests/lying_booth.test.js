/** A booth that lies about a coin gets no ballot out of a device. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { Gateway } from "../voting/gateway.js";
import { Way } from "../voting/way.js";
import { answersTo, ready } from "./booth_of_tests.js";
import { memoryStorage } from "./desk_of_tests.js";
import { refusal } from "./vectors.js";

/** @param {string} cast @returns {number} */
const numberOf = (cast) => JSON.parse(cast).number;

test("a cast takes its number from a proved coin, and from nothing else", () => {
  const { device, poll, contests, coin, code, ticket } = ready();
  const answers = answersTo(poll, contests);
  assert.throws(() => device.seal(answers), refusal("wrong-order"));
  const [none, sixteen] = [coin(0), coin(16)];
  const made = { ...sixteen.coin, last: 16 };
  const lies = [
    { ...none, coin: made },
    { ...none, coin: made, proof: sixteen.proof },
    { ...none, coin: made, proof: sixteen.proof, coin_root: sixteen.coin_root },
    { ...none, coin: made, proof: sixteen.proof, coin_root: sixteen.coin_root, status: sixteen.status },
    { ...none, header: undefined },
    { coin: made },
    ready().coin(16),
  ];
  for (const lie of lies) {
    assert.throws(() => device.takeCoin(lie), refusal("coin-not-proved"));
    assert.throws(() => device.seal(answers), refusal("wrong-order"), "nothing is sealed");
  }
  device.takeCoin(none);
  device.seal(answers);
  assert.equal(numberOf(device.cast()), 16);
  device.settle();
  assert.equal(device.takeCoin(sixteen)?.last, 16);
  device.seal(answers);
  assert.equal(numberOf(device.cast()), 32);
  device.settle();
  // An older state of the ledger is true, too: the number never goes back, not even when the code is typed again.
  device.useCode(code);
  device.takeTicket(ticket);
  device.takeCoin(none);
  device.seal(answers);
  assert.equal(numberOf(device.cast()), 32);
});

/** @param {(answer: any) => any} lie what the booth makes of the ledger's answer */
function onTheWay(lie) {
  const { device, poll, texts, coin, code, ticket } = ready();
  const [opens, closes] = [1, 2 ** 40];
  /** @type {string[]} */
  const log = [];
  const fetch = async (/** @type {string} */ url) => {
    const routes = /** @type {Record<string, () => unknown>} */ ({
      "/api/clock": () => ({ now: 5000, block: 4000, opens, closes, phase: "open" }),
      "/api/poll": () => ({ poll: poll.fingerprint, ...texts }),
    });
    const answer = routes[url]?.() ?? { ...lie(coin(0)), ticket };
    return new Response(JSON.stringify(answer), { status: 200 });
  };
  const inputs = /** @type {any} */ ({ "voting-code": { value: code }, alone: { checked: false } });
  const page = {
    input: (/** @type {string} */ name) => inputs[name] ?? {},
    show: (/** @type {string} */ screen) => log.push(screen),
    refuse: (/** @type {string} */ why) => log.push(`refused ${why}`),
    wrong: (/** @type {string} */ field, /** @type {string} */ why) => log.push(`wrong ${field} ${why}`),
  };
  /** What else the page shows is of no matter here. @type {any} */
  const shown = new Proxy(page, { get: (target, name) => Reflect.get(target, name) ?? (() => undefined) });
  const called = /** @type {string[]} */ ([]);
  const get = (/** @type {any} */ target, /** @type {string} */ name) => async (/** @type {any[]} */ ...values) => {
    called.push(name);
    return target[name](...values);
  };
  const way = new Way({
    page: shown,
    gateway: new Gateway("/api/", /** @type {any} */ (fetch)),
    device: /** @type {any} */ (new Proxy(device, { get })),
    storage: memoryStorage(),
    fingerprint: poll.fingerprint,
    language: "en",
    drawQr: async () => "",
    pause: async () => undefined,
    now: () => 5000,
  });
  /** Answer every question, up to the word that it is the voter's free will. */
  const answerAll = async () => {
    for (const _ of poll.manifest.contests) {
      way.mark("0");
      way.next();
    }
    way.reviewed();
    inputs.alone.checked = true;
    await way.freeWill();
  };
  return { way, log, called, answerAll };
}

test("an honest booth's coin leads to a sealed ballot", async () => {
  const { way, log, called, answerAll } = onTheWay((answer) => answer);
  await way.begin();
  await way.enterCode();
  await answerAll();
  assert.deepEqual(log, ["code", "contest", "contest", "review", "free-will", "sealing", "sealed"]);
  assert.ok(called.includes("seal"));
});

test("with a lie from the beginning, nothing is asked", async () => {
  const { way, log, called } = onTheWay((answer) => ({ ...answer, coin: { last: 16, ballots: [] } }));
  await way.begin();
  await way.enterCode();
  assert.deepEqual(log, ["code", "refused coin-not-proved"]);
  assert.ok(!called.includes("takeTicket"));
});

test("with a lie at the end, nothing is sealed", async () => {
  let lying = false;
  const { way, log, called, answerAll } = onTheWay((answer) => (lying ? { ...answer, coin: { last: 16, ballots: [] } } : answer));
  await way.begin();
  await way.enterCode();
  lying = true;
  await answerAll();
  assert.deepEqual(log.slice(-2), ["sealing", "refused coin-not-proved"]);
  assert.ok(!called.includes("seal"));
});
