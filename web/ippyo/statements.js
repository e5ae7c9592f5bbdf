/** What the proofs in a ballot say: one list, from which both sealing and checking work (docs/protocol.md §7). */

import { encode, IDENTITY } from "./group.js";

/** @typedef {import("./election.js").Election} Election */
/** @typedef {import("./contest.js").Contest} Contest */
/** @typedef {import("./proofs.js").Ciphertext} Ciphertext */
/** @typedef {import("./proofs.js").Branch} Branch */

/** @typedef {{ name: string, prefix: string, branches: Branch[] }} Statement one of the branches is true */

/**
 * @param {Contest} contest
 * @returns {number} sealed values: one per answer, one in front for blank where it is allowed
 */
export function choiceCount({ answers, blank }) {
  return answers.length + (blank ? 1 : 0);
}

/** @param {Contest} contest @returns {number[]} branches of each proof: individual ones, overall, blank if allowed */
export function branchCounts(contest) {
  const individual = Array.from({ length: choiceCount(contest) }, () => 2);
  const sums = contest.max - contest.min + 1;
  return contest.blank ? [...individual, sums + 1, 2] : [...individual, sums];
}

/** @param {Contest} contest @param {Ciphertext[]} choices @returns {Ciphertext} the product of the answers' choices */
export function total({ blank }, choices) {
  return choices.slice(blank ? 1 : 0).reduce(
    (sum, { alpha, beta }) => ({ alpha: sum.alpha.add(alpha), beta: sum.beta.add(beta) }),
    { alpha: IDENTITY, beta: IDENTITY },
  );
}

/**
 * @param {Election} election @param {string} credential str(C)
 * @param {Ciphertext[]} choices @param {string[]} texts `str(alpha),str(beta)` of each
 * @param {Ciphertext} Sigma their {@link total}
 * @returns {Statement[]}
 */
export function statements({ contest, fingerprint }, credential, choices, texts, Sigma) {
  const S0 = `${fingerprint}|${credential}`;
  const S = `${S0}|${texts.join(",")}`;
  const individual = choices.map((ciphertext, j) => ({
    name: `individual-proof ${j + 1}`,
    prefix: `prove|${S0}|${texts[j]}|`,
    branches: [0, 1].map((message) => ({ ciphertext, message })),
  }));
  const sums = Array.from({ length: contest.max - contest.min + 1 }, (_, i) => {
    return { ciphertext: Sigma, message: contest.min + i };
  });
  const [c0] = choices;
  if (!contest.blank || c0 === undefined) {
    const prefix = `prove|${S}|${encode(Sigma.alpha)},${encode(Sigma.beta)}|`;
    return [...individual, { name: "overall-proof", prefix, branches: sums }];
  }
  const zeros = [c0, Sigma].map((ciphertext) => ({ ciphertext, message: 0 }));
  return [
    ...individual,
    { name: "overall-proof", prefix: `bproof1|${S}|`, branches: [{ ciphertext: c0, message: 1 }, ...sums] },
    { name: "blank-proof", prefix: `bproof0|${S}|`, branches: zeros },
  ];
}
