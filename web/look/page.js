/** What the scripts of all pages do alike with the document. */

/** @param {string} id @returns {HTMLElement} which the page must have */
export function elementAt(id) {
  const found = document.getElementById(id);
  if (found === null) throw new TypeError(`there is no element ${id}`);
  return found;
}

/** @param {string} id @returns {HTMLDialogElement | null} */
export function dialogAt(id) {
  const found = document.getElementById(id);
  return found instanceof HTMLDialogElement ? found : null;
}

/** @param {string} id @returns {any} the JSON that the server wrote into the page */
export function dataBlock(id) {
  return JSON.parse(document.getElementById(id)?.textContent ?? "{}");
}

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} name @param {string} className @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function element(name, className, ...children) {
  const made = document.createElement(name);
  if (className !== "") made.className = className;
  made.append(...children);
  return made;
}

/** @param {string} text @param {string} type its media type @param {string} name offers a file to the voter */
export function saveFile(text, type, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  // Some browsers begin to read only after the click has returned.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/**
 * @param {(busy: boolean) => void} tell
 * @returns {(work: () => unknown) => Promise<void>} does one work at a time: a second click while the first is under way
 *   means nothing new
 */
export function oneAtATime(tell) {
  let busy = false;
  return async (work) => {
    if (busy) return;
    busy = true;
    tell(true);
    try {
      await work();
    } finally {
      busy = false;
      tell(false);
    }
  };
}

/**
 * The browser's own "back" goes one screen back, and never drops what was entered. From the welcome it leaves the page.
 * Views tell by the event `ippyo-screen` which screen they have turned to.
 *
 * @param {{ readonly shown: string }} page @param {() => unknown} back goes one screen back, where that undoes nothing
 */
export function holdBack(page, back) {
  const ahead = () => window.history.pushState({ ippyo: 1 }, "");
  window.history.replaceState({ ippyo: 0 }, "");
  document.addEventListener("ippyo-screen", (event) => {
    if (/** @type {CustomEvent} */ (event).detail.before === "welcome") ahead();
  });
  window.addEventListener("popstate", () => {
    if (page.shown === "welcome") return;
    back();
    if (page.shown !== "welcome") ahead();
  });
}

/**
 * A voting code stands in a field of several lines, for a small screen shows it on two. It is one line all the same: the
 * Enter key sends it in.
 *
 * @param {HTMLElement} app
 */
export function sendByEnter(app) {
  app.addEventListener("keydown", (event) => {
    const field = event.target;
    if (event.key !== "Enter" || event.isComposing || !(field instanceof HTMLTextAreaElement)) return;
    if (!field.classList.contains("code")) return;
    event.preventDefault();
    field.form?.requestSubmit();
  });
}

/** Who comes back by the browser's own button must not find what somebody else left on the screen. */
export function reloadWhenBack() {
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) window.location.reload();
  });
}
