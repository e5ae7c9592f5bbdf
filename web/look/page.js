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

/** Who comes back by the browser's own button must not find what somebody else left on the screen. */
export function reloadWhenBack() {
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) window.location.reload();
  });
}
