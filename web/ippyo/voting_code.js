/** The voting code (投票用コード): the one secret of a voter, from which all else is derived (docs/protocol.md §6). */

import { ALPHABET, firstSymbols, symbolsOf } from "./base32.js";
import { utf8 } from "./bytes.js";
import { sha256 } from "./canonical.js";
import { ParseError } from "./errors.js";
import { randomBytes } from "./random.js";

const SECRET_SYMBOLS = 26;
const CHECK_SYMBOLS = 2;
const MAX_TYPED = 200;
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
  return firstSymbols(sha256(`ippyo-code-v1|${secret}`), CHECK_SYMBOLS);
}
