/** What the registration page hands over (docs/booth.md §4): from page to page, never in an address. */

/** @typedef {{ code: string, ticket: string, poll: string }} Handed with the Phi that it is for */

/**
 * @param {Window} window @param {string} registry its origin
 * @param {(handed: Handed) => void} take
 */
export function awaitHandover(window, registry, take) {
  const opener = /** @type {WindowProxy | null} */ (window.opener);
  if (registry === "" || opener === null) return;
  const hear = (/** @type {MessageEvent} */ event) => {
    const { type, code, ticket, poll } = event.data ?? {};
    const honest = event.origin === registry && event.source === opener;
    if (!honest || type !== "ippyo-ticket" || typeof code !== "string" || typeof ticket !== "string") return;
    window.removeEventListener("message", hear);
    // Who does not say for which poll gets none: the way refuses it.
    take({ code, ticket, poll: String(poll) });
  };
  window.addEventListener("message", hear);
  opener.postMessage({ type: "ippyo-ready" }, registry);
}
