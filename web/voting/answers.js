/** What the voter has answered so far, contest by contest; nothing here leaves the page. */

/** @typedef {import("../ippyo/contest.js").Contest} Contest */
/** @typedef {import("../ippyo/seal.js").Choice} Choice */

/**
 * What stands on the paper of one contest: `open` (nothing yet), `skip` (do not vote in this item, 棄権), `blank`
 * (白票), or the positions of the marked answers.
 *
 * @typedef {"open" | "skip" | "blank" | number[]} Answer
 */

/** @param {Contest} contest @returns {Answer} per-item papers (国民審査) are complete without a mark */
export function emptyAnswer(contest) {
  return contest.kind === "per-item" ? [] : "open";
}

/** @param {Contest} contest @returns {boolean} whether answers exclude one another */
export function isSingle(contest) {
  return contest.kind !== "per-item" && contest.max === 1;
}

/** @param {Answer} answer @returns {number} how many answers are marked */
export function marked(answer) {
  return Array.isArray(answer) ? answer.length : 0;
}

/**
 * @param {Contest} contest @param {Answer} answer @param {number} position of the answer that was touched
 * @returns {Answer} where one more would be too many, the answer as it was
 */
export function toggle(contest, answer, position) {
  if (isSingle(contest)) return [position];
  const before = Array.isArray(answer) ? answer : [];
  if (before.includes(position)) return before.filter((other) => other !== position);
  if (before.length >= contest.max) return before;
  return [...before, position].sort((a, b) => a - b);
}

/** @param {Contest} contest @param {Answer} answer @returns {string | null} code of why one cannot go on yet */
export function problem(contest, answer) {
  if (answer === "skip") return null;
  if (answer === "blank") return contest.blank ? null : "no-blank";
  if (answer === "open") return "nothing-chosen";
  if (answer.length === 0 && contest.min > 0) return "nothing-chosen";
  if (answer.length < contest.min) return "too-few";
  return answer.length > contest.max ? "too-many-chosen" : null;
}

/** @param {Contest} contest @param {Answer} answer without a problem @returns {Choice | null} null: no ballot at all */
export function choiceOf(contest, answer) {
  if (answer === "skip" || answer === "open") return null;
  if (answer === "blank") return "blank";
  return contest.answers.map((_, i) => (answer.includes(i) ? 1 : 0));
}
