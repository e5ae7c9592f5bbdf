/** Handing the ticket over to the booth (docs/booth.md §4): from page to page, never in an address. */

/**
 * @param {Window} window @param {string} booth its address, or nothing while there is none
 * @param {string} place of the booth's whose device this is; empty at home
 * @param {string} tongue `ja`, `easy` or `en`, in which the booth goes on: on its way to the ballot it offers no other
 * @param {() => Promise<{ code: string, ticket: string, poll: string }>} secrets
 * @param {() => unknown} [handed] is told when the booth has them
 */
export function openBooth(window, booth, place, tongue, secrets, handed) {
  if (booth === "") return;
  const { origin } = new URL(booth);
  const here = `lang=${tongue}${place === "" ? "" : `&place=${place}`}`;
  const opened = window.open(new URL(`/vote?from=registration&${here}`, booth).href, "_blank");
  if (opened === null) {
    // No window: the voter goes there, and brings the code or the saved file along.
    window.location.assign(new URL(`/vote?${here}`, booth).href);
    return;
  }
  const hand = async (/** @type {MessageEvent} */ event) => {
    if (event.origin !== origin || event.source !== opened || event.data?.type !== "ippyo-ready") return;
    window.removeEventListener("message", hand);
    opened.postMessage({ type: "ippyo-ticket", ...(await secrets()) }, origin);
    handed?.();
  };
  window.addEventListener("message", hand);
}
