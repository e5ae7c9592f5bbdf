/** Handing the ticket over to the booth (docs/booth.md §4): from page to page, never in an address. */

/**
 * @param {Window} window @param {string} booth its address, or nothing while there is none
 * @param {() => Promise<{ code: string, ticket: string, poll: string }>} secrets
 */
export function openBooth(window, booth, secrets) {
  if (booth === "") return;
  const { origin } = new URL(booth);
  const address = new URL("/vote?from=registration", booth).href;
  const opened = window.open(address, "_blank");
  if (opened === null) {
    // No window: the voter goes there, and brings the code or the saved file along.
    window.location.assign(new URL("/vote", booth).href);
    return;
  }
  const hand = async (/** @type {MessageEvent} */ event) => {
    if (event.origin !== origin || event.source !== opened || event.data?.type !== "ippyo-ready") return;
    window.removeEventListener("message", hand);
    opened.postMessage({ type: "ippyo-ticket", ...(await secrets()) }, origin);
  };
  window.addEventListener("message", hand);
}
