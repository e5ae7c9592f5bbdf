import assert from "node:assert/strict";
import { test } from "node:test";
import { deriveCredential } from "../ippyo/credential.js";
import { IppyoError } from "../ippyo/errors.js";
import { markOf } from "../ippyo/mark.js";
import { RsaPublicKey } from "../ippyo/rsa.js";
import { parseTicket, verifyTicket } from "../ippyo/ticket.js";
import { VotingCode } from "../ippyo/voting_code.js";
import { AGENT, CardAgent } from "../registration/agent.js";
import { Desk } from "../registration/desk.js";
import { Way } from "../registration/way.js";
import { blindSign, localDevice, memoryStorage, Server, smallPoll } from "./desk_of_tests.js";

const ORIGINS = ["https://city.example", "https://prefecture.example"];
const NONCE = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc";
const DESK_WORD = "Ag".repeat(43);
const LETTER = { screens: ["code"], policies: { second_factor: "registration-code" } };
const CARD_CODE = "0123-4567-89AB-CDEF-GHJK-MNPQ-RS0P";

/** The page, as far as the way sees it: a list of what was shown. */
class Screens {
  shown = "welcome";
  /** @type {string[]} */
  log = [];
  /** @type {Record<string, unknown>} */
  written = {};
  inputs = /** @type {any} */ ({ code: { value: " abcd " }, alone: { checked: true }, kept: { checked: true }, earlier: { value: "" } });

  /** @param {string[]} screens */
  constructor(screens) {
    this.has = (/** @type {string} */ name) => screens.includes(name);
  }
  show(/** @type {string} */ screen, /** @type {string} */ state = "") {
    this.shown = screen;
    this.log.push(state ? `${screen}/${state}` : screen);
  }
  back() {}
  state(/** @type {string} */ state) {
    this.log.push(`${this.shown}/${state}`);
  }
  write(/** @type {string} */ name, /** @type {unknown} */ content) {
    this.written[name] = content;
  }
  writeGroups(/** @type {string} */ name, /** @type {string} */ text) {
    this.write(name, text);
  }
  input(/** @type {string} */ name) {
    return this.inputs[name];
  }
  wrong(/** @type {string} */ name, /** @type {string} */ code = "") {
    this.log.push(`wrong ${name} ${code}`.trim());
  }
  right() {}
  refuse(/** @type {string} */ code) {
    this.shown = "refused";
    this.log.push(`refused ${code}`);
  }
  say() {}
}

/** @typedef {{ issuers?: number, policies?: object, screens?: string[], card?: string | null }} Options */

/** @param {Options & { pinned?: string | null }} options */
function surroundings({ issuers = 2, policies = {}, screens = [], card = CARD_CODE, pinned } = {}) {
  const poll = smallPoll(issuers, /** @type {any} */ (policies));
  const visit = { nonce: NONCE, time: 5, styles: [poll.style], steps: ["card", "free-will", "ticket"] };
  /** @type {any} */
  let request;
  const issue = (/** @type {number} */ i) => {
    const blind_signature = blindSign(poll.secrets[i], request.styles[0].blinded[i]);
    return { style: poll.style, issuer: i + 1, blind_signature };
  };
  const states = ["waiting", "code", "waiting", "done"];
  const server = new Server({
    "GET /api/poll": () => ({ poll: poll.fingerprint, ...poll.texts, issuers: ORIGINS.slice(0, issuers) }),
    "POST /api/visit": () => visit,
    "GET /api/visit": () => ({ ...visit, style: poll.style, steps: ["free-will", "ticket"] }),
    "DELETE /api/visit": () => ({ ended: true }),
    "POST /api/request": ({ request: sent }) => {
      assert.deepEqual(sent, request);
      return { style: poll.style, steps: ["free-will", "ticket"] };
    },
    "POST /api/digital-auth": ({ request: sent }) => {
      request = sent;
      return { location: "https://auth.example/start" };
    },
    "POST /api/confirm": () => ({ steps: ["ticket"] }),
    "POST /api/passkey/options": () => ({ ceremony: "create", publicKey: {} }),
    "POST /api/passkey": () => ({ steps: ["free-will", "ticket"] }),
    "POST /api/binding": () => ({ bound: true }),
    "POST /api/ticket": () => ({ ...issue(0), desk: DESK_WORD }),
    "POST https://prefecture.example/api/issue": ({ signed, desk }) => {
      assert.deepEqual(signed.request, request);
      assert.equal(desk, DESK_WORD);
      return issue(1);
    },
    "POST https://prefecture.example/api/binding": () => ({ bound: true }),
    [`POST ${AGENT}/api/jobs`]: ({ kind, request: sent }) => {
      if (kind === "ticket-request") {
        request = sent;
        states.splice(0, states.length, "waiting", "done");
      }
      if (kind === "card-binding") states.splice(0, states.length, "binding");
      return { job: "j", token: "t1", window: `${AGENT}/#key` };
    },
    [`POST ${AGENT}/api/result`]: (_, text) => {
      assert.ok(text.includes('"job":"j"'));
      const state = states.shift();
      if (state === "code") return { state, code: card, token: "t2" };
      if (state === "binding") return { state: "done", result: { signed_binding: '{"binding":{}}' } };
      if (state !== "done") return { state: "waiting" };
      return { state, result: { signed_request: `{"request":${JSON.stringify(request)},"certificate":"x"}` } };
    },
    [`POST ${AGENT}/api/request`]: ({ token, request: sent }) => {
      assert.equal(token, "t2");
      request = sent;
      return { state: "waiting" };
    },
  });
  const page = new Screens(screens);
  const storage = memoryStorage();
  /** @type {string[]} */
  const windows = [];
  /** @type {string[]} */
  const left = [];
  const agent = new CardAgent(
    server.fetch,
    () => {
      windows.push("opened");
      return { go: (url) => windows.push(url), close: () => windows.push("closed") };
    },
    async () => {},
  );
  const make = () =>
    new Way({
      page: /** @type {any} */ (page),
      desk: new Desk("/api/", "csrf-token", server.fetch),
      agent,
      device: localDevice(),
      storage,
      fetch: server.fetch,
      fingerprint: pinned === undefined ? poll.fingerprint : pinned,
      language: "ja",
      leave: (url) => left.push(url),
      usePasskey: async () => ({ id: "x" }),
      drawQr: async (text) => `QR of ${text}`,
    });
  const keys = poll.secrets.map((key) => RsaPublicKey.fromText(key.public));
  return { poll, visit, server, page, storage, windows, left, make, keys, states };
}

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
  assert.deepEqual(windows, ["opened", `${AGENT}/#key`, "closed"]);
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
    (/** @type {any} */ good) => ({ ...good, blind_signature: `B${good.blind_signature.slice(1)}` }),
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
