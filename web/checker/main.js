/** The checker's page: camera, picture or pasted text in; what the vote holds, in very large print, out. */

import { Poll } from "../ippyo/poll.js";
import { dataBlock, element, elementAt as at } from "../look/page.js";
import { annotated, fill } from "../look/words.js";
import { chosen } from "../voting/paper.js";
import { Checker } from "./checker.js";

/** @typedef {import("./checker.js").Finding} Finding */
/** @typedef {import("../ippyo/rules.js").Text} Text */

const texts = dataBlock("poll");
/** @type {Record<string, Record<string, string>>} */
const catalogue = dataBlock("words");
const poll = Poll.open(texts.fingerprint, texts);
const checker = new Checker(poll);
const asked = new URLSearchParams(window.location.search).get("lang") ?? navigator.language;
let tongue = asked === "easy" ? "easy" : /^en(-|$)/.test(asked) ? "en" : "ja";
/** @type {Finding | null} */
let last = null;
/** When the sealed ballots were read first. */
let sealedAt = "";
/** Ends what the camera does; null where it does nothing. @type {AbortController | null} */
let camera = null;

const words = {
  /** @param {string} key @param {Record<string, string>} [values] */
  word: (key, values = {}) => fill(catalogue[key]?.[tongue] ?? "", values),
  /** @param {Text} text */
  text: (text) => (tongue === "en" ? text.en : text.ja),
  photo: () => undefined,
};

/** Everything again, in the tongue that was chosen. */
function speak() {
  document.documentElement.lang = tongue === "en" ? "en" : "ja";
  document.documentElement.className = `tongue-${tongue}`;
  for (const place of document.querySelectorAll("[data-word]")) {
    if (place instanceof HTMLElement) place.replaceChildren(annotated(words.word(place.dataset.word ?? "")));
  }
  for (const button of document.querySelectorAll("[data-tongue]")) {
    if (button instanceof HTMLElement) button.setAttribute("aria-pressed", String(button.dataset.tongue === tongue));
  }
  at("poll-title").textContent = words.text(poll.manifest.title);
  document.title = `${at("title").textContent ?? ""} – ${words.text(poll.manifest.title)}`;
  if (last !== null) tell(last);
}

/** @param {string} key @param {Record<string, string>} [values] */
function say(key, values) {
  at("says").replaceChildren(annotated(words.word(key, values)));
}

/** @param {Finding} finding */
function tell(finding) {
  last = finding;
  const over = finding.kind === "true" || finding.kind === "lied" || finding.kind === "other-poll";
  if (finding.kind === "sealed") {
    if (sealedAt === "") sealedAt = new Date().toLocaleTimeString(tongue === "en" ? "en-GB" : "ja");
    step(2);
    at("seen").replaceChildren(...finding.seen.map((groups) => element("p", "seen", groups)));
  }
  at("reading").hidden = over;
  for (const kind of ["true", "lied", "other-poll"]) at(`verdict-${kind}`).hidden = finding.kind !== kind;
  // Between the two codes people compare: the camera takes no opening that a page shows by and by.
  if (over || finding.kind === "sealed") stop();
  switch (finding.kind) {
    case "sealed":
      return say("checker.sealed-read", { n: String(finding.seen.length), time: sealedAt });
    case "part":
      return say("checker.part-read", { found: String(finding.found), count: String(finding.count) });
    case "true":
      at("held").replaceChildren(...finding.ballots.flatMap(held));
      at("absent").replaceChildren(...absent(finding.absent));
      at("mark").replaceChildren(annotated(words.word("checker.mark", { mark: finding.mark })));
      return at("true-title").focus();
    case "lied":
    case "other-poll":
      return at(`${finding.kind}-title`).focus();
    default:
      return say(`checker.${finding.kind}`);
  }
}

/** @param {{ contest: string, choice: import("../ippyo/seal.js").Choice }} ballot @returns {Node[]} */
function held({ contest: id, choice }) {
  const { contest } = poll.election(id);
  const answer = choice === "blank" ? choice : choice.flatMap((mark, i) => (mark === 1 ? [i] : []));
  return [element("h2", "", words.text(contest.title)), chosen(words, contest, answer)];
}

/** @param {string[]} contests of the poll that the vote has no ballot for @returns {Node[]} in large print */
function absent(contests) {
  if (contests.length === 0) return [];
  const titles = contests.map((id) => element("li", "", words.text(poll.election(id).contest.title)));
  const says = element("p", "", annotated(words.word("checker.absent-what")));
  return [element("h2", "", annotated(words.word("checker.absent"))), says, element("ul", "chosen", ...titles)];
}

/** @param {1 | 2} number */
function step(number) {
  at("step-1").className = number === 2 ? "past" : "";
  for (const each of [1, 2]) {
    if (each === number) at(`step-${each}`).setAttribute("aria-current", "step");
    else at(`step-${each}`).removeAttribute("aria-current");
  }
}

/** @param {string} text of one code */
function read(text) {
  tell(checker.read(text));
}

function stop() {
  camera?.abort();
  camera = null;
  at("video").hidden = true;
  at("camera").dataset.word = "checker.camera";
  at("camera").replaceChildren(annotated(words.word("checker.camera")));
}

async function toggleCamera() {
  if (camera !== null) return stop();
  camera = new AbortController();
  const over = camera.signal;
  const video = /** @type {HTMLVideoElement} */ (at("video"));
  video.hidden = false;
  at("camera").dataset.word = "checker.stop";
  at("camera").replaceChildren(annotated(words.word("checker.stop")));
  try {
    const { watch } = await import("../look/qr_read.js");
    await watch(video, read, over);
  } catch {
    if (over.aborted) return;
    stop();
    say("checker.no-camera");
  }
}

at("camera").addEventListener("click", () => void toggleCamera());
at("picture").addEventListener("change", async (event) => {
  const file = event.target instanceof HTMLInputElement ? event.target.files?.[0] : undefined;
  if (file === undefined) return;
  const text = await (await import("../look/qr_read.js")).readPicture(file);
  if (text === null) say("checker.no-code");
  else read(text);
});
at("paste-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const field = /** @type {HTMLTextAreaElement} */ (at("pasted"));
  read(field.value);
  field.value = "";
});
for (const button of document.querySelectorAll("[data-again]")) {
  button.addEventListener("click", () => {
    checker.reset();
    last = null;
    sealedAt = "";
    at("seen").replaceChildren();
    for (const id of ["verdict-true", "verdict-lied", "verdict-other-poll"]) at(id).hidden = true;
    at("reading").hidden = false;
    at("says").replaceChildren();
    step(1);
    at("title").focus();
  });
}
for (const button of document.querySelectorAll("[data-tongue]")) {
  button.addEventListener("click", () => {
    tongue = (button instanceof HTMLElement ? button.dataset.tongue : undefined) ?? "ja";
    speak();
  });
}
speak();
document.documentElement.dataset.script = "on";
