/** The voter's way through the booth, where the booth refuses, or lies. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { keep, kept } from "../voting/kept.js";
import { ready } from "./booth_of_tests.js";
import { honest, sealedVisit, visit } from "./visit_of_tests.js";

/** @typedef {import("./visit_of_tests.js").Progress} Progress */

test("the sealed code is there before the page hears whether it is checked or cast", async () => {
  const { written, log, way, called, voter, trackers } = await sealedVisit();
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
  const good = await sealedVisit();
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
    const { way, log, written } = await sealedVisit({ progress });
    await way.check();
    assert.match(log.at(-1) ?? "", /^refused /);
    assert.equal(written["opening-qr"], undefined);
  }
});

test("a check that broke off goes on: the same spoils again, or known as there already", async () => {
  let fails = 1;
  const { way, log, sent, trackers } = await sealedVisit({
    progress: (one) => (fails-- > 0 ? { state: "refused", code: "too-many-spoils" } : honest(one)),
  });
  const count = trackers().length;
  await way.check();
  assert.equal(log.at(-1), "refused too-many-spoils");
  await way.retry();
  assert.equal(log.at(-1), "opening");
  assert.equal(new Set(sent.map(({ text }) => text)).size, count);
  const again = await sealedVisit({ progress: () => ({ state: "refused", code: "duplicate" }) });
  await again.way.check();
  assert.equal(again.log.at(-1), "opening");
});

test("that a vote is in already is believed as proved, and not otherwise", async () => {
  /** @type {Progress} */
  const duplicate = () => ({ state: "refused", code: "duplicate" });
  const other = [{ contest: "x", tracker: "F".repeat(43), position: 7 }];
  const lie = await sealedVisit({ progress: duplicate, coin: (voter, sent) => (sent.length === 0 ? voter.coin(0) : voter.coin(16, other)) });
  await lie.way.cast();
  assert.equal(lie.log.at(-1), "refused not-in");
  await lie.way.retry();
  assert.equal(lie.log.at(-1), "sealed");
  lie.input("keep").checked = true;
  lie.way.casting.keepOrNot();
  await lie.way.forget();
  await lie.way.resume();
  assert.equal(lie.log.at(-1), "refused not-in", "nor of a vote that was kept");
  /** @type {() => string[]} */
  let mine = () => [];
  const truth = await sealedVisit({
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
    const { way, log } = await sealedVisit({ progress: (one) => (fails-- > 0 ? { state: "refused", code } : honest(one)) });
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
  const { way, log, sent } = await sealedVisit({ progress: (one) => (fails-- > 0 ? { state: "accepted", receipt: "x" } : honest(one)) });
  await way.cast();
  assert.equal(log.at(-1), "refused malformed");
  await way.retry();
  assert.deepEqual([log.at(-1), sent.length], ["done", 1]);
});

test("a ticket for another poll stops everything before the booth hears of the credential", async () => {
  const other = ready();
  const handed = [{ poll: other.poll.fingerprint }, { poll: "undefined" }, { ticket: other.ticket }, { ticket: "{}" }];
  for (const each of handed) {
    const { log, called } = await sealedVisit({}, each);
    assert.equal(log.at(-1), "refused wrong-poll");
    assert.ok(!called.includes("takeCoin"));
  }
});

test("who goes back to the code that was handed over finds it there, and goes on with the ticket", async () => {
  const { voter, way, page, input } = visit();
  await way.takeOver({ code: voter.code, ticket: voter.ticket, poll: voter.poll.fingerprint });
  assert.equal(page.shown, "contest");
  way.back();
  assert.deepEqual([page.shown, input("voting-code").value], ["code", voter.code]);
  await way.enterCode();
  assert.equal(page.shown, "contest");
  await way.forget();
  assert.equal(input("voting-code").value, "");
});

test("what is kept on the device is kept by the voter's tick only", async () => {
  const { way, input, storage, voter } = await sealedVisit();
  const before = { poll: voter.poll.fingerprint, id: "a".repeat(43), trackers: [] };
  keep(storage, before);
  await way.cast();
  assert.equal(input("keep").checked, false);
  assert.deepEqual(kept(storage, voter.poll.fingerprint), before);
  way.casting.keepOrNot();
  assert.deepEqual(kept(storage, voter.poll.fingerprint), before, "another vote's stays");
  input("keep").checked = true;
  way.casting.keepOrNot();
  assert.notDeepEqual(kept(storage, voter.poll.fingerprint), before);
});

test("a vote that is in stays so where its code cannot be drawn", async () => {
  const drawn = (/** @type {string} */ text) => (text.startsWith("IPPYO-") ? "QR" : assert.fail("too long"));
  const { way, log, written } = await sealedVisit({ drawn });
  await way.cast();
  assert.deepEqual([log.at(-1), written["receipt-qr"]], ["done", ""]);
});

test("of an earlier vote that is looked up it is not said that it counts", async () => {
  const { way, page, input } = await sealedVisit();
  await way.cast();
  assert.deepEqual([page.shown, page.block], ["done", "again"]);
  input("keep").checked = true;
  way.casting.keepOrNot();
  await way.forget();
  await way.resume();
  assert.deepEqual([page.shown, page.block], ["done", "earlier"]);
});

test("where there is no room to keep a vote, it is cast all the same", async () => {
  /** Ticked while the vote is on its way. */
  const tick = () => (input("keep").checked = true);
  const { way, log, input, storage } = await sealedVisit({ onSend: () => tick() });
  storage.setItem = () => {
    throw new DOMException("full", "QuotaExceededError");
  };
  await way.cast();
  assert.deepEqual([log.at(-1), input("keep").checked], ["done", false]);
});

test("before it opens and after it closes, nothing is asked", async () => {
  /** @type {[object, string][]} */
  const times = [
    [{ phase: "setup" }, "not-open"],
    [{ opens: 6 }, "not-open"],
    [{ closes: 5 }, "closed"],
    [{ phase: "closed" }, "closed"],
    [{ phase: "counted" }, "closed"],
  ];
  for (const [clock, code] of times) {
    const { way, log, called } = visit({ clock });
    await way.begin();
    assert.deepEqual([log, called], [[`refused ${code}`], ["open"]]);
  }
});

test("what is sealed when the poll closes is not sent", async () => {
  const clock = { closes: 6 };
  const { way, log, sent } = await sealedVisit({ clock });
  assert.equal(way.left, 1000);
  clock.closes = 5;
  await way.begin();
  await way.cast();
  assert.deepEqual([log.at(-1), sent], ["refused closed", []]);
});

test("when the voter is forgotten, what was under way shows and sends nothing more", async () => {
  const { way, log, sent, written } = await sealedVisit();
  const casting = way.cast();
  const forgetting = way.forget();
  await Promise.all([casting, forgetting]);
  assert.deepEqual([log.at(-1), sent], ["sealed", []]);
  assert.deepEqual([written.mark, way.answering.contests, way.casting.receipt], ["", [], ""]);
  await way.cast();
  assert.equal(log.at(-1), "refused wrong-order");
});

test("when the worker breaks down the voter is told, and begins again", async () => {
  const { voter, way, page, log, breakDown, answerAll } = visit();
  await way.begin();
  await way.enterCode(voter.code);
  breakDown();
  await way.giveTicket(voter.ticket);
  assert.equal(log.at(-1), "refused no-worker");
  await way.retry();
  assert.equal(log.at(-1), "code");
  await way.enterCode(voter.code);
  await way.giveTicket(voter.ticket);
  const steps = /** @type {(() => Promise<void>)[]} */ ([() => way.seal(), () => way.cast(), () => way.check()]);
  for (const step of steps) {
    await answerAll();
    assert.equal(log.at(-1), "sealed");
    breakDown();
    await step();
    assert.equal(log.at(-1), "refused no-worker");
    await way.retry();
    assert.equal(page.shown, "code");
    await way.enterCode(voter.code);
    await way.giveTicket(voter.ticket);
  }
  await answerAll();
  await way.cast();
  assert.equal(log.at(-1), "done");
});

test("when the worker breaks down while a vote is on its way, that vote is waited for", async () => {
  const { way, log, sent, breakDown, trackers } = await sealedVisit({ progress: (one) => (breakDownOnce(), honest(one)) });
  let left = 1;
  function breakDownOnce() {
    if (left-- > 0) breakDown();
  }
  const sealed = trackers();
  await way.cast();
  assert.equal(log.at(-1), "refused no-worker");
  await way.retry();
  assert.deepEqual([log.at(-1), sent.length, trackers()], ["done", 1, sealed]);
});

test("what a lost worker held is forgotten already", async () => {
  const { way, input, breakDown } = await sealedVisit();
  breakDown();
  await way.forget();
  assert.equal(input("voting-code").value, "");
});

test("one screen back undoes nothing", async () => {
  const { way, page, voter, log } = visit({ ticket: ({ ticket }) => ticket });
  await way.begin();
  way.back();
  assert.equal(page.shown, "welcome");
  await way.begin();
  await way.enterCode(voter.code);
  way.back();
  assert.equal(page.shown, "code");
  await way.enterCode(voter.code);
  for (const _ of voter.contests) {
    way.answering.mark("0");
    way.answering.next();
  }
  way.reviewed();
  log.length = 0;
  for (let step = 0; step < 4; step += 1) way.back();
  assert.deepEqual(log, ["review", "contest", "contest", "code"]);
});
