/** The ballot paper on the screen: a contest's cards, the review, and trackers in groups of four. */

import { element } from "../look/page.js";
import { annotated, ruby } from "../look/words.js";
import { isSingle, marked } from "./answers.js";

/** @typedef {import("../ippyo/contest.js").Contest} Contest */
/** @typedef {Contest["answers"][number]} Candidate */
/** @typedef {import("./answers.js").Answer} Answer */
/** @typedef {import("../ippyo/rules.js").Text} Text */
/** @typedef {{ number: number, of: number, reviewing: boolean }} Place */
/**
 * @typedef {{
 *   word(key: string, values?: Record<string, string>): string,
 *   text(text: Text): string,
 *   photo(key: string): string | undefined,
 * }} Words
 */

/** @param {HTMLElement} form to fill anew @param {Words} words @param {Contest} contest @param {Answer} answer @param {Place} place */
export function drawContest(form, words, contest, answer, place) {
  const focused = document.activeElement instanceof HTMLInputElement ? document.activeElement.id : "";
  const drawn = form.dataset.contest === contest.id;
  form.dataset.contest = contest.id;
  write("contest-title", words.text(contest.title));
  write("contest-number", `${place.number} / ${place.of}`);
  write("contest-rule", annotated(words.word(ruleOf(contest), { min: String(contest.min), max: String(contest.max) })));
  write("contest-next", annotated(words.word(place.reviewing ? "to-review" : "next")));
  const about = document.getElementById("contest-about");
  if (about !== null) {
    about.hidden = contest.description === null;
    about.textContent = contest.description === null ? "" : words.text(contest.description);
  }
  const count = document.getElementById("contest-count");
  if (count !== null) {
    count.hidden = isSingle(contest);
    const key = contest.kind === "per-item" ? "count-marked" : "count-chosen";
    count.replaceChildren(annotated(words.word(key, { n: String(marked(answer)), max: String(contest.max) })));
  }
  if (!drawn) {
    const cards = contest.answers.map((candidate, i) => card(words, contest, candidate, i));
    const list = element("div", isScore(contest) ? "cards scores" : "cards", ...cards);
    const others = element("div", "cards others");
    if (contest.blank) others.append(otherCard(words, "blank"));
    others.append(otherCard(words, "skip"));
    form.replaceChildren(list, element("p", "or", annotated(words.word("or"))), others);
  }
  for (const input of form.querySelectorAll("input")) {
    const value = input.dataset.value ?? "";
    input.checked = value === answer || (Array.isArray(answer) && answer.includes(Number(value)));
  }
  document.getElementById(focused)?.focus();
}

/** @param {Contest} contest @returns {boolean} whether the answers are points on a scale (採点) */
function isScore({ answers }) {
  return answers.every(({ id }) => /^score-\d+$/.test(id));
}

/** @param {Contest} contest @returns {string} key of the sentence that says how many to choose */
function ruleOf(contest) {
  if (contest.kind === "per-item") return "rule.per-item";
  if (isScore(contest)) return "rule.score";
  if (contest.kind === "referendum") return "rule.referendum";
  if (isSingle(contest)) return "rule.one";
  return contest.min === contest.max ? "rule.exactly" : contest.min > 0 ? "rule.between" : "rule.most";
}

/** @param {Words} words @param {Contest} contest @param {Candidate} candidate @param {number} i */
function card(words, contest, candidate, i) {
  const input = element("input", "");
  input.type = isSingle(contest) ? "radio" : "checkbox";
  input.name = "answer";
  input.id = `answer-${i}`;
  input.dataset.do = "mark";
  input.dataset.value = String(i);
  const body = element("span", "card-body", element("span", "card-name", nameOf(words, candidate)));
  if (candidate.statement !== null) body.append(element("span", "card-statement", words.text(candidate.statement)));
  if (contest.kind === "per-item") body.append(element("span", "card-meaning", annotated(words.word("dismiss"))));
  const label = element("label", `card kind-${contest.kind}`, input);
  const photo = words.photo(`${contest.id}/${candidate.id}`);
  if (photo !== undefined) {
    const image = element("img", "card-photo");
    [image.src, image.alt, image.width, image.height] = [photo, "", 96, 120];
    label.append(image);
  }
  if (!isScore(contest)) label.append(element("span", "card-number", String(candidate.number)));
  label.append(body);
  return label;
}

/** @param {Words} words @param {"blank" | "skip"} kind */
function otherCard(words, kind) {
  const input = element("input", "");
  [input.type, input.name, input.id] = ["radio", "answer", `answer-${kind}`];
  input.dataset.do = "mark";
  input.dataset.value = kind;
  const name = element("span", "card-name", annotated(words.word(`${kind}.name`)));
  const meaning = element("span", "card-statement", annotated(words.word(`${kind}.meaning`)));
  return element("label", "card other", input, element("span", "card-body", name, meaning));
}

/** @param {Words} words @param {Candidate} candidate @returns {Node} the name, with its reading above it */
function nameOf(words, candidate) {
  const name = words.text(candidate.name);
  const reading = candidate.furigana;
  // A name in kana needs no reading; one in another language has none.
  if (reading === null || reading === name || name !== candidate.name.ja) return document.createTextNode(name);
  const annotatedName = ruby(name, reading);
  annotatedName.className = "always";
  return annotatedName;
}

/** @param {HTMLElement} list @param {Words} words @param {Contest[]} contests @param {Answer[]} answers */
export function drawReview(list, words, contests, answers) {
  const rows = contests.map((contest, i) => {
    const change = element("button", "secondary small-button", annotated(words.word("change")));
    change.type = "button";
    change.dataset.do = "change";
    change.dataset.value = String(i);
    change.setAttribute("aria-describedby", `review-${i}`);
    const title = element("h2", "", words.text(contest.title));
    title.id = `review-${i}`;
    return element("li", "reviewed", title, chosen(words, contest, answers[i] ?? "open"), change);
  });
  list.replaceChildren(...rows);
}

/** @param {Words} words @param {Contest} contest @param {Answer} answer @returns {HTMLElement} in large print */
export function chosen(words, contest, answer) {
  if (answer === "open" || answer === "skip") return element("p", "chosen none", annotated(words.word("skip.chosen")));
  if (answer === "blank") return element("p", "chosen blank", annotated(words.word("blank.chosen")));
  if (answer.length === 0) {
    const none = words.word(contest.kind === "per-item" ? "no-mark" : "chosen-none");
    return element("p", "chosen none", annotated(none));
  }
  const items = answer.flatMap((i) => {
    const candidate = contest.answers[i];
    if (candidate === undefined) return [];
    const number = isScore(contest) ? [] : [element("span", "card-number", String(candidate.number))];
    const photo = words.photo(`${contest.id}/${candidate.id}`);
    const image = photo === undefined ? [] : [element("img", "card-photo")];
    for (const each of image) [each.src, each.alt, each.width, each.height] = [photo ?? "", "", 64, 80];
    const cross = contest.kind === "per-item" ? [element("span", "card-meaning", annotated(words.word("dismiss")))] : [];
    return [element("li", "", ...image, ...number, element("span", "card-name", nameOf(words, candidate), ...cross))];
  });
  return element("ul", "chosen", ...items);
}

/** @param {HTMLElement} place @param {Words} words @param {{ contest: string, tracker: string }[]} trackers @param {Contest[]} contests */
export function drawTrackers(place, words, trackers, contests) {
  const entries = trackers.map(({ contest, tracker }) => {
    const found = contests.find(({ id }) => id === contest);
    const groups = tracker.match(/.{1,4}/g) ?? [];
    const code = element("code", "tracker", ...groups.map((group) => element("span", "", group)));
    return element("div", "", element("dt", "", found === undefined ? contest : words.text(found.title)), element("dd", "", code));
  });
  place.replaceChildren(...entries);
}

/** @param {string} id @param {Node | string} content */
function write(id, content) {
  document.getElementById(id)?.replaceChildren(content);
}
