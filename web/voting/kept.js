/**
 * What the voter chose to keep on this device: where the cast can be asked after. No code, no ticket, no choice.
 */

const KEY = "ippyo-kept";

/** @typedef {{ poll: string, id: string, trackers: { contest: string, tracker: string }[] }} Kept */

/** @typedef {Storage | null} Store null: this browser keeps nothing */

/** @param {Store} store @param {Kept} kept @returns {boolean} whether it is kept: there may be no room */
export function keep(store, kept) {
  try {
    store?.setItem(KEY, JSON.stringify(kept));
    return store !== null;
  } catch {
    return false;
  }
}

/** @param {Store} store @param {string} poll Phi @returns {Kept | null} */
export function kept(store, poll) {
  try {
    const value = JSON.parse(store?.getItem(KEY) ?? "null");
    const good = value?.poll === poll && /^[A-Za-z0-9_-]{43}$/.test(value.id) && Array.isArray(value.trackers);
    return good ? value : null;
  } catch {
    return null;
  }
}

/** @param {Store} store */
export function drop(store) {
  store?.removeItem(KEY);
}
