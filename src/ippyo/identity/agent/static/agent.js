/** The agent's window: shows what will be signed, takes the PIN, and says how it went. */

import { annotated, plain } from "./readings.js";
import { WORDS } from "./words.js";

const LOOK_EVERY = 1000;
const KIOSK_CLOSES_AFTER = 8000;
const KEY = "ippyo-card-key";

const main = document.getElementById("main");
const spoken = document.getElementById("spoken");
const languages = document.getElementById("languages");
const kiosk = document.documentElement.hasAttribute("data-kiosk");

/** In which language the page was read, where it says so (?lang=..); else what the browser prefers. */
const preferred = new URLSearchParams(location.search).get("lang") ?? navigator.language;
let language = preferred === "easy" ? "easy" : preferred.toLowerCase().startsWith("ja") ? "ja" : "en";
let session = "";
let shown = "";
let view = { step: "start" };
let busy = false;

const words = () => WORDS[language];

/** What others wrote, who know two languages only. */
const theirs = (text) => text[language === "en" ? "en" : "ja"];

/** Ask the agent; null when it does not answer at all. */
async function ask(path, body) {
  try {
    const answer = await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
      cache: "no-store",
      credentials: "omit",
    });
    return { ok: answer.ok, value: await answer.json() };
  } catch {
    return null;
  }
}

/** Make an element; text is text, never markup. */
function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "on") {
      for (const [event, act] of Object.entries(value)) made.addEventListener(event, act);
    } else {
      made.setAttribute(key, value);
    }
  }
  made.append(...children.filter((child) => child !== null));
  return made;
}

const button = (text, act, quiet = false) =>
  element("button", { type: "button", ...(quiet ? { class: "quiet" } : {}), on: { click: act } }, annotated(text));

const actions = (...buttons) => element("div", { class: "actions" }, ...buttons);

function problem() {
  if (!view.problem || (view.step === "card" && view.problem.code === "no-card")) return null;
  const { code, message } = view.problem;
  const easy = language === "easy" ? WORDS.easy.problems[code] : undefined;
  return element("p", { class: "problem", role: "alert" }, easy ? annotated(easy) : theirs(message));
}

function facts() {
  const list = element("dl");
  const add = (term, ...meaning) => list.append(element("dt", {}, annotated(term)), element("dd", {}, ...meaning));
  if (view.poll.title) {
    add(words().poll, theirs(view.poll.title));
  } else {
    add(words().fingerprint, view.poll.fingerprint);
  }
  if (view.styles.length) {
    add(words().styles, view.styles.map((style) => (style.name ? theirs(style.name) : style.id)).join(" / "));
  }
  add(words().origin, view.origin);
  return list;
}

function acts() {
  const all = words().acts[view.kind];
  const here = view.kind === "voting-code" && !view.styles.length ? all.slice(0, 1) : all;
  const items = here.map((act) => element("li", {}, annotated(act)));
  return element("ol", {}, ...items);
}

function pinField({ key, tries }) {
  const id = `pin-${key}`;
  const input = element("input", {
    id,
    name: key,
    type: "password",
    autocomplete: "off",
    autocapitalize: key === "signature" ? "characters" : "off",
    spellcheck: "false",
    maxlength: key === "signature" ? "16" : "4",
    inputmode: key === "signature" ? "text" : "numeric",
    required: "",
    "aria-describedby": `${id}-tries`,
  });
  return element(
    "fieldset",
    {},
    element("label", { for: id }, annotated(words().pin[key])),
    element(
      "p",
      { id: `${id}-tries`, class: tries === 1 ? "warning" : "note" },
      annotated(tries === 1 ? words().last : words().tries(tries)),
    ),
    input,
  );
}

function tick(id, text, act) {
  const box = element("input", { id, type: "checkbox", on: act ? { change: act } : {} });
  return element("label", { class: "tick", for: id }, box, element("span", {}, annotated(text)));
}

function reveal(event) {
  const type = event.target.checked ? "text" : "password";
  for (const field of main.querySelectorAll("input[name]")) field.type = type;
}

async function send(event) {
  event.preventDefault();
  const last = document.getElementById("last");
  if (last && !last.checked) {
    spoken.textContent = plain(words().lastNeeded);
    document.getElementById("last-needed").replaceChildren(annotated(words().lastNeeded));
    last.focus();
    return;
  }
  const fields = [...main.querySelectorAll("input[name]")];
  const pins = Object.fromEntries(fields.map((field) => [field.name, field.value]));
  for (const field of fields) field.value = "";
  for (const one of main.querySelectorAll("button, input")) one.disabled = true;
  spoken.textContent = plain(words().wait);
  busy = true;
  const answer = await ask("/window/pin", { session, pins, last_try: last !== null });
  busy = false;
  shown = "";
  take(answer);
}

async function cancel() {
  take(await ask("/window/cancel", { session }));
}

function pinStep() {
  const last = view.pins.some((pin) => pin.tries === 1);
  const form = element(
    "form",
    { novalidate: "", on: { submit: send } },
    ...view.pins.map(pinField),
    tick("reveal", words().show, reveal),
    last ? tick("last", words().lastTick) : null,
    last ? element("p", { id: "last-needed", class: "note" }) : null,
    actions(
      element("button", { type: "submit" }, annotated(view.kind === "voting-code" && !view.styles.length ? words().sendCode : words().send)),
      button(words().cancel, cancel, true),
    ),
  );
  return [
    heading(words().check),
    problem(),
    element("p", {}, annotated(words().consent)),
    acts(),
    facts(),
    view.poll.title ? null : element("p", { class: "warning" }, annotated(words().unknownPoll)),
    element("p", { class: "note" }, annotated(`${view.kind === "voting-code" ? words().once : ""} ${words().notVote}`)),
    form,
  ];
}

/** The heading is also what is read aloud when the screen changes. */
function heading(sentence, attributes = {}) {
  spoken.textContent = plain(sentence);
  return element("h1", attributes, annotated(sentence));
}

const paragraph = (sentence) => element("p", {}, annotated(sentence));

function screen() {
  const say = words();
  switch (view.step) {
    case "card":
      return [
        heading(say.card),
        problem(),
        paragraph(say.cardNote),
        actions(button(say.cancel, cancel, true)),
      ];
    case "pin":
      return pinStep();
    case "code":
    case "request":
      return [heading(say.working), paragraph(say.wait)];
    case "done":
      return [
        heading(say.done, { class: "good" }),
        paragraph(say.doneNote),
        actions(button(say.close, () => window.close())),
      ];
    case "failed":
      return [
        heading(say.failed),
        problem(),
        paragraph(say.failedNote),
        actions(button(say.close, () => window.close())),
      ];
    case "unreachable":
      return [heading(say.failed), paragraph(say.unreachable)];
    case "gone":
      return [
        heading(say.gone),
        problem(),
        paragraph(say.goneNote),
        actions(button(say.close, () => window.close())),
      ];
    default:
      return [];
  }
}

/** The button that leads to another language. */
function toLanguage(other) {
  const choose = () => {
    language = other;
    draw();
  };
  const made = button(WORDS[other].name, choose, true);
  made.lang = other === "en" ? "en" : "ja";
  return made;
}

function draw() {
  const now = JSON.stringify([language, view]);
  if (now === shown) return;
  shown = now;
  document.documentElement.lang = language === "en" ? "en" : "ja";
  spoken.textContent = "";
  document.title = `${words().title} - 一票 Ippyo`;
  languages.replaceChildren(...Object.keys(WORDS).filter((other) => other !== language).map(toLanguage));
  main.replaceChildren(...screen().filter((part) => part !== null));
  // What will be signed is read first; whoever mistyped has read it.
  const again = view.problem ? main.querySelector("input[name]") : null;
  (again ?? main).focus();
}

/** Take what the agent answered as the new view. */
function take(answer) {
  if (answer === null) {
    view = { step: "unreachable" };
  } else if (answer.ok) {
    view = answer.value;
  } else if (answer.value.code === "no-job") {
    view = { step: "gone" };
  } else if (answer.value.code === "window-taken") {
    view = { step: "gone", problem: answer.value };
  }
  draw();
  // Nobody may be there to do it, and the next voter must not find it.
  if (kiosk && isOver()) setTimeout(() => window.close(), KIOSK_CLOSES_AFTER);
}

const isOver = () => ["done", "failed", "gone", "unreachable"].includes(view.step);

async function look() {
  if (!busy) {
    const answer = await ask("/window/state", { session });
    // A PIN may have been sent meanwhile; its answer is the newer one.
    if (!busy) take(answer);
  }
  if (!isOver()) setTimeout(look, LOOK_EVERY);
}

/** Take the job's key out of the address; a reload finds it in this tab's own storage. */
function ownKey() {
  const given = location.hash.slice(1);
  if (given) {
    sessionStorage.setItem(KEY, given);
    history.replaceState(null, "", `/${location.search}`);
  }
  return given || sessionStorage.getItem(KEY) || "";
}

async function begin() {
  const answer = await ask("/window/claim", { key: ownKey() });
  if (answer === null || !answer.ok) {
    take(answer);
    return;
  }
  ({ session } = answer.value);
  await look();
}

await begin();
