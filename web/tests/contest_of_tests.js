/** A contest with three answers. */

/** @param {Record<string, unknown>} changes @returns {import("../ippyo/contest.js").Contest} */
export function contest(changes = {}) {
  const answers = ["a", "b", "c"].map((id, i) => ({ id, number: i + 1, name: { ja: id, en: id }, furigana: null, statement: null }));
  const title = { ja: "x", en: "x" };
  return /** @type {any} */ ({ id: "x", kind: "choose-one", title, description: null, min: 1, max: 1, blank: true, answers, ...changes });
}
