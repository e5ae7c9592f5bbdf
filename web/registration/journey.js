/**
 * What must survive the way to デジタル認証 and back: the voting code, for the blindings follow from it, and the poll's
 * fingerprint, which may have come from the letter.
 *
 * `sessionStorage` belongs to this tab and this origin; what is taken out is gone from it.
 */

const KEY = "ippyo-journey";

/** @typedef {{ code: string, poll: string }} Kept */

/** @param {Storage} storage @param {Kept} kept */
export function keep(storage, { code, poll }) {
  storage.setItem(KEY, JSON.stringify({ code, poll }));
}

/** @param {Storage} storage @returns {Kept | null} what was kept, and is kept no more */
export function takeBack(storage) {
  const text = storage.getItem(KEY);
  storage.removeItem(KEY);
  try {
    const { code, poll } = JSON.parse(text ?? "{}");
    return typeof code === "string" && typeof poll === "string" ? { code, poll } : null;
  } catch {
    return null;
  }
}
