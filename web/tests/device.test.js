import assert from "node:assert/strict";
import { test } from "node:test";
import { b64 } from "../ippyo/canonical.js";
import { CALLS } from "../ippyo/calls.js";
import { connectDevice } from "../ippyo/client.js";
import { Device } from "../ippyo/device.js";
import { answerFor, connect } from "../ippyo/remote.js";
import { RsaPublicKey } from "../ippyo/rsa.js";
import { parseTicket, verifyTicket } from "../ippyo/ticket.js";
import { requestText, vouchedRequestText } from "../ippyo/request.js";
import { VotingCode } from "../ippyo/voting_code.js";
import { blindSign, smallPoll } from "./desk_of_tests.js";
import { refusal } from "./vectors.js";

const { fingerprint, texts, style, secrets } = smallPoll();
const visit = { nonce: b64(new Uint8Array(32).fill(7)), time: 1_792_000_000, styles: [style] };

test("from a voting code to a ticket", () => {
  const device = new Device();
  const summary = device.open(fingerprint, texts);
  assert.deepEqual([summary.styles, summary.issuers.length], [[style], 2]);
  device.drawCode();
  const code = device.reveal();
  const request = device.request(visit);
  const { type, poll, nonce, time, styles } = JSON.parse(request);
  assert.deepEqual([type, poll, nonce, time], ["ticket-request", fingerprint, visit.nonce, visit.time]);
  const [{ blinded }] = styles;
  const answers = secrets.map((key, i) => blindSign(key, blinded[i]));
  const ticket = device.finish(style, answers);
  verifyTicket(parseTicket(ticket), fingerprint, secrets.map((key) => RsaPublicKey.fromText(key.public)));

  const again = new Device();
  again.open(fingerprint, texts);
  again.useCode(code.toLowerCase());
  assert.equal(again.request(visit), request, "the same code asks for the same signature");
  assert.equal(again.finish(style, answers), ticket);
  assert.throws(() => again.finish(style, answers.toReversed()), refusal("faulty-issuer"));
  assert.throws(() => again.finish(style, answers.slice(1)), refusal("faulty-issuer"));
  assert.throws(() => again.finish("x", answers), refusal("wrong-order"));
  assert.throws(() => again.request({ ...visit, nonce: "AA" }), refusal("malformed"));
  assert.throws(() => again.request({ ...visit, styles: ["x"] }), refusal("bad-ticket"));
});

test("nothing goes out of order, and what is forgotten is gone", () => {
  const device = new Device();
  assert.throws(() => device.reveal(), refusal("wrong-order"));
  device.drawCode();
  assert.throws(() => device.request(visit), refusal("wrong-order"));
  device.open(fingerprint, texts);
  device.request(visit);
  const before = device.reveal();
  device.drawCode();
  assert.notEqual(device.reveal(), before);
  assert.throws(() => device.finish(style, []), refusal("wrong-order"));
  device.forget();
  assert.throws(() => device.reveal(), refusal("wrong-order"));
  assert.throws(() => device.useCode("0000"), refusal("malformed"));
});

test("a worker's answers and refusals reach the page", async () => {
  /** @type {MessagePort[]} */
  const started = [];
  const modules = { "/worker.js": "sha256-A" };
  const client = connectDevice(modules, (address, given) => {
    assert.match(address.pathname, /\/ippyo\/worker\.js$/);
    assert.equal(given, modules);
    const { port1, port2 } = new MessageChannel();
    answerFor(new Device(), CALLS, port2);
    for (const port of [port1, port2]) port.start();
    started.push(port1);
    return /** @type {any} */ (Object.assign(port1, { terminate: () => port1.close() }));
  });
  assert.equal(started.length, 0, "nothing is loaded before it is needed");
  const [summary] = await Promise.all([client.open(fingerprint, texts), client.drawCode()]);
  assert.equal(summary.title.en, "A small poll");
  assert.ok(VotingCode.parse(await client.reveal()));
  await assert.rejects(client.finish(style, []), refusal("wrong-order"));
  const lost = client.reveal();
  started[0]?.dispatchEvent(new Event("error"));
  await assert.rejects(lost, refusal("no-worker"));
  await assert.rejects(client.reveal(), refusal("wrong-order"), "another worker answers, which knows nothing");
  assert.equal(started.length, 2);
  started[1]?.close();
});

test("a worker does what may be called, and tells of what it did not expect no word", async () => {
  const { port1, port2 } = new MessageChannel();
  const object = { fail: () => assert.fail("a secret"), hidden: () => "a secret" };
  answerFor(object, ["fail"], port2);
  for (const port of [port1, port2]) port.start();
  /** @type {any} */
  const client = connect(["fail", "hidden"], () => /** @type {any} */ (port1));
  await assert.rejects(client.fail(), (error) => refusal("internal-error")(error) && !/secret/.test(String(error)));
  await assert.rejects(client.hidden(), refusal("unknown-call"));
  port1.close();
});

test("what the card signs, and what further issuers get", () => {
  const blinded = [new Uint8Array(384).fill(1)];
  const R = requestText({ poll: fingerprint, nonce: visit.nonce, time: 5, styles: [{ style, blinded }] });
  assert.equal(
    R,
    `{"type":"ticket-request","poll":"${fingerprint}","nonce":"${visit.nonce}","time":5,` +
      `"styles":[{"style":"${style}","blinded":["${b64(blinded[0] ?? new Uint8Array())}"]}]}`,
  );
  assert.equal(vouchedRequestText(`{"request":${R}}`, "Ag"), `{"signed":{"request":${R}},"desk":"Ag"}`);
});
