/**
 * What the voter chose to keep on this device: where the cast can be asked after. No code, no ticket, no choice.
 */

const KEY = "ippyo-kept";

/** @typedef {{ poll: string, id: string, trackers: { contest: string, tracker: string }[] }} Kept */

/** @param {Storage} storage @param {Kept} kept */
export function keep(storage, kept) {
  storage.setItem(KEY, JSON.stringify(kept));
}

/** @param {Storage} storage @param {string} poll Phi @returns {Kept | null} */
export function kept(storage, poll) {
  try {
    const value = JSON.parse(storage.getItem(KEY) ?? "null");
    const good = value?.poll === poll && /^[A-Za-z0-9_-]{43}$/.test(value.id) && Array.isArray(value.trackers);
    return good ? value : null;
  } catch {
    return null;
  }
}

/** @param {Storage} storage */
export function drop(storage) {
  storage.removeItem(KEY);
}
