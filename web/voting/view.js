/** The booth's page as the way sees it: screens, fields, sentences. Every sentence comes from the catalogue in the page. */

import { dataBlock, element, elementAt, sendByEnter } from "../look/page.js";
import { annotated, fill, plain } from "../look/words.js";
import { drawContest, drawReview, drawTrackers } from "./paper.js";

/** @typedef {import("../ippyo/contest.js").Contest} Contest */
/** @typedef {import("./answers.js").Answer} Answer */
/** @typedef {import("../ippyo/rules.js").Text} Text */

const UNKNOWN = "internal-error";

export class VotingView {
  #app;
  /** @type {Record<string, string>} */
  #words;
  /** @type {Record<string, string>} */
  #photos;
  #language;
  #shown = "welcome";

  /** @param {HTMLElement} app `#app` */
  constructor(app) {
    this.#app = app;
    this.#words = dataBlock("words");
    this.#photos = dataBlock("photos");
    this.#language = app.dataset.language === "en" ? /** @type {const} */ ("en") : /** @type {const} */ ("ja");
  }

  /** @returns {string} name of the screen that is shown */
  get shown() {
    return this.#shown;
  }

  /** @param {string} key @param {Record<string, string>} [values] @returns {string} a sentence, readings and all */
  word(key, values = {}) {
    return fill(this.#words[key] ?? "", values);
  }

  /** @param {Text} text of the manifest @returns {string} */
  text(text) {
    return text[this.#language];
  }

  /** @param {string} key `CONTEST/ANSWER` @returns {string | undefined} address of the photo */
  photo(key) {
    return this.#photos[key];
  }

  /** @param {string} screen @param {string} [state] of its blocks, one of which is visible */
  show(screen, state) {
    for (const section of this.#app.querySelectorAll("[data-screen]")) {
      if (section instanceof HTMLElement) section.hidden = section.dataset.screen !== screen;
    }
    const before = this.#shown;
    this.#shown = screen;
    this.#app.dataset.shown = screen;
    if (state !== undefined) this.state(state);
    const heading = this.#screen(screen)?.querySelector("h1");
    heading?.focus({ preventScroll: true });
    window.scrollTo({ top: 0 });
    document.dispatchEvent(new CustomEvent("ippyo-screen", { detail: { before, screen } }));
  }

  /** @param {string} state shows one of the blocks of the screen */
  state(state) {
    for (const block of this.#screen(this.#shown)?.querySelectorAll("[data-state]") ?? []) {
      if (block instanceof HTMLElement) block.hidden = block.dataset.state !== state;
    }
  }

  /** @param {string} name @param {string | Element} content a sentence may have readings */
  write(name, content) {
    // In the windows over the page, too, which stand beside it.
    for (const place of document.querySelectorAll(`[data-out="${name}"]`)) {
      place.replaceChildren(typeof content === "string" ? annotated(content) : content.cloneNode(true));
    }
  }

  /** @param {string} name @returns {HTMLInputElement | HTMLTextAreaElement} */
  field(name) {
    const found = document.getElementById(name);
    if (found instanceof HTMLInputElement || found instanceof HTMLTextAreaElement) return found;
    throw new TypeError(`there is no field ${name}`);
  }

  /** @param {string} name @returns {HTMLInputElement} */
  input(name) {
    return /** @type {HTMLInputElement} */ (this.field(name));
  }

  /** @param {string} name of what is not right @param {string} [code] of what to say beside it */
  wrong(name, code) {
    const error = document.getElementById(`${name}-error`);
    if (error === null) return;
    if (code !== undefined) error.replaceChildren(annotated(this.#says(code, "what")), " ", annotated(this.#says(code, "way")));
    error.hidden = false;
    const field = document.getElementById(name);
    field?.setAttribute("aria-invalid", "true");
    (field ?? error).focus();
    error.scrollIntoView({ block: "nearest" });
  }

  /** @param {string} name of what is right after all */
  right(name) {
    const error = document.getElementById(`${name}-error`);
    if (error !== null) error.hidden = true;
    document.getElementById(name)?.removeAttribute("aria-invalid");
  }

  /** @param {string} code @param {string} [sentence] of the server, for a code that the page does not know */
  refuse(code, sentence) {
    const known = `refusal.${code}.what` in this.#words;
    this.write("refused-title", this.#says(code, "title"));
    this.write("refused-what", known ? this.#says(code, "what") : (sentence ?? this.#says(UNKNOWN, "what")));
    this.write("refused-way", this.#says(code, "way"));
    this.write("refused-code", code);
    this.show("refused");
  }

  /** @param {string} key @param {Record<string, string>} [values] for those who cannot see what changed */
  say(key, values = {}) {
    const status = document.getElementById("status");
    if (status !== null) status.textContent = plain(this.word(key, values));
  }

  /** @param {boolean} busy */
  busy(busy) {
    this.#app.setAttribute("aria-busy", String(busy));
  }

  /** @param {Contest} contest @param {Answer} answer @param {import("./paper.js").Place} place */
  contest(contest, answer, place) {
    drawContest(elementAt("paper"), this, contest, answer, place);
  }

  /** @param {Contest[]} contests @param {Answer[]} answers */
  review(contests, answers) {
    drawReview(elementAt("answers"), this, contests, answers);
  }

  /** @param {{ contest: string, tracker: string }[]} trackers @param {Contest[]} contests */
  trackers(trackers, contests) {
    for (const place of this.#app.querySelectorAll("[data-out=trackers]")) {
      if (place instanceof HTMLElement) drawTrackers(place, this, trackers, contests);
    }
  }

  /** @param {string} name @param {(string | Element)[]} codes all at once, numbered where there are several */
  codes(name, codes) {
    for (const place of this.#app.querySelectorAll(`[data-out="${name}"]`)) {
      const drawn = codes.map((code, i) => {
        const number = codes.length === 1 ? [] : [element("figcaption", "", `${i + 1} / ${codes.length}`)];
        return element("figure", "code", typeof code === "string" ? code : code.cloneNode(true), ...number);
      });
      place.replaceChildren(...drawn);
    }
  }

  /** @returns {boolean} whether leaving the page now would lose nothing that the voter did */
  leavable() {
    return ["welcome", "code", "ticket", "voted", "done", "refused"].includes(this.#shown);
  }

  /** @param {(action: string, event: Event, value: string) => void} act */
  listen(act) {
    const on = (/** @type {Event} */ event) => {
      const target = event.target instanceof Element ? event.target.closest("[data-do]") : null;
      const isBox = target instanceof HTMLInputElement && (target.type === "radio" || target.type === "checkbox");
      if (target instanceof HTMLElement && isBox === (event.type === "change")) {
        act(target.dataset.do ?? "", event, target.dataset.value ?? "");
      }
    };
    document.body.addEventListener("click", on);
    this.#app.addEventListener("change", on);
    sendByEnter(this.#app);
    this.#app.addEventListener("submit", (event) => {
      event.preventDefault();
      if (event.target instanceof HTMLElement) act(`form:${event.target.dataset.form}`, event, "");
    });
  }

  /** @param {string} code @param {"title" | "what" | "way"} part @returns {string} */
  #says(code, part) {
    return this.#words[`refusal.${code}.${part}`] ?? this.#words[`refusal.${UNKNOWN}.${part}`] ?? "";
  }

  /** @param {string} name @returns {HTMLElement | null} */
  #screen(name) {
    return this.#app.querySelector(`[data-screen="${name}"]`);
  }
}
