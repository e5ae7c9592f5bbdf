/** A page and the object in its worker, which may break down. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { answerFor, connect } from "../ippyo/remote.js";
import { refusal } from "./vectors.js";

test("who calls after a worker broke down is told once, also if nobody waited for it then", async (t) => {
  /** @type {MessagePort[]} */
  const started = [];
  t.after(() => started.forEach((port) => port.close()));
  const start = () => {
    const { port1, port2 } = new MessageChannel();
    let number = 0;
    answerFor({ next: () => (number += 1) }, ["next"], port2);
    for (const port of [port1, port2]) port.start();
    started.push(port1);
    return /** @type {any} */ (Object.assign(port1, { terminate: () => port1.close() }));
  };
  /** @type {{ next: () => Promise<number> }} */
  const client = connect(["next"], start);
  assert.deepEqual([await client.next(), await client.next()], [1, 2]);
  started[0]?.dispatchEvent(new Event("error"));
  await assert.rejects(client.next(), refusal("no-worker"));
  assert.equal(await client.next(), 1, "another worker, which knows nothing");
  const waiting = client.next();
  started[1]?.dispatchEvent(new Event("error"));
  await assert.rejects(waiting, refusal("no-worker"));
  assert.equal(await client.next(), 1);
  assert.equal(started.length, 3);
});
