/** The voter's way through the booth, where the booth refuses, or lies. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { BoothDevice, transactionId } from "../voting/device.js";
import { Gateway } from "../voting/gateway.js";
import { keep, kept } from "../voting/kept.js";
import { Way } from "../voting/way.js";
import { ready } from "./booth_of_tests.js";
import { memoryStorage } from "./desk_of_tests.js";

/** @typedef {ReturnType<typeof ready>} Voter */
/** @typedef {{ voter: Voter, text: string, trackers: string[] }} Sent */
/** @typedef {(sent: Sent) => { state: string, code?: string, receipt?: string }} Progress */
/** @typedef {{ progress?: Progress, coin?: (voter: Voter, sent: Sent[]) => any, handed?: (voter: Voter) => any }} Lies */

/** @param {string} text @returns {string} */
const typeOf = (text) => JSON.parse(text).type;
/** @type {Progress} */
const honest = ({ voter, text, trackers }) => ({ state: "accepted", receipt: voter.receipt(typeOf(text), text, trackers) });

/** @param {Lies} lies */
async function walk({ progress = honest, coin = (voter) => voter.coin(0), handed } = {}) {
  const voter = ready();
  const sent = /** @type {Sent[]} */ ([]);
  /** @type {string[]} */
  const log = [];
  /** @type {Record<string, unknown>} */
  const written = {};
  /** @type {string[]} */
  let trackers = [];
  /** @type {string[]} */
  const spoiled = [];
  const fetch = async (/** @type {string} */ url, /** @type {RequestInit} */ init) => {
    const text = String(init.body ?? "");
    if (url === "/api/clock") return Response.json({ now: 5000, block: 4000, opens: 1, closes: 2 ** 40, phase: "open" });
    if (url === "/api/poll") return Response.json({ poll: voter.poll.fingerprint, ...voter.texts });
    if (url.startsWith("/api/coin/")) return Response.json({ ...coin(voter, sent), ticket: null });
    if (init.method === "POST") {
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
  const inputs = { alone: { checked: true } };
  const page = {
    shown: "welcome",
    input: (/** @type {string} */ name) => (inputs[name] ??= { value: "", checked: false }),
    show(/** @type {string} */ screen) {
      this.shown = screen;
      log.push(screen);
    },
    refuse(/** @type {string} */ code) {
      this.shown = "refused";
      log.push(`refused ${code}`);
    },
    write: (/** @type {string} */ name, /** @type {unknown} */ content) => (written[name] = content),
    codes: (/** @type {string} */ name, /** @type {unknown} */ content) => (written[name] = content),
    trackers: (/** @type {any[]} */ shown) => (trackers = shown.map(({ tracker }) => tracker)),
    word: (/** @type {string} */ key, /** @type {Record<string, string>} */ values) => `${key} ${Object.values(values).join()}`,
  };
  const shown = /** @type {any} */ (new Proxy(page, { get: (target, name) => Reflect.get(target, name) ?? (() => undefined) }));
  const device = new BoothDevice();
  const called = /** @type {string[]} */ ([]);
  const get = (/** @type {any} */ target, /** @type {string} */ name) => async (/** @type {any[]} */ ...values) => {
    called.push(name);
    return target[name](...values);
  };
  const storage = memoryStorage();
  const way = new Way({
    page: shown,
    gateway: new Gateway("/api/", /** @type {any} */ (fetch)),
    device: /** @type {any} */ (new Proxy(device, { get })),
    storage,
    fingerprint: voter.poll.fingerprint,
    language: "en",
    drawQr: async (text) => `QR ${text}`,
    pause: async () => undefined,
    now: () => 5000,
  });
  await way.takeOver(handed?.(voter) ?? { code: voter.code, ticket: voter.ticket, poll: voter.poll.fingerprint });
  if (page.shown === "contest") {
    for (const _ of voter.contests) {
      way.mark("0");
      way.next();
    }
    way.reviewed();
    inputs.alone.checked = true;
    await way.freeWill();
  }
  return { voter, way, log, written, sent, called, inputs, storage, spoiled, trackers: () => trackers };
}

test("the sealed code is there before the page hears whether it is checked or cast", async () => {
  const { written, log, way, called, voter, trackers } = await walk();
  assert.equal(log.at(-1), "sealed");
  assert.deepEqual(written["sealed-qr"], [`QR IPPYO-SEALED-1|${voter.poll.fingerprint}|${trackers().join()}`]);
  assert.match(String(written.mark), /^mark-is [0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}$/);
  const seals = called.filter((name) => name === "seal").length;
  written["sealed-qr"] = "untouched";
  await way.check();
  assert.deepEqual(log.slice(-2), ["spoiling", "opening"]);
  assert.equal(written["sealed-qr"], "untouched", "no code of the sealed ballots after the choice");
  assert.equal(called.filter((name) => name === "seal").length, seals);
  await way.seal();
  assert.notEqual(written["sealed-qr"], "untouched");
});

test("an opening is shown only after proof that every ballot is spoiled", async () => {
  const good = await walk();
  const sealed = good.trackers();
  await good.way.check();
  assert.deepEqual(good.spoiled, sealed);
  assert.match(String(good.written["opening-qr"]), /^QR IPPYO-/);
  /** @type {Progress[]} */
  const lies = [
    () => ({ state: "accepted", receipt: "x" }),
    ({ voter, text, trackers }) => ({ state: "accepted", receipt: voter.receipt("cast", text, trackers) }),
    ({ voter, text }) => ({ state: "accepted", receipt: voter.receipt("spoil", text, ["A".repeat(43)]) }),
    ({ voter, trackers }) => ({ state: "accepted", receipt: voter.receipt("spoil", "another", trackers) }),
    ({ text, trackers }) => ({ state: "accepted", receipt: ready().receipt("spoil", text, trackers) }),
  ];
  for (const progress of lies) {
    const { way, log, written } = await walk({ progress });
    await way.check();
    assert.match(log.at(-1) ?? "", /^refused /);
    assert.equal(written["opening-qr"], undefined);
  }
});

test("a check that broke off goes on: the same spoils again, or known as there already", async () => {
  let fails = 1;
  const { way, log, sent, trackers } = await walk({
    progress: (one) => (fails-- > 0 ? { state: "refused", code: "too-many-spoils" } : honest(one)),
  });
  const count = trackers().length;
  await way.check();
  assert.equal(log.at(-1), "refused too-many-spoils");
  await way.retry();
  assert.equal(log.at(-1), "opening");
  assert.equal(new Set(sent.map(({ text }) => text)).size, count);
  const again = await walk({ progress: () => ({ state: "refused", code: "duplicate" }) });
  await again.way.check();
  assert.equal(again.log.at(-1), "opening");
});

test("that a vote is in already is believed as proved, and not otherwise", async () => {
  /** @type {Progress} */
  const duplicate = () => ({ state: "refused", code: "duplicate" });
  const other = [{ contest: "x", tracker: "F".repeat(43), position: 7 }];
  const lie = await walk({ progress: duplicate, coin: (voter, sent) => (sent.length === 0 ? voter.coin(0) : voter.coin(16, other)) });
  await lie.way.cast();
  assert.equal(lie.log.at(-1), "refused not-in");
  await lie.way.retry();
  assert.equal(lie.log.at(-1), "sealed");
  lie.inputs.keep.checked = true;
  lie.way.keepOrNot();
  await lie.way.forget();
  await lie.way.resume();
  assert.equal(lie.log.at(-1), "refused not-in", "nor of a vote that was kept");
  /** @type {() => string[]} */
  let mine = () => [];
  const truth = await walk({
    progress: duplicate,
    coin: (voter, sent) => {
      const ballots = mine().map((tracker, i) => ({ contest: voter.contests[i], tracker, position: i }));
      return sent.length === 0 ? voter.coin(0) : voter.coin(16, ballots);
    },
  });
  mine = truth.trackers;
  await truth.way.cast();
  assert.equal(truth.log.at(-1), "voted");
});

test("after any other refusal the voter can seal anew and cast", async () => {
  for (const code of ["coins-exceed-issued", "out-of-turn", "malformed", "internal"]) {
    let fails = 1;
    const { way, log } = await walk({ progress: (one) => (fails-- > 0 ? { state: "refused", code } : honest(one)) });
    await way.cast();
    assert.equal(log.at(-1), `refused ${code}`);
    await way.retry();
    assert.equal(log.at(-1), "sealed");
    await way.cast();
    assert.equal(log.at(-1), "done");
  }
});

test("a receipt that proves nothing is asked for again; nothing is cast twice meanwhile", async () => {
  let fails = 1;
  const { way, log, sent } = await walk({ progress: (one) => (fails-- > 0 ? { state: "accepted", receipt: "x" } : honest(one)) });
  await way.cast();
  assert.equal(log.at(-1), "refused malformed");
  await way.retry();
  assert.deepEqual([log.at(-1), sent.length], ["done", 1]);
});

test("a ticket for another poll stops everything before the booth hears of the credential", async () => {
  const other = ready();
  const handed = [
    (/** @type {Voter} */ v) => ({ code: v.code, ticket: v.ticket, poll: other.poll.fingerprint }),
    (/** @type {Voter} */ v) => ({ code: v.code, ticket: v.ticket, poll: "undefined" }),
    (/** @type {Voter} */ v) => ({ code: v.code, ticket: other.ticket, poll: v.poll.fingerprint }),
    (/** @type {Voter} */ v) => ({ code: v.code, ticket: "{}", poll: v.poll.fingerprint }),
  ];
  for (const each of handed) {
    const { log, called } = await walk({ handed: each });
    assert.equal(log.at(-1), "refused wrong-poll");
    assert.ok(!called.includes("takeCoin"));
  }
});

test("what is kept on the device is kept by the voter's tick only", async () => {
  const { way, inputs, storage, voter } = await walk();
  const before = { poll: voter.poll.fingerprint, id: "a".repeat(43), trackers: [] };
  keep(storage, before);
  await way.cast();
  assert.equal(inputs.keep.checked, false);
  assert.deepEqual(kept(storage, voter.poll.fingerprint), before);
  way.keepOrNot();
  assert.deepEqual(kept(storage, voter.poll.fingerprint), before, "another vote's stays");
  inputs.keep.checked = true;
  way.keepOrNot();
  assert.notDeepEqual(kept(storage, voter.poll.fingerprint), before);
});
