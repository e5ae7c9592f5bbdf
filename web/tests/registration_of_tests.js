/** A visit to the registration page: a desk, a further issuer, a card agent, and a page that notes what it was shown. */

import assert from "node:assert/strict";
import { RsaPublicKey } from "../ippyo/rsa.js";
import { AGENT, CardAgent } from "../registration/agent.js";
import { Desk } from "../registration/desk.js";
import { Way } from "../registration/way.js";
import { blindSign, localDevice, memoryStorage, Server, smallPoll } from "./desk_of_tests.js";

export const ORIGINS = ["https://city.example", "https://prefecture.example"];
export const NONCE = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc";
const DESK_WORD = "Ag".repeat(43);
/** Options of a poll whose voters get a letter with a code. */
export const LETTER = { screens: ["code"], policies: { second_factor: "registration-code" } };
export const CARD_CODE = "0123-4567-89AB-CDEF-GHJK-MNPQ-RS0P";

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
export function surroundings({ issuers = 2, policies = {}, screens = [], card = CARD_CODE, pinned } = {}) {
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
    "easy",
    async () => {},
  );
  const make = (device = localDevice()) =>
    new Way({
      page: /** @type {any} */ (page),
      desk: new Desk("/api/", "csrf-token", server.fetch),
      agent,
      device,
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
