/**
 * Sentences with readings: `{投票|とうひょう}` is 投票 with とうひょう above it. The templates' tag reads them alike
 * (src/ippyo/sites/readings.py).
 */

const READING = /\{([^{|}]+)\|([^{|}]+)\}/g;

/** @param {string} text @returns {string} without the readings */
export function plain(text) {
  return text.replace(READING, "$1");
}

/** @param {string} text @returns {DocumentFragment} with the readings as ruby */
export function annotated(text) {
  const fragment = document.createDocumentFragment();
  let last = 0;
  for (const found of text.matchAll(READING)) {
    fragment.append(text.slice(last, found.index), ruby(found[1] ?? "", found[2] ?? ""));
    last = found.index + found[0].length;
  }
  fragment.append(text.slice(last));
  return fragment;
}

/** @param {string} base @param {string} reading @returns {HTMLElement} */
export function ruby(base, reading) {
  const element = document.createElement("ruby");
  const above = document.createElement("rt");
  above.textContent = reading;
  element.append(base, above);
  return element;
}

/** @param {string} text @param {Record<string, string>} values @returns {string} with `{name}` filled in */
export function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

/** Show the readings, or hide them, as the voter wants. */
export function switchReadings() {
  const off = document.documentElement.classList.toggle("no-furigana");
  document.querySelector("[data-do=furigana]")?.setAttribute("aria-pressed", String(!off));
}
