/** The passkey (パスキー) that a poll may ask for: made on the first visit, asked for on the next. */

import { IppyoError } from "../ippyo/errors.js";

/**
 * @param {{ ceremony: "create" | "get", publicKey: any }} options of the desk
 * @returns {Promise<object>} the credential as JSON, for the desk to verify
 */
export async function usePasskey({ ceremony, publicKey }) {
  /** @type {Credential | null} */
  let credential;
  try {
    credential =
      ceremony === "create"
        ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(publicKey) })
        : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(publicKey) });
  } catch {
    // Refused, cancelled, timed out or not supported: browsers do not say which, on purpose.
    throw new IppyoError("bad-passkey", "The passkey was not used.");
  }
  if (!(credential instanceof PublicKeyCredential)) throw new IppyoError("bad-passkey", "There is no passkey.");
  return credential.toJSON();
}
