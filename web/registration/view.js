/**
 * The page as the script sees it: screens, fields, sentences. What the elements are called stands in the README beside
 * the templates; every sentence comes from there.
 */

import { dataBlock, sendByEnter } from "../look/page.js";
import { annotated, fill, plain } from "../look/words.js";

/** @typedef {{ title: string, what: string, way: string }} Guidance what to tell a voter about a refusal */

const UNKNOWN = "internal-error";
/** Japanese sentences follow one another without a space. */
const GAP = document.documentElement.lang === "ja" ? "" : " ";

export class View {
  /** @type {HTMLElement} */
  #app;
  /** @type {Record<string, Guidance>} */
  #guidance;
  /** @type {Record<string, string>} */
  #texts;
  #shown = "welcome";
  /** @type {string[]} */
  #before = [];

  /** @param {HTMLElement} app `#app` */
  constructor(app) {
    this.#app = app;
    this.#guidance = dataBlock("guidance");
    this.#texts = dataBlock("texts");
  }

  /** @returns {string} name of the screen that is shown */
  get shown() {
    return this.#shown;
  }

  /** @param {string} screen @returns {boolean} whether this poll has that screen */
  has(screen) {
    return this.#screen(screen) !== null;
  }

  /** @param {string} screen @param {string} [state] of its blocks, one of which is visible */
  show(screen, state) {
    // Nobody wants to go back to a refusal.
    if (screen !== this.#shown && this.#shown !== "refused") this.#before.push(this.#shown);
    this.#turnTo(screen);
    if (state !== undefined) this.state(state);
  }

  /** Go to the screen before this one, where it has a button for that now: elsewhere it would undo nothing. */
  back() {
    if (!this.#all("[data-do=back]").some((button) => button.checkVisibility())) return;
    const before = this.#before.pop();
    if (before !== undefined) this.#turnTo(before);
  }

  /** @param {string} state shows one of the blocks of the screen */
  state(state) {
    for (const block of this.#all("[data-state]")) block.hidden = block.dataset.state !== state;
  }

  /** @param {string} name @param {string | Element} content a sentence may have readings */
  write(name, content) {
    for (const place of document.querySelectorAll(`[data-out="${name}"]`)) {
      place.replaceChildren(typeof content === "string" ? annotated(content) : content);
    }
  }

  /** @param {string} name @param {string} text a code in groups; no group is broken between lines */
  writeGroups(name, text) {
    const groups = text.split("-").map((group, i, all) => {
      const element = document.createElement("span");
      element.textContent = i + 1 === all.length ? group : `${group}-`;
      return element;
    });
    for (const place of this.#app.querySelectorAll(`[data-out="${name}"]`)) place.replaceChildren(...groups);
  }

  /** @param {string} name @returns {HTMLInputElement} or a field of several lines, of which only the value is used */
  input(name) {
    const found = document.getElementById(name);
    if (found instanceof HTMLInputElement || found instanceof HTMLTextAreaElement) return /** @type {any} */ (found);
    throw new TypeError(`there is no input ${name}`);
  }

  /** @param {string} name of an input that is not right @param {string} [code] of the refusal to explain beside it */
  wrong(name, code) {
    const [error, input] = [document.getElementById(`${name}-error`), this.input(name)];
    if (error !== null) {
      if (code !== undefined) error.replaceChildren(annotated(this.#guide(code).what + GAP + this.#guide(code).way));
      error.hidden = false;
    }
    input.setAttribute("aria-invalid", "true");
    input.focus();
  }

  /** @param {string} name of an input that is right now */
  right(name) {
    const error = document.getElementById(`${name}-error`);
    if (error !== null) error.hidden = true;
    this.input(name).removeAttribute("aria-invalid");
  }

  /** @param {string} code @param {string} [sentence] of the server, for a code that the page does not know */
  refuse(code, sentence) {
    const { title, what, way } = this.#guide(code);
    const known = Object.hasOwn(this.#guidance, code);
    this.write("refused-title", title);
    this.write("refused-what", known ? what : (sentence ?? what));
    this.write("refused-way", way);
    this.write("refused-code", code);
    this.#turnTo("refused");
    for (const one of this.#all("[data-after]")) one.hidden = one.dataset.after !== code;
    for (const one of this.#all("[data-not-after]")) one.hidden = one.dataset.notAfter === code;
  }

  /** @param {string} key of `#texts` @param {Record<string, string>} [values] @returns {string} the sentence */
  word(key, values = {}) {
    return fill(this.#texts[key] ?? "", values);
  }

  /** @param {string} key of a sentence of `#texts`, for those who cannot see what is going on */
  say(key) {
    const status = document.getElementById("status");
    if (status !== null) status.textContent = plain(this.word(key));
  }

  /** @param {boolean} busy while something is under way that the voter waits for */
  busy(busy) {
    this.#app.setAttribute("aria-busy", String(busy));
  }

  /**
   * @param {(action: string, event: Event) => void} act is told what was clicked (`data-do`) or sent in (`data-form`)
   */
  listen(act) {
    sendByEnter(this.#app);
    document.body.addEventListener("click", (event) => {
      const target = event.target instanceof Element ? event.target.closest("[data-do]") : null;
      if (target instanceof HTMLElement) act(target.dataset.do ?? "", event);
    });
    this.#app.addEventListener("submit", (event) => {
      event.preventDefault();
      if (event.target instanceof HTMLElement) act(`form:${event.target.dataset.form}`, event);
    });
  }

  /** @param {string} screen */
  #turnTo(screen) {
    for (const section of /** @type {NodeListOf<HTMLElement>} */ (this.#app.querySelectorAll("[data-screen]"))) {
      section.hidden = section.dataset.screen !== screen;
    }
    const before = this.#shown;
    this.#shown = screen;
    this.#app.dataset.shown = screen;
    document.dispatchEvent(new CustomEvent("ippyo-screen", { detail: { before, screen } }));
    const heading = this.#screen(screen)?.querySelector("h1");
    heading?.focus();
    heading?.scrollIntoView({ block: "nearest" });
  }

  /** @param {string} name @returns {HTMLElement | null} */
  #screen(name) {
    return this.#app.querySelector(`[data-screen="${name}"]`);
  }

  /** @param {string} selector @returns {HTMLElement[]} in the screen that is shown */
  #all(selector) {
    return [...(this.#screen(this.#shown)?.querySelectorAll(selector) ?? [])].filter((e) => e instanceof HTMLElement);
  }

  /** @param {string} code @returns {Guidance} */
  #guide(code) {
    return this.#guidance[code] ?? this.#guidance[UNKNOWN] ?? { title: code, what: "", way: "" };
  }
}
