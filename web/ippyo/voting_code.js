/** The voting code (投票用コード): the one secret of a voter, from which all else is derived (docs/protocol.md §6). */

import { hkdf } from "../vendor/noble/hashes/hkdf.js";
import { sha256 as SHA256 } from "../vendor/noble/hashes/sha2.js";
import { utf8 } from "./bytes.js";
import { sha256 } from "./canonical.js";
import { ParseError } from "./errors.js";
import { randomBytes } from "./random.js";
import { symbolsOf } from "./typed.js";

const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const SECRET_SYMBOLS = 26;
const CHECK_SYMBOLS = 2;
const MAX_TYPED = 200;
const CARD_CODE_BYTES = 17;
/** RSA with 2048 to 4096 bits. ECDSA signatures, which differ each time, are shorter. */
const CARD_SIGNATURE_BYTES = { least: 256, most: 512 };
const LETTER = /^[0-9A-HJKMNP-TV-Z]{12}$/;
const WHAT = "voting code";

/** 130 bits as 26 symbols of Crockford's Base32. Shown by {@link VotingCode.reveal} only. */
export class VotingCode {
  /** @type {string} */
  #symbols;

  /** @param {string} symbols 26 of the alphabet, without the check symbols */
  constructor(symbols) {
    if (symbols.length !== SECRET_SYMBOLS || [...symbols].some((symbol) => !ALPHABET.includes(symbol))) {
      throw new ParseError(WHAT, `does not have ${SECRET_SYMBOLS} symbols of the alphabet`);
    }
    this.#symbols = symbols;
  }

  /** @param {(length: number) => Uint8Array} [random] @returns {VotingCode} a new code from the operating system */
  static generate(random = randomBytes) {
    return new VotingCode(Array.from(random(SECRET_SYMBOLS), (byte) => ALPHABET[byte & 31]).join(""));
  }

  /**
   * Derive the code of a card and a letter (docs/registration.md §2): the same two yield the same code again.
   *
   * @param {Uint8Array} signature RSASSA-PKCS1-v1_5 over `ippyo-voting-code-v1|Phi` @param {string} fingerprint Phi
   * @param {string} letter the registration code's 12 symbols: whoever had a hash signed by the card lacks them
   */
  static fromCardSignature(signature, fingerprint, letter) {
    if (signature.length < CARD_SIGNATURE_BYTES.least || signature.length > CARD_SIGNATURE_BYTES.most) {
      throw new ParseError("card signature", "is not of RSA with 2048 to 4096 bits");
    }
    if (!LETTER.test(letter)) throw new ParseError("registration code", "does not have 12 symbols of the alphabet");
    const okm = hkdf(SHA256, signature, utf8("ippyo-card-code-v1"), utf8(`${fingerprint}|${letter}`), CARD_CODE_BYTES);
    const bits = Array.from(okm, (byte) => byte.toString(2).padStart(8, "0")).join("");
    const symbols = Array.from({ length: SECRET_SYMBOLS }, (_, i) => {
      return ALPHABET[Number.parseInt(bits.slice(5 * i, 5 * i + 5), 2)];
    });
    return new VotingCode(symbols.join(""));
  }

  /**
   * Read a code as a person types it: any case, O for 0, I or L for 1, full-width forms, spaces, hyphens.
   *
   * @param {string} typed @returns {VotingCode}
   */
  static parse(typed) {
    if (typed.length > 2 * MAX_TYPED || [...typed].length > MAX_TYPED) throw new ParseError(WHAT, "is too long");
    const symbols = symbolsOf(typed);
    if ([...symbols].some((symbol) => !ALPHABET.includes(symbol))) {
      throw new ParseError(WHAT, "holds a character that no voting code has");
    }
    if (symbols.length !== SECRET_SYMBOLS + CHECK_SYMBOLS) {
      throw new ParseError(WHAT, `has ${symbols.length} characters instead of ${SECRET_SYMBOLS + CHECK_SYMBOLS}`);
    }
    const secret = symbols.slice(0, SECRET_SYMBOLS);
    if (symbols.slice(SECRET_SYMBOLS) !== checkSymbols(secret)) {
      throw new ParseError(WHAT, "is mistyped: its last two characters do not fit the others");
    }
    return new VotingCode(secret);
  }

  /** @returns {string} the code for the voter's eyes: seven groups of four joined by hyphens */
  reveal() {
    return (this.#symbols + checkSymbols(this.#symbols)).replace(/(.{4})(?=.)/g, "$1-");
  }

  /** @returns {Uint8Array} the 26 symbols in ASCII: the input of every derivation, and secret */
  keyMaterial() {
    return utf8(this.#symbols);
  }
}

/** @param {string} secret @returns {string} the first 10 bits of H(`ippyo-code-v1|` and the symbols) as two symbols */
function checkSymbols(secret) {
  const [a = 0, b = 0] = sha256(`ippyo-code-v1|${secret}`);
  const bits = ((a << 8) | b) >> 6;
  return `${ALPHABET[bits >> 5]}${ALPHABET[bits & 31]}`;
}
