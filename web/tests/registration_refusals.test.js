/** The voter's way through registration, where somebody refuses, lies or is not there. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { IppyoError } from "../ippyo/errors.js";
import { AGENT } from "../registration/agent.js";
import { smallPoll } from "./desk_of_tests.js";
import { ORIGINS, surroundings } from "./registration_of_tests.js";

test("who comes back without the code, or refused, is told so, and nothing is kept", async () => {
  const { make, page, storage } = surroundings({ issuers: 1 });
  await make().start("returned");
  assert.deepEqual(page.log, ["refused no-visit"]);
  storage.setItem("ippyo-journey", '{"code":"x"}');
  await make().start("digital-auth-refused");
  assert.equal(page.log.at(-1), "refused digital-auth-refused");
  storage.setItem("ippyo-journey", "not JSON");
  await make().start("");
  assert.equal(storage.length, 0);
});

test("boxes that are not ticked, and codes that are wrong, are said beside the field", async () => {
  const { make, page, server } = surroundings({ screens: ["code"] });
  const way = make();
  page.inputs.alone.checked = page.inputs.kept.checked = false;
  await way.freeWill();
  await way.kept();
  page.inputs.code.value = " ";
  await way.enterCode();
  page.inputs.code.value = "x";
  server.routes["POST /api/visit"] = () => {
    throw new IppyoError("replaced-code", "");
  };
  await way.enterCode();
  assert.deepEqual(page.log, ["wrong alone", "wrong kept", "wrong code wrong-code", "wrong code replaced-code"]);
});

test("no agent and no card are said on the card's screen", async () => {
  const { make, page, server } = surroundings();
  const way = make();
  await way.begin();
  const jobs = server.routes[`POST ${AGENT}/api/jobs`];
  delete server.routes[`POST ${AGENT}/api/jobs`];
  await way.sign();
  assert.equal(page.log.at(-1), "card/agent-missing");
  server.routes[`POST ${AGENT}/api/jobs`] = /** @type {any} */ (jobs);
  const result = server.routes[`POST ${AGENT}/api/result`];
  for (const code of ["no-card", "cancelled"]) {
    server.routes[`POST ${AGENT}/api/result`] = () => ({ state: "failed", code, message: { ja: "x", en: "x" } });
    await way.sign();
    assert.equal(page.log.at(-1), code === "no-card" ? "card/no-card" : "refused cancelled");
  }
  server.routes[`POST ${AGENT}/api/result`] = /** @type {any} */ (result);
  await way.retry();
  assert.equal(page.log.at(-1), "card/ready");
});

test("after a lost connection the same signed request goes out again, without a second PIN", async () => {
  const { make, page, server, windows } = surroundings();
  const way = make();
  await way.begin();
  const take = server.routes["POST /api/request"];
  delete server.routes["POST /api/request"];
  await way.sign();
  assert.equal(page.log.at(-1), "refused offline");
  server.routes["POST /api/request"] = /** @type {any} */ (take);
  await way.retry();
  assert.equal(page.shown, "free-will");
  assert.equal(windows.filter((event) => event === "opened").length, 1);
});

test("an agent that signs another request is not believed", async () => {
  const { make, page, server } = surroundings();
  const way = make();
  await way.begin();
  const result = server.routes[`POST ${AGENT}/api/result`];
  server.routes[`POST ${AGENT}/api/result`] = (body, text) => {
    const answer = /** @type {any} */ (result?.(body, text));
    return answer.state === "done" ? { state: "done", result: { signed_request: '{"request":{},"x":1}' } } : answer;
  };
  await way.sign();
  assert.equal(page.log.at(-1), "refused bad-signature");
  assert.ok(!server.asked.some(({ route }) => route === "POST /api/request"));
});

test("another poll's texts, a missing issuer, and a false fingerprint stop everything at the start", async () => {
  const cases = [surroundings({ pinned: "x".repeat(43) }), surroundings(), surroundings()];
  const [, fewer, other] = cases;
  assert.ok(fewer && other);
  const poll = fewer.server.routes["GET /api/poll"];
  const answer = /** @type {any} */ (poll?.(undefined, ""));
  fewer.server.routes["GET /api/poll"] = () => ({ ...answer, issuers: [ORIGINS[0]] });
  other.server.routes["GET /api/poll"] = () => ({ poll: other.poll.fingerprint, ...smallPoll(1).texts, issuers: [] });
  for (const { make, page, server } of cases) {
    await make().begin();
    assert.deepEqual(page.log, ["refused wrong-poll"]);
    assert.equal(server.asked.length, 1);
  }
});

test("a desk that does not vouch is found before a further issuer is asked", async () => {
  const { make, page, server } = surroundings();
  const answer = server.routes["POST /api/ticket"];
  server.routes["POST /api/ticket"] = (body, text) => {
    const { desk: _, ...rest } = /** @type {any} */ (answer?.(body, text));
    return rest;
  };
  const way = make();
  await way.begin();
  await way.sign();
  await way.freeWill();
  await way.kept();
  assert.equal(page.log.at(-1), "refused faulty-issuer");
  assert.ok(!server.asked.some(({ route }) => route.endsWith(".example/api/issue")));
});

test("issuers that answer for something else, or falsely, are found; a retry asks all of them again", async () => {
  const answers = [
    (/** @type {any} */ good) => ({ ...good, style: "other" }),
    (/** @type {any} */ good) => ({ ...good, issuer: 1 }),
    (/** @type {any} */ good) => {
      const [first, ...rest] = good.blind_signature;
      return { ...good, blind_signature: [first === "A" ? "B" : "A", ...rest].join("") };
    },
  ];
  for (const alter of answers) {
    const { make, page, server } = surroundings();
    const way = make();
    await way.begin();
    await way.sign();
    await way.freeWill();
    const route = "POST https://prefecture.example/api/issue";
    const good = server.routes[route];
    server.routes[route] = (body, text) => alter(good?.(body, text));
    await way.kept();
    assert.equal(page.log.at(-1), "refused faulty-issuer");
    assert.equal(way.ticket, "");
    server.routes[route] = /** @type {any} */ (good);
    await way.retry();
    assert.equal(page.shown, "done");
  }
});

test("further issuers cannot be asked without the card's signature", async () => {
  const { make, page } = surroundings({ screens: ["way"], policies: { channels: ["card-reader", "digital-auth"] } });
  const there = make();
  await there.begin();
  await there.digitalAuth();
  const back = make();
  await back.start("returned");
  await back.freeWill();
  await back.kept();
  assert.equal(page.log.at(-1), "refused digital-auth-failed");
});
