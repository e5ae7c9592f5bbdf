/** Signed notes and verifier keys (C2SP signed-note, tlog-cosignature v1): docs/protocol.md §11, §13. */

import { concat, hex, toInteger, utf8 } from "./bytes.js";
import { b64, sha256, unb64 } from "./canonical.js";
import { publicKey, verifyEd25519 } from "./ed25519.js";
import { CheckError, ParseError } from "./errors.js";

const NOTE_LIMIT = 64 * 1024;
const MAX_SIGNATURES = 128;
const SIGNATURE_LIMIT = 8 * 1024;
const NAME = /^[^+\s\u0000-\u001f\u0085]{1,200}$/u;
const LOG = 1;
const WITNESS = 4;

/** @typedef {{ name: string, id: string, signature: Uint8Array }} NoteSignature id: 8 hexadecimal digits */
/** @typedef {{ text: string, signatures: NoteSignature[] }} Note its text ends in a newline */

/** @param {Uint8Array} bytes @returns {string} standard Base64 with padding, as C2SP writes it */
export function padded(bytes) {
  const text = b64(bytes);
  return text.padEnd(Math.ceil(text.length / 4) * 4, "=");
}

/** @param {string} text @param {string} what @param {number} [length] @returns {Uint8Array} */
export function parsePadded(text, what, length) {
  const bytes = unb64(text.replace(/={1,2}$/, ""), what, length);
  if (padded(bytes) !== text) throw new ParseError(what, "is not canonical Base64");
  return bytes;
}

/** Who may sign: a log its notes, a witness checkpoints of others, with a time. */
export class VerifierKey {
  /** @param {string} text C2SP vkey: NAME+ID+Base64(kind ‖ key) */
  constructor(text) {
    const what = "verifier key";
    const [name = "", id = "", ...rest] = text.split("+");
    if (!NAME.test(name)) throw new ParseError(what, "has no name that a key may have");
    const data = parsePadded(rest.join("+"), what, 33);
    if (hex(sha256(concat(utf8(`${name}\n`), data)).subarray(0, 4)) !== id) {
      throw new ParseError(what, "has an ID that does not belong to this name and key");
    }
    const [kind] = data;
    if (kind !== LOG && kind !== WITNESS) throw new ParseError(what, "is of an unknown kind");
    /** @readonly */
    this.name = name;
    /** @readonly */
    this.id = id;
    /** @readonly */
    this.kind = kind;
    /** @readonly */
    this.key = publicKey(data.slice(1));
  }

  /** @param {NoteSignature} line @returns {boolean} whether the line says that it is of this key */
  made(line) {
    return line.name === this.name && line.id === this.id;
  }

  /** @param {string} text of a note @param {NoteSignature} line @returns {boolean} */
  verifies(text, line) {
    if (!this.made(line)) return false;
    if (this.kind === LOG) return verifyEd25519(this.key, utf8(text), line.signature);
    const time = toInteger(line.signature.subarray(0, 8));
    const message = utf8(`cosignature/v1\ntime ${time}\n${text}`);
    return time < 1n << 63n && verifyEd25519(this.key, message, line.signature.subarray(8));
  }
}

/** @param {string} text @param {string} what @returns {Note} of good form; {@link signers} says who signed */
export function parseNote(text, what) {
  if (utf8(text).length > NOTE_LIMIT) throw new ParseError(what, `is longer than ${NOTE_LIMIT} bytes`);
  if (/[\u0000-\u0009\u000b-\u001f]|\p{Surrogate}/u.test(text)) throw new ParseError(what, "holds control characters");
  const at = text.lastIndexOf("\n\n");
  const lines = text.slice(at + 2).split("\n");
  if (at < 0 || lines.pop() !== "") throw new ParseError(what, "has no signatures, or no newline at its end");
  if (lines.length > MAX_SIGNATURES) throw new ParseError(what, `has more than ${MAX_SIGNATURES} signatures`);
  return { text: text.slice(0, at + 1), signatures: lines.map(parseLine) };
}

/** @param {string} line @returns {NoteSignature} */
function parseLine(line) {
  const what = "signature line";
  const [dash, name = "", signature = "", ...more] = line.split(" ");
  if (dash !== "—" || !NAME.test(name) || more.length > 0) throw new ParseError(what, "is not a name and a signature");
  const data = parsePadded(signature, what);
  if (data.length <= 4 || data.length > SIGNATURE_LIMIT + 4) throw new ParseError(what, "is too short or too long");
  return { name, id: hex(data.subarray(0, 4)), signature: data.slice(4) };
}

/**
 * @param {Note} note @param {VerifierKey[]} keys
 * @returns {VerifierKey[]} those that signed. A false line of one of them is an error; lines of strangers are not read.
 */
export function signers({ text, signatures }, keys) {
  return keys.filter((key) => {
    const lines = signatures.filter((line) => key.made(line));
    if (!lines.every((line) => key.verifies(text, line))) {
      throw new CheckError("bad-note", `The signature of ${key.name} is false.`);
    }
    return lines.length > 0;
  });
}
