/** What the address in a voter's letter says behind `#`, which no browser sends to a server. */

const FINGERPRINT = /^[A-Za-z0-9+/]{43}$/;

/**
 * @param {string} hash `#CODE`, or `#code=CODE&poll=PHI`, either of the two being optional
 * @returns {{ code: string, poll: string | null }} registration code (投票人登録用コード) as printed, and Phi
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
