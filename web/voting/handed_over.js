/** What the registration page hands over (docs/booth.md §4): from page to page, never in an address. */

/**
 * @param {Window} window @param {string} registry its origin
 * @param {(handed: { code: string, ticket: string }) => void} take
 */
export function awaitHandover(window, registry, take) {
  const opener = /** @type {WindowProxy | null} */ (window.opener);
  if (registry === "" || opener === null) return;
  const hear = (/** @type {MessageEvent} */ event) => {
    const { type, code, ticket } = event.data ?? {};
    const honest = event.origin === registry && event.source === opener;
    if (!honest || type !== "ippyo-ticket" || typeof code !== "string" || typeof ticket !== "string") return;
    window.removeEventListener("message", hear);
    take({ code, ticket });
  };
  window.addEventListener("message", hear);
  opener.postMessage({ type: "ippyo-ready" }, registry);
}
