/**
 * Check before casting (docs/booth.md §3): what the voting page shows of sealed ballots, how it opens them, and how the
 * checker, which knows the poll of itself, finds out whether the page lied.
 */

import { BadBallotError, checkBallot, parseBallot } from "./ballot.js";
import { b64, dumps, fields, loads, unb64 } from "./canonical.js";
import { CheckError, IppyoError, ParseError } from "./errors.js";
import { decodeKey, TEXT_LENGTH } from "./group.js";
import { MAX_ANSWERS, MAX_CONTESTS } from "./limits.js";
import { parseProof, proofValue } from "./proofs.js";
import { SEED_BYTES, sealAgain, trackerOf } from "./seal.js";

/** @typedef {import("./election.js").Election} Election */
/** @typedef {import("./seal.js").Choice} Choice */
/** @typedef {import("./proofs.js").Proof} Proof */
/** @typedef {{ contest: string, choice: Choice, seed: Uint8Array, signature: Proof }} OpenedBallot */
/** @typedef {{ fingerprint: string, credential: string, ballots: OpenedBallot[] }} Opening */

const SEALED = "IPPYO-SEALED-1";
const OPENING = "IPPYO-OPENING-1";
const LIMIT = 65_536;

/** The page that sealed has lied: what it opened is not what it had sealed. */
class FalseOpeningError extends CheckError {
  /** @param {string} problem */
  constructor(problem) {
    super("false-opening", problem);
  }
}

/**
 * @param {string} fingerprint Phi @param {string[]} trackers
 * @returns {string} shown before it is known who will check
 */
export function sealedText(fingerprint, trackers) {
  return `${SEALED}|${fingerprint}|${trackers.join(",")}`;
}

/** @param {string} text as scanned @param {string} fingerprint Phi @returns {string[]} the trackers */
export function parseSealed(text, fingerprint) {
  const [head, poll, list = "", ...more] = text.split("|");
  if (text.length > LIMIT || head !== SEALED || poll !== fingerprint || more.length > 0) {
    throw new ParseError("sealed ballots", "are not of this poll");
  }
  const trackers = list.split(",");
  for (const tracker of trackers) unb64(tracker, "tracker", 32);
  return trackers;
}

/** @param {Opening} opening @returns {string} what goes into the QR codes */
export function openingText({ fingerprint, credential, ballots }) {
  const opened = ballots.map(({ contest, choice, seed, signature }) => ({
    contest,
    choice: choice === "blank" ? choice : choice.join(""),
    seed: b64(seed),
    proof: proofValue(signature),
  }));
  return `${OPENING}|${fingerprint}|${dumps({ credential, ballots: opened })}`;
}

/** @param {string} text as scanned @returns {Opening} */
export function parseOpening(text) {
  const what = "opening";
  const [head, fingerprint = ""] = text.split("|", 2);
  if (text.length > LIMIT || head !== OPENING) throw new ParseError(what, `does not begin with ${OPENING}`);
  unb64(fingerprint, "fingerprint of the opening", 32);
  const value = loads(text.slice(`${OPENING}|${fingerprint}|`.length), what, LIMIT);
  const read = fields(value, what, "credential", "ballots");
  const credential = read.text("credential", TEXT_LENGTH);
  decodeKey(credential, "credential");
  const ballots = read.map("ballots", 1, MAX_CONTESTS, (entry) => {
    const ballot = fields(entry, what, "contest", "choice", "seed", "proof");
    return {
      contest: ballot.text("contest", 40),
      choice: parseChoice(ballot.text("choice", MAX_ANSWERS)),
      seed: unb64(ballot.text("seed", 64), "seed", SEED_BYTES),
      signature: parseProof(ballot.raw("proof"), "signature of the opened ballot"),
    };
  });
  return { fingerprint, credential, ballots };
}

/**
 * Seal again, and compare with what was shown before.
 *
 * @param {Opening} opening
 * @param {{ fingerprint: string, election: (contest: string) => Election }} poll the checker's own
 * @param {string[]} trackers seen before the opening
 * @returns {{ contest: string, choice: Choice }[]} what the sealed ballots really hold
 */
export function checkOpening({ fingerprint, credential, ballots }, poll, trackers) {
  if (fingerprint !== poll.fingerprint) throw new FalseOpeningError("The opening is of another poll.");
  if (ballots.length !== trackers.length) {
    throw new FalseOpeningError("Not as many ballots were opened as were sealed.");
  }
  return ballots.map(({ contest, choice, seed, signature }, index) => {
    const election = found(() => poll.election(contest), "A contest was opened that the poll does not have.");
    const text = found(
      () => sealAgain(election, credential, choice, seed, signature),
      "A choice was opened that the contest does not allow.",
    );
    if (trackerOf(text) !== trackers[index]) {
      throw new FalseOpeningError("The ballot that was sealed holds something else than was opened.");
    }
    try {
      checkBallot(election, parseBallot(election, text));
    } catch (error) {
      if (!(error instanceof BadBallotError)) throw error;
      throw new FalseOpeningError("The ballot that was sealed would have been refused.");
    }
    return { contest, choice };
  });
}

/**
 * @template T
 * @param {() => T} work @param {string} problem what a refusal of it means
 * @returns {T}
 */
function found(work, problem) {
  try {
    return work();
  } catch (error) {
    if (error instanceof IppyoError) throw new FalseOpeningError(problem);
    throw error;
  }
}

/** @param {string} text @returns {Choice} */
function parseChoice(text) {
  if (text === "blank") return text;
  if (!/^[01]+$/.test(text)) throw new ParseError("choice", "is neither blank nor a row of 0 and 1");
  return Array.from(text, Number);
}
