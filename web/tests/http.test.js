import assert from "node:assert/strict";
import { test } from "node:test";
import { ask, Refusal } from "../ippyo/http.js";
import { refusal } from "./vectors.js";

/** @param {BodyInit | null} body @param {number} [status] */
const asked = (body, status = 200) => ask(async () => new Response(body, { status }), "/api/x", {});

test("an answer is JSON, a refusal has its name and its sentences", async () => {
  assert.deepEqual(await asked('{"a":1}'), { a: 1 });
  const message = { ja: "後で", en: "later" };
  await assert.rejects(asked(JSON.stringify({ code: "busy", message }), 503), (error) => {
    return error instanceof Refusal && error.code === "busy" && error.sentences.ja === "後で";
  });
  for (const odd of ["{}", "null", "5", '{"code":7,"message":null}']) {
    await assert.rejects(asked(odd, 500), refusal("internal-error"));
  }
  await assert.rejects(asked("<html>"), refusal("malformed"));
  await assert.rejects(asked("<html>", 502), refusal("internal-error"));
});

test("a connection that breaks off, also in the middle of an answer, is none", async () => {
  const fails = async () => {
    throw new TypeError("fetch failed");
  };
  await assert.rejects(ask(fails, "/api/x", {}), refusal("offline"));
  await assert.rejects(ask(fails, "/api/x", {}, "no-agent"), refusal("no-agent"));
  const broken = new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode('{"a":'));
      controller.error(new TypeError("terminated"));
    },
  });
  await assert.rejects(asked(broken), refusal("offline"));
});
