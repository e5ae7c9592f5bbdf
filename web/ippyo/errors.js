/** What goes wrong, by name. No message ever holds a secret or what a voter chose. */

/** A refusal with a stable code that pages translate. */
export class IppyoError extends Error {
  /** @param {string} code a stable name, which pages have sentences for @param {string} message in English */
  constructor(code, message) {
    super(message);
    this.name = new.target.name;
    this.code = code;
  }
}

/** A text that is not a message of its kind. */
export class ParseError extends IppyoError {
  /** @param {string} what names the message @param {string} problem completes the sentence */
  constructor(what, problem) {
    super("malformed", `The ${what} ${problem}.`);
  }
}

/** Something that is well formed and false: a signature, a proof, a hash. */
export class CheckError extends IppyoError {}
