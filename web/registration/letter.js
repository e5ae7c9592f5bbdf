/**
 * What the address in a voter's letter says behind `#`, which no browser sends to a server.
 *
 * It is taken out of the address, for nobody should see it there, and stays in `sessionStorage` (this tab, this origin)
 * until the card is known: who reloads the page, goes back, or changes the language need not look for the letter.
 */

const KEY = "ippyo-letter";
const FINGERPRINT = /^[A-Za-z0-9+/]{43}$/;

/** @typedef {{ code: string, poll: string | null }} Letter registration code (投票人登録用コード) as printed, and Phi */

/**
 * @param {string} hash `#CODE`, or `#code=CODE&poll=PHI`, either of the two being optional
 * @returns {Letter}
 */
export function readLetter(hash) {
  let text;
  try {
    // A plus sign stands for itself here: Phi is Base64.
    text = decodeURIComponent(hash.replace(/^#/, ""));
  } catch {
    return { code: "", poll: null };
  }
  if (!text.includes("=")) return { code: text, poll: null };
  const parts = new Map(text.split("&").map((part) => /** @type {[string, string]} */ (part.split(/=(.*)/, 2))));
  const poll = parts.get("poll") ?? "";
  return { code: parts.get("code") ?? "", poll: FINGERPRINT.test(poll) ? poll : null };
}

/** @param {Storage} storage @param {string} hash of the page's address @returns {Letter} of the address, or kept before */
export function takeUpLetter(storage, hash) {
  if (hash.length > 1) storage.setItem(KEY, hash);
  return readLetter(storage.getItem(KEY) ?? "");
}

/** @param {Storage} storage */
export function dropLetter(storage) {
  storage.removeItem(KEY);
}
