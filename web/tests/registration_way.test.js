/** The ways of a voter through registration to a ticket. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { deriveCredential } from "../ippyo/credential.js";
import { IppyoError } from "../ippyo/errors.js";
import { markOf } from "../ippyo/mark.js";
import { parseTicket, verifyTicket } from "../ippyo/ticket.js";
import { VotingCode } from "../ippyo/voting_code.js";
import { AGENT } from "../registration/agent.js";
import { localDevice } from "./desk_of_tests.js";
import { CARD_CODE, LETTER, NONCE, surroundings } from "./registration_of_tests.js";

test("with a card reader and two issuers, by the card's own code", async () => {
  const { make, page, windows, poll, keys, server } = surroundings(LETTER);
  page.inputs.code.value = " o123-abcd-ｗｘｙｚ ";
  const way = make();
  await way.start("");
  await way.begin();
  await way.enterCode();
  await way.sign();
  await way.freeWill();
  assert.equal(page.shown, "voting-code");
  assert.deepEqual([page.written["voting-code"], page.written.qr], [CARD_CODE, `QR of ${CARD_CODE}`]);
  assert.equal(page.written.mark, markOf(deriveCredential(VotingCode.parse(CARD_CODE), poll.fingerprint).text));
  assert.ok(!server.asked.some(({ route }) => /ticket|issue/.test(route)), "no issuer signs before the code is kept");
  await way.kept();
  assert.deepEqual(page.log, ["code", "card/ready", "card/working", "free-will", "voting-code/card", "working", "done"]);
  assert.deepEqual(windows, ["opened", `${AGENT}/?lang=easy#key`, "closed"]);
  verifyTicket(parseTicket(way.ticket), poll.fingerprint, keys);
  assert.deepEqual(await way.secrets(), { code: CARD_CODE, ticket: way.ticket, poll: poll.fingerprint });

  for (const { route, headers, credentials } of server.asked) {
    if (route.startsWith("POST /api/")) assert.equal(headers["X-CSRFToken"], "csrf-token", route);
    else assert.ok(!("X-CSRFToken" in headers), route);
    if (route.includes("https:") || route.includes("127.0.0.1")) assert.equal(credentials, "omit", route);
  }
  assert.deepEqual(server.asked.find(({ route }) => route === "POST /api/visit")?.body, { code: "o123-abcd-ｗｘｙｚ" });
  const [job] = server.asked.filter(({ route }) => route.endsWith("/jobs"));
  assert.deepEqual([job?.body.kind, job?.body.letter], ["voting-code", "0123ABCDWXYZ"]);
  const sent = JSON.stringify(server.asked);
  assert.ok(!sent.includes(CARD_CODE) && !sent.includes(parseTicket(way.ticket).credential), "secrets stay here");
  await way.forget();
  assert.equal(way.ticket, "");
  await assert.rejects(way.secrets());
});

test("with a card that can make no code, this device draws one", async () => {
  const { make, page, poll, keys } = surroundings({ ...LETTER, card: null });
  const way = make();
  await way.begin();
  await way.enterCode();
  await way.sign();
  await way.freeWill();
  await way.kept();
  assert.ok(VotingCode.parse(String(page.written["voting-code"])));
  verifyTicket(parseTicket(way.ticket), poll.fingerprint, keys);
});

test("without a letter no code is made from the card, for others could have its signature", async () => {
  for (const second_factor of ["none", "passkey"]) {
    const { make, page, poll, keys, server } = surroundings({ policies: { second_factor } });
    const way = make();
    await way.begin();
    await way.sign();
    await way.freeWill();
    await way.kept();
    assert.equal(server.asked.find(({ route }) => route.endsWith("/jobs"))?.body.kind, "ticket-request");
    assert.notEqual(page.written["voting-code"], CARD_CODE);
    verifyTicket(parseTicket(way.ticket), poll.fingerprint, keys);
  }
});

test("by デジタル認証: the code survives the way there and back, and is gone from storage then", async () => {
  const both = { issuers: 1, screens: ["way"], policies: { channels: ["card-reader", "digital-auth"] } };
  const { make, page, left, storage, poll, keys, server } = surroundings(both);
  const there = make();
  await there.begin();
  assert.equal(page.shown, "way");
  await there.digitalAuth();
  assert.deepEqual(left, ["https://auth.example/start"]);
  assert.equal(storage.length, 1);
  assert.ok(!left.join().includes("nonce"));

  const back = make();
  await back.start("returned");
  assert.equal(storage.length, 0);
  await back.freeWill();
  await back.kept();
  assert.equal(page.shown, "done");
  verifyTicket(parseTicket(back.ticket), poll.fingerprint, keys);
  assert.ok(!JSON.stringify(server.asked).includes(String(page.written["voting-code"])));
});

test("a passkey, where the poll asks for one", async () => {
  const { make, page, server, visit } = surroundings();
  server.routes["POST /api/request"] = () => ({ style: "all", steps: ["passkey", "free-will", "ticket"] });
  visit.steps.splice(1, 0, "passkey");
  const way = make();
  await way.begin();
  await way.sign();
  assert.equal(page.shown, "passkey");
  await way.passkey();
  assert.equal(page.shown, "free-will");
});

test("whoever has a passkey is not told that one is made, even if the desk was silent at first", async () => {
  const { make, page, server, visit } = surroundings();
  server.routes["POST /api/request"] = () => ({ style: "all", steps: ["passkey", "free-will", "ticket"] });
  visit.steps.splice(1, 0, "passkey");
  const known = () => ({ ceremony: "get", publicKey: {} });
  for (const early of [known, () => Promise.reject(new IppyoError("offline", ""))]) {
    server.routes["POST /api/passkey/options"] = early;
    const way = make();
    await way.begin();
    await way.sign();
    assert.equal(page.log.at(-1), early === known ? "passkey/get" : "passkey/create");
    server.routes["POST /api/passkey/options"] = known;
    await way.passkey();
    assert.deepEqual(page.log.slice(-2), ["passkey/get", "free-will"]);
  }
});

test("a card whose two certificates are not bound yet signs the binding, and goes on", async () => {
  const { make, page, server } = surroundings();
  const take = server.routes["POST /api/request"];
  server.routes["POST /api/request"] = () => {
    throw new IppyoError("binding-needed", "");
  };
  const way = make();
  await way.begin();
  await way.sign();
  assert.equal(page.log.at(-1), "refused binding-needed");
  server.routes["POST /api/request"] = /** @type {any} */ (take);
  await way.retry();
  assert.equal(page.shown, "free-will");
  const job = server.asked.filter(({ route }) => route.endsWith("/jobs")).at(-1)?.body;
  assert.deepEqual([job.kind, job.nonce, job.time], ["card-binding", NONCE, 5]);
});

test("a further issuer that knows no binding yet gets it, too", async () => {
  const { make, page, server, poll, keys } = surroundings();
  const route = "POST https://prefecture.example/api/issue";
  const good = server.routes[route];
  server.routes[route] = () => {
    throw new IppyoError("binding-needed", "");
  };
  const way = make();
  await way.begin();
  await way.sign();
  await way.freeWill();
  await way.kept();
  assert.equal(page.log.at(-1), "refused binding-needed");
  server.routes[route] = /** @type {any} */ (good);
  await way.retry();
  assert.equal(page.shown, "done");
  assert.ok(server.asked.some(({ route: asked }) => asked === "POST https://prefecture.example/api/binding"));
  verifyTicket(parseTicket(way.ticket), poll.fingerprint, keys);
});

test("an earlier voting code: typed before the card, or after the refusal, which takes a new visit", async () => {
  const { make, page, server } = surroundings({ screens: ["code"] });
  const earlier = VotingCode.generate().reveal();
  const way = make();
  await way.begin();
  await way.enterCode();
  page.inputs.earlier.value = earlier.slice(1);
  await way.enterEarlier();
  assert.equal(page.log.at(-1), "wrong earlier");
  await way.sign();
  await way.freeWill();
  server.routes["POST /api/ticket"] = () => {
    throw new IppyoError("already-issued", "");
  };
  await way.kept();
  assert.equal(page.log.at(-1), "refused already-issued");
  way.earlier();
  assert.equal(page.shown, "earlier");
  page.inputs.earlier.value = earlier.toLowerCase();
  await way.enterEarlier();
  assert.deepEqual([page.shown, page.inputs.earlier.value], ["code", ""]);
  assert.equal(server.asked.at(-1)?.route, "DELETE /api/visit");
  assert.equal((await way.secrets()).code, earlier);
});

test("an earlier voting code before the card goes on to the card", async () => {
  const { make, page } = surroundings();
  const way = make();
  await way.begin();
  way.earlier();
  page.inputs.earlier.value = CARD_CODE;
  await way.enterEarlier();
  assert.equal(page.log.at(-1), "card/ready");
});

test("without a worker the refusal is shown, and a visit can be left", async () => {
  const { make, server, page } = surroundings();
  const refused = async () => Promise.reject(new IppyoError("no-worker", "x"));
  const way = make(/** @type {any} */ (new Proxy({}, { get: () => refused })));
  await way.begin();
  assert.equal(page.log.at(-1), "refused no-worker");
  await way.forget();
  assert.equal(server.asked.at(-1)?.route, "DELETE /api/visit");
});

test("forgetting ends what the card was asked for, and drops the letter", async () => {
  const { make, server, storage, page } = surroundings();
  storage.setItem("ippyo-letter", "#code=ABCD");
  const way = make();
  await way.begin();
  /** @type {Promise<void> | null} */
  let forgotten = null;
  const cancelled = { state: "failed", code: "cancelled", message: { ja: "x", en: "x" } };
  server.routes[`POST ${AGENT}/api/cancel`] = () => cancelled;
  server.routes[`POST ${AGENT}/api/result`] = () => {
    if (server.asked.some(({ route }) => route.endsWith("/cancel"))) return cancelled;
    forgotten ??= way.forget();
    return { state: "waiting" };
  };
  await way.sign();
  await forgotten;
  const asked = server.asked.filter(({ route }) => route.endsWith("/cancel"));
  assert.deepEqual(asked.map(({ body }) => body), [{ job: "j", token: "t1" }]);
  assert.equal(storage.length, 0);
  assert.equal(page.log.at(-1), "refused cancelled");
  await way.forget();
  assert.equal(server.asked.filter(({ route }) => route.endsWith("/cancel")).length, 1, "there is nothing more to end");
});

/** A device whose worker breaks down at the next call after `breaks()`, and is a new one then. */
function fragile() {
  let device = localDevice();
  let broken = false;
  const client = new Proxy(device, {
    get: (_, /** @type {keyof typeof device} */ call) => async (/** @type {any[]} */ ...values) => {
      if (!broken) return /** @type {any} */ (device)[call](...values);
      broken = false;
      device = localDevice();
      throw new IppyoError("no-worker", "The worker does not run.");
    },
  });
  return { client, breaks: () => (broken = true) };
}

test("a worker that breaks down: told so, and begun again with a new visit", async () => {
  const { make, page, poll, keys, server } = surroundings({ policies: { second_factor: "none" } });
  const { client, breaks } = fragile();
  const way = make(client);
  await way.begin();
  await way.sign();
  breaks();
  await way.freeWill();
  assert.equal(page.log.at(-1), "refused no-worker");
  await way.retry();
  assert.ok(server.asked.some(({ route }) => route === "DELETE /api/visit"));
  assert.equal(page.log.at(-1), "card/ready");
  await way.sign();
  await way.freeWill();
  await way.kept();
  assert.equal(page.shown, "done");
  verifyTicket(parseTicket(way.ticket), poll.fingerprint, keys);
});

test("a worker that breaks down under a code that is typed: the code is not said to be wrong", async () => {
  const { make, page } = surroundings();
  const { client, breaks } = fragile();
  const way = make(client);
  await way.begin();
  way.earlier();
  page.inputs.earlier.value = CARD_CODE;
  breaks();
  await way.enterEarlier();
  assert.equal(page.log.at(-1), "refused no-worker");
  await way.retry();
  way.earlier();
  await way.enterEarlier();
  assert.equal(page.log.at(-1), "card/ready");
});
