import assert from "node:assert/strict";
import { test } from "node:test";
import { Checker } from "../checker/checker.js";
import { IppyoError } from "../ippyo/errors.js";
import { Parts, split } from "../ippyo/parts.js";
import { VotingCode } from "../ippyo/voting_code.js";
import { choiceOf, emptyAnswer, problem, toggle } from "../voting/answers.js";
import { arrival, send } from "../voting/delivery.js";
import { transactionId } from "../voting/device.js";
import { drop, keep, kept } from "../voting/kept.js";
import { Idle, patience } from "../voting/kiosk.js";
import { answersTo, ready } from "./booth_of_tests.js";
import { contest } from "./contest_of_tests.js";
import { memoryStorage } from "./desk_of_tests.js";
import { refusal } from "./vectors.js";

test("one answer takes the place of another, several are added up to the limit", () => {
  assert.deepEqual(toggle(contest(), [0], 2), [2]);
  const several = contest({ kind: "choose", min: 1, max: 2 });
  assert.deepEqual(toggle(several, [2], 0), [0, 2]);
  assert.deepEqual(toggle(several, [0, 2], 0), [2]);
  assert.deepEqual(toggle(several, [0, 2], 1), [0, 2]);
});

test("what is not answered yet is told from blank, and blank from no paper", () => {
  assert.equal(problem(contest(), "open"), "nothing-chosen");
  assert.equal(problem(contest(), "skip"), null);
  assert.equal(problem(contest(), "blank"), null);
  assert.equal(problem(contest({ blank: false }), "blank"), "no-blank");
  assert.equal(problem(contest({ kind: "choose", min: 2, max: 3 }), [1]), "too-few");
  assert.equal(choiceOf(contest(), "skip"), null);
  assert.equal(choiceOf(contest(), "blank"), "blank");
  assert.deepEqual(choiceOf(contest(), [1]), [0, 1, 0]);
  const judges = contest({ kind: "per-item", min: 0, max: 3, blank: false });
  assert.deepEqual(emptyAnswer(judges), []);
  assert.equal(problem(judges, []), null);
  assert.deepEqual(choiceOf(judges, []), [0, 0, 0]);
});

test("a long text travels in parts, in any order", () => {
  const text = "IPPYO-OPENING-1|" + "0123456789".repeat(120);
  const parts = split(text);
  assert.ok(parts.length > 1);
  const read = new Parts();
  for (const part of parts.slice(1).reverse()) assert.equal(read.add(part), null);
  assert.equal(read.add(parts[0] ?? ""), text);
  assert.equal(new Parts().add("short"), "short");
  for (const bad of ["IPPYO-PART-1|3|2|x", "IPPYO-PART-1|0|2|x", "IPPYO-PART-1|1|999|x", "IPPYO-PART-1|a|b|x"]) {
    assert.throws(() => new Parts().add(bad), refusal("malformed"));
  }
});

/** @param {(() => any)[]} answers @returns {any} a gateway, and all that was told on the way */
function means(answers) {
  /** @type {string[]} */
  const told = [];
  const next = async () => (answers.shift() ?? (() => assert.fail("asked too often")))();
  const gateway = { send: next, progress: next };
  const over = new AbortController().signal;
  return { told, gateway, over, pause: async () => undefined, tell: (/** @type {string} */ stage) => told.push(stage) };
}

const offline = () => {
  throw new IppyoError("offline", "");
};

test("a lost connection is waited for, a refusal ends the waiting", async () => {
  const sending = means([offline, offline, () => ({ id: "I" })]);
  assert.equal(await send(sending, "text"), "I");
  assert.deepEqual(sending.told, ["sending", "offline", "offline"]);
  const waiting = means([() => ({ state: "waiting" }), offline, () => ({ state: "accepted" }), () => ({ state: "accepted", receipt: "R" })]);
  assert.equal(await arrival(waiting, "I"), "R");
  assert.deepEqual(waiting.told, ["waiting", "offline", "accepted"]);
  await assert.rejects(arrival(means([() => ({ state: "refused", code: "closed" })]), "I"), refusal("closed"));
  await assert.rejects(send({ ...means([]), over: AbortSignal.abort() }, "text"), refusal("stopped"));
});

test("only what the voter chose is kept, and only for this poll", () => {
  const storage = memoryStorage();
  const mine = { poll: "P", id: "a".repeat(43), trackers: [{ contest: "x", tracker: "T" }] };
  keep(storage, mine);
  assert.deepEqual(kept(storage, "P"), mine);
  assert.equal(kept(storage, "Q"), null);
  storage.setItem("ippyo-kept", "{");
  assert.equal(kept(storage, "P"), null);
  drop(storage);
  assert.equal(storage.length, 0);
});

test("a browser that keeps nothing stops nobody", () => {
  const mine = { poll: "P", id: "a".repeat(43), trackers: [] };
  const full = memoryStorage();
  full.setItem = () => {
    throw new DOMException("full", "QuotaExceededError");
  };
  for (const store of [null, full]) {
    assert.equal(keep(store, mine), false);
    assert.equal(kept(store, "P"), null);
    drop(store);
  }
});

test("a kiosk warns, calms down, and wipes", () => {
  const said = /** @type {string[]} */ ([]);
  let [now, needed] = [0, true];
  const hooks = {
    needed: () => needed,
    warn: (/** @type {number} */ seconds) => said.push(`warn ${seconds}`),
    calm: () => said.push("calm"),
    wipe: () => said.push("wipe"),
  };
  const idle = new Idle(hooks, () => now, { quiet: 10_000, warning: 5000 });
  for (now of [9000, 12_000]) idle.tick();
  idle.touch();
  for (now of [23_000, 27_000]) idle.tick();
  assert.deepEqual(said, ["warn 3", "calm", "warn 4", "calm", "wipe"]);
  needed = false;
  now = 90_000;
  idle.tick();
  assert.equal(said.length, 5);
});

test("an operator can shorten a kiosk's patience, nobody can lengthen it", () => {
  assert.deepEqual(patience("?place=a&quiet=5"), { quiet: 5000, warning: 15_000 });
  for (const search of ["", "?quiet=", "?quiet=-1", "?quiet=x", "?quiet=0", "?quiet=1000000", "?quiet=Infinity"]) {
    assert.deepEqual(patience(search), { quiet: 90_000, warning: 30_000 }, search);
  }
});

test("a sealed ballot is cast or opened, never both", () => {
  const { device, poll, contests, coin } = ready();
  const answers = answersTo(poll, contests);
  assert.equal(device.takeCoin(coin(0)), null);
  const { text, trackers } = device.seal(answers);
  assert.throws(() => device.opening(), refusal("wrong-order"));
  const cast = device.cast();
  assert.match(transactionId(cast), /^[A-Za-z0-9_-]{43}$/);
  assert.throws(() => device.spoils(), refusal("wrong-order"));
  assert.throws(() => device.seal(answers), refusal("wrong-order"));
  device.settle();
  const again = device.seal(answers);
  assert.notEqual(again.text, text);
  assert.equal(device.spoils().length, trackers.length);
  assert.throws(() => device.cast(), refusal("wrong-order"));

  const checker = new Checker(poll);
  const opening = device.opening();
  assert.equal(checker.read(opening).kind, "first-sealed");
  const seen = again.trackers.map(({ tracker }) => `${tracker.slice(0, 4)} ${tracker.slice(4, 8)}`);
  assert.deepEqual(checker.read(again.text), { kind: "sealed", seen });
  assert.equal(checker.read(text).kind, "other-sealed");
  assert.deepEqual(checker.read(opening), { kind: "true", ballots: answers, absent: [], mark: device.mark() });
  assert.equal(checker.read(opening.replace('"choice":"1', '"choice":"0')).kind, "lied");
  assert.equal(checker.read("something").kind, "not-ours");
  checker.reset();
  checker.read(text);
  assert.equal(checker.read(opening).kind, "lied");
});

test("a ticket of another code is refused, and what is forgotten is gone", () => {
  const { device } = ready();
  const other = ready();
  device.useCode(VotingCode.generate().reveal());
  assert.throws(() => device.seal([]), refusal("wrong-order"));
  other.device.forget();
  assert.throws(() => other.device.seal([]), refusal("wrong-order"));
});
