import assert from "node:assert/strict";
import { generateKeyPairSync, sign } from "node:crypto";
import { test } from "node:test";
import { Checker } from "../checker/checker.js";
import { Parts, split } from "../checker/parts.js";
import { IppyoError } from "../ippyo/errors.js";
import { Poll } from "../ippyo/poll.js";
import { TicketRequest, ticketText } from "../ippyo/ticket.js";
import { VotingCode } from "../ippyo/voting_code.js";
import { choiceOf, emptyAnswer, problem, toggle } from "../voting/answers.js";
import { arrival, send } from "../voting/delivery.js";
import { BoothDevice, transactionId } from "../voting/device.js";
import { drop, keep, kept } from "../voting/kept.js";
import { Idle } from "../voting/kiosk.js";
import { concat, hex, utf8 } from "../ippyo/bytes.js";
import { b64, dumps, sha256, sha256b64, unb64 } from "../ippyo/canonical.js";
import { blindSign, smallPoll } from "./desk_of_tests.js";
import { refusal } from "./vectors.js";

/** @param {Record<string, unknown>} changes @returns {import("../ippyo/contest.js").Contest} */
function contest(changes = {}) {
  const answers = ["a", "b", "c"].map((id, i) => ({ id, number: i + 1, name: { ja: id, en: id }, furigana: null, statement: null }));
  const title = { ja: "x", en: "x" };
  return /** @type {any} */ ({ id: "x", kind: "choose-one", title, description: null, min: 1, max: 1, blank: true, answers, ...changes });
}

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
  return { told, gateway: { send: next, progress: next }, pause: async () => undefined, tell: (/** @type {string} */ stage) => told.push(stage) };
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
  await assert.rejects(send({ ...means([]), stopped: () => true }, "text"), refusal("stopped"));
});

test("only what the voter chose is kept, and only for this poll", () => {
  /** @type {Map<string, string>} */
  const map = new Map();
  const storage = /** @type {any} */ ({
    getItem: (/** @type {string} */ key) => map.get(key) ?? null,
    setItem: (/** @type {string} */ key, /** @type {string} */ value) => map.set(key, value),
    removeItem: (/** @type {string} */ key) => map.delete(key),
  });
  const mine = { poll: "P", id: "a".repeat(43), trackers: [{ contest: "x", tracker: "T" }] };
  keep(storage, mine);
  assert.deepEqual(kept(storage, "P"), mine);
  assert.equal(kept(storage, "Q"), null);
  map.set("ippyo-kept", "{");
  assert.equal(kept(storage, "P"), null);
  drop(storage);
  assert.equal(map.size, 0);
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
  const idle = new Idle(hooks, () => now, 10_000, 5000);
  for (now of [9000, 12_000]) idle.tick();
  idle.touch();
  for (now of [23_000, 27_000]) idle.tick();
  assert.deepEqual(said, ["warn 3", "calm", "warn 4", "calm", "wipe"]);
  needed = false;
  now = 90_000;
  idle.tick();
  assert.equal(said.length, 5);
});

/**
 * A ledger of one coin at most, whose log has a key of ours; `lie` may alter what its booth answers.
 *
 * @param {string} log the log's name
 */
function ledgerOf(log) {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const data = concat(Uint8Array.of(1), new Uint8Array(publicKey.export({ type: "spki", format: "der" }).subarray(-32)));
  const id = hex(sha256(concat(utf8(`${log}\n`), data)).subarray(0, 4));
  /** @param {string} poll @param {string} credential @param {number} last 0: no coin @returns {any} */
  const answer = (poll, credential, last) => {
    const coin = last === 0 ? null : { credential, style: "all", count: 1, last, surrendered: false, ballots: [] };
    const coins = coin === null ? [] : [dumps(coin)];
    const [high = 0, low = 0] = sha256(`ippyo-coin-v1|${credential}`);
    const siblings = Array(16).fill(b64(new Uint8Array(32)));
    let node = sha256(concat(Uint8Array.of(0), utf8(`${coins[0]}\n`)));
    for (let level = 0, at = 256 * high + low; level < 16; level += 1, at >>= 1) {
      const [left, right] = at & 1 ? [new Uint8Array(32), node] : [node, new Uint8Array(32)];
      node = sha256(concat(Uint8Array.of(1), left, right));
    }
    const coinRoot = b64(coin === null ? new Uint8Array(32) : node);
    const root = b64(sha256("some tree"));
    const status = { poll, phase: "open", size: last + 1, root, coin_root: coinRoot, state: { any: last } };
    const rest = sha256b64(dumps(status.state));
    const state = sha256b64(`ippyo-state-v1|${poll}|open|${status.size}|${root}|${coinRoot}|${rest}`);
    const header = { poll, height: 1, time: 5, previous: root, size: status.size, root, state };
    const signature = b64(sign(null, utf8(`ippyo-block-v1\n${dumps(header)}`), privateKey));
    return { coin, coin_root: coinRoot, proof: { coins, siblings }, status, header: dumps({ header, signature }) };
  };
  return { key: `${log}+${id}+${Buffer.from(data).toString("base64")}`, answer };
}

/** @returns a device with code and ticket, and what its ledger says of a coin with a `last` */
function ready() {
  const { texts: plain, style, secrets } = smallPoll();
  const genesis = JSON.parse(plain.genesis);
  const ledger = ledgerOf(genesis.ledger.log.split("+")[0]);
  genesis.ledger.log = ledger.key;
  const texts = { ...plain, genesis: dumps(genesis) };
  const fingerprint = sha256b64(`ippyo-poll-v1|${texts.genesis}`);
  const poll = Poll.open(fingerprint, texts);
  const code = VotingCode.generate();
  const request = new TicketRequest(code, fingerprint, style, poll.ticketKeys(style));
  const answers = request.blinded.map((blinded, i) => unb64(blindSign(secrets[i], Buffer.from(blinded).toString("base64").replace(/=+$/, "")), "x"));
  const device = new BoothDevice();
  const { contests } = device.open(fingerprint, texts);
  const credential = device.useCode(code.reveal());
  const ticket = ticketText(request.finish(answers));
  assert.equal(device.takeTicket(ticket), style);
  const coin = (/** @type {number} */ last) => ledger.answer(fingerprint, credential, last);
  return { device, poll, coin, code: code.reveal(), ticket, contests: contests.map(({ id }) => id) };
}

/** @param {string} cast @returns {number} */
const numberOf = (cast) => JSON.parse(cast).number;

/** @param {Poll} poll @param {string[]} contests */
function answersTo(poll, contests) {
  return contests.map((id) => ({ contest: id, choice: poll.election(id).contest.answers.map((_, i) => (i === 0 ? 1 : 0)) }));
}

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
  assert.deepEqual(checker.read(again.text), { kind: "sealed", count: answers.length });
  assert.equal(checker.read(text).kind, "other-sealed");
  assert.deepEqual(checker.read(opening), { kind: "true", ballots: answers });
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
