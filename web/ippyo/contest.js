/** A contest: one question with its answers, counted by itself (docs/protocol.md §3). */

import { fields } from "./canonical.js";
import { MAX_ANSWERS } from "./limits.js";
import { bilingual, identifier, line, oneOf, prose, requireThat, unique } from "./rules.js";

/** @typedef {import("./canonical.js").JsonValue} JsonValue */
/** @typedef {import("./rules.js").Text} Text */

const MAX_NUMBER = 9999;

/**
 * @typedef {object} Answer
 * @property {string} id
 * @property {number} number on the ballot paper
 * @property {Text} name
 * @property {string | null} furigana
 * @property {Text | null} statement
 */

/**
 * @typedef {object} Contest
 * @property {string} id
 * @property {"choose-one" | "choose" | "per-item" | "referendum"} kind
 * @property {Text} title
 * @property {Text | null} description
 * @property {number} min answers to mark at least
 * @property {number} max
 * @property {boolean} blank whether a blank vote (白票) is possible
 * @property {Answer[]} answers
 */

/** @param {JsonValue} value @returns {Contest} */
export function parseContest(value) {
  const what = "contest";
  const names = ["id", "kind", "title", "description?", "min", "max", "blank", "tally", "answers"];
  const read = fields(value, what, ...names);
  const contest = {
    id: identifier(read.text("id"), what),
    kind: oneOf(read.text("kind"), /** @type {const} */ (["choose-one", "choose", "per-item", "referendum"]), "kind"),
    title: bilingual(read.raw("title"), "title of a contest", line),
    description: read.has("description") ? bilingual(read.raw("description"), "description", prose) : null,
    min: read.integer("min"),
    max: read.integer("max"),
    blank: read.boolean("blank"),
    answers: read.map("answers", 1, MAX_ANSWERS, parseAnswer),
  };
  oneOf(read.text("tally"), ["homomorphic"], "tally");
  unique(contest.answers.map((answer) => answer.id), what, "answer");
  unique(contest.answers.map((answer) => answer.number), what, "number");
  requireThat(limitsFit(contest), what, "has limits that its kind does not allow");
  return contest;
}

/** @param {Contest} contest @returns {boolean} */
function limitsFit({ kind, min, max, blank, answers }) {
  switch (kind) {
    case "choose":
      return max >= 1 && max <= answers.length && min <= max;
    case "per-item":
      return min === 0 && max === answers.length && !blank;
    case "choose-one":
      return min === 1 && max === 1;
    case "referendum":
      return min === 1 && max === 1 && answers.length === 2;
  }
}

/** @param {JsonValue} value @returns {Answer} */
function parseAnswer(value) {
  const read = fields(value, "answer", "id", "number", "name", "furigana?", "statement?");
  return {
    id: identifier(read.text("id"), "answer"),
    number: read.integer("number", 0, MAX_NUMBER),
    name: bilingual(read.raw("name"), "name of an answer", line),
    furigana: read.has("furigana") ? line(read.text("furigana"), "furigana") : null,
    statement: read.has("statement") ? bilingual(read.raw("statement"), "statement of an answer", prose) : null,
  };
}
