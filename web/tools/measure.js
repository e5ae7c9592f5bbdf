// Measures what a voter waits for, in milliseconds: the median of some runs. node tools/measure.js

import { readFileSync } from "node:fs";
import { performance } from "node:perf_hooks";
import { deriveCredential } from "../ippyo/credential.js";
import * as group from "../ippyo/group.js";
import { RsaPublicKey } from "../ippyo/rsa.js";
import { seal } from "../ippyo/seal.js";
import { TicketRequest } from "../ippyo/ticket.js";
import { VotingCode } from "../ippyo/voting_code.js";

const RUNS = 7;
const started = performance.now();

/** @param {string} what @param {() => unknown} work */
function measure(what, work) {
  const first = performance.now();
  work();
  const cold = performance.now() - first;
  const times = Array.from({ length: RUNS }, () => {
    const begin = performance.now();
    work();
    return performance.now() - begin;
  }).sort((a, b) => a - b);
  const [warmingUp, median] = [cold, times[3] ?? 0].map((time) => time.toFixed(1).padStart(8));
  console.log(`${what.padEnd(44)} first ${warmingUp}   median ${median}`);
}

/** @param {number} answers @returns {import("../ippyo/election.js").Election} */
function electionWith(answers) {
  const contest = /** @type {any} */ ({ answers: Array.from({ length: answers }), blank: true, min: 1, max: 1 });
  const key = group.precompute(group.mulBase(group.randomScalar()));
  return { contest, key, uuid: "x".repeat(22), fingerprint: "x".repeat(43) };
}

const code = VotingCode.generate();
const phi = "x".repeat(43);
const published = JSON.parse(readFileSync(new URL("../../vectors/ticket.json", import.meta.url), "utf8")).keys;
const keys = [published.A, published.B].map((key) => RsaPublicKey.fromText(key.public));
const credential = deriveCredential(code, phi);

measure("credential from the voting code", () => deriveCredential(code, phi));
measure("blinding for two issuers", () => new TicketRequest(code, phi, "all", keys));
for (const answers of [2, 10, 40]) {
  const election = electionWith(answers);
  const choice = Array.from({ length: answers }, (_, i) => (i === 1 ? 1 : 0));
  measure(`sealing ${answers} answers, blank allowed`, () => seal(election, credential, choice));
}
console.log(`whole run ${(performance.now() - started).toFixed(0)} ms, Node.js ${process.version}`);
