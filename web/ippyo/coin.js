/**
 * Coins, believed only as proved (docs/protocol.md §10, §11): from the coin through its drawer and the coin root to the
 * app hash in a header that the log signed.
 */

import { concat, equal, utf8 } from "./bytes.js";
import { b64, dumps, fields, loads, sha256, sha256b64, unb64 } from "./canonical.js";
import { verifyEd25519 } from "./ed25519.js";
import { CheckError, ParseError } from "./errors.js";
import { MAX_CONTESTS } from "./limits.js";
import { nodeHash } from "./merkle.js";
import { oneOf } from "./rules.js";

/** @typedef {import("./canonical.js").JsonValue} JsonValue */
/** @typedef {import("./checkpoint.js").LedgerFacts} LedgerFacts */

const LEVELS = 16;
const MAX_DRAWER_COINS = 4096;
const COIN_LIMIT = 64 * 1024;
const HEADER_LIMIT = 4096;
const HASH_BYTES = 32;
const HASH_LENGTH = 43;
const SIGNATURE_BYTES = 64;
const EMPTY = new Uint8Array(HASH_BYTES);
const PHASES = /** @type {const} */ (["setup", "open", "closed", "counted"]);

/** @typedef {{ contest: string, tracker: string, position: number }} CoinBallot */

/**
 * What the ledger remembers of a credential; `last` is the number of its last cast or surrender, 0 before the first.
 *
 * @typedef {object} Coin
 * @property {string} credential
 * @property {string} style
 * @property {number} count
 * @property {number} last
 * @property {boolean} surrendered
 * @property {CoinBallot[]} ballots those that count
 */

/**
 * A booth's answer, before anything of it is believed (docs/booth.md §4).
 *
 * @typedef {object} CoinAnswer
 * @property {JsonValue} coin
 * @property {JsonValue} coin_root
 * @property {JsonValue} proof
 * @property {JsonValue} status
 * @property {JsonValue} header
 */

/**
 * @param {CoinAnswer} answer @param {string} credential @param {LedgerFacts} facts
 * @returns {Coin | null} as it is, or null as there is none, after some block of the ledger. How old that block may be,
 *   no proof can tell.
 */
export function verifyCoin(answer, credential, facts) {
  const header = signedHeader(answer.header, facts);
  const root = coinRoot(answer.status, header, facts.poll);
  if (answer.coin_root !== b64(root)) throw unproved("The coin root is not that of the ledger's state.");
  const coins = drawer(answer.proof, credential, root);
  const text = coins.find((coin) => parseCoin(coin).credential === credential);
  // The decoded coin beside the proof is for those who look at it by eye: it must not say anything else.
  if (dumps(answer.coin) !== (text ?? "null")) throw unproved("The coin is not the one that the proof is of.");
  return text === undefined ? null : parseCoin(text);
}

/** @param {string} message @returns {CheckError} */
function unproved(message) {
  return new CheckError("coin-not-proved", message);
}

/**
 * @param {JsonValue} line of blocks.jsonl @param {LedgerFacts} facts
 * @returns {{ size: number, root: string, state: string }} of the header, which the log signed
 */
function signedHeader(line, { poll, log }) {
  const what = "block";
  if (typeof line !== "string") throw new ParseError(what, "is not a text");
  const read = fields(loads(line, what, HEADER_LIMIT), what, "header", "signature");
  const value = read.raw("header");
  const names = ["poll", "height", "time", "previous", "size", "root", "state"];
  const header = fields(value, "block header", ...names);
  const signature = unb64(read.text("signature"), "signature of the block", SIGNATURE_BYTES);
  const message = concat(utf8("ippyo-block-v1\n"), utf8(dumps(value)));
  if (!verifyEd25519(log.key, message, signature)) throw unproved("The log has not signed the block.");
  if (header.text("poll") !== poll) throw unproved("The block is of another poll.");
  return { size: header.integer("size"), root: header.text("root"), state: header.text("state") };
}

/**
 * @param {JsonValue} status the contract's answer @param {{ size: number, root: string, state: string }} header
 * @param {string} poll Phi
 * @returns {Uint8Array} the coin root of the state whose app hash stands in the header
 */
function coinRoot(status, header, poll) {
  const what = "status";
  const read = fields(status, what, "poll", "phase", "size", "root", "coin_root", "state");
  const phase = oneOf(read.text("phase"), PHASES, "phase");
  const [size, root, coins] = [read.integer("size"), read.text("root"), read.text("coin_root")];
  if (read.text("poll") !== poll || size !== header.size || root !== header.root) {
    throw unproved("The state is not the one after this block.");
  }
  const rest = sha256b64(dumps(read.raw("state")));
  const bytes = unb64(coins, `${what}: coin root`, HASH_BYTES);
  if (sha256b64(`ippyo-state-v1|${poll}|${phase}|${size}|${root}|${coins}|${rest}`) !== header.state) {
    throw unproved("The state is not the one that the block names.");
  }
  return bytes;
}

/**
 * @param {JsonValue} proof @param {string} credential @param {Uint8Array} root
 * @returns {string[]} all coin texts of the credential's drawer
 */
function drawer(proof, credential, root) {
  const what = "coin proof";
  const read = fields(proof, what, "coins", "siblings");
  const coins = read.texts("coins", 0, MAX_DRAWER_COINS, COIN_LIMIT);
  if (coins.some((coin) => coin.includes("\n"))) throw new ParseError(what, "holds a coin text with a line break");
  const siblings = read.texts("siblings", LEVELS, LEVELS, HASH_LENGTH);
  const content = utf8(coins.map((coin) => `${coin}\n`).join(""));
  let node = content.length === 0 ? EMPTY : sha256(concat(Uint8Array.of(0), content));
  let position = drawerNumber(credential);
  for (const text of siblings) {
    const sibling = unb64(text, what, HASH_BYTES);
    node = position % 2 === 1 ? join(sibling, node) : join(node, sibling);
    position >>= 1;
  }
  if (!equal(node, root)) throw unproved("The proof does not lead to the coin root.");
  return coins;
}

/** @param {string} credential @returns {number} the drawer (0..65535) in which its coin lies */
function drawerNumber(credential) {
  const [high = 0, low = 0] = sha256(`ippyo-coin-v1|${credential}`);
  return 256 * high + low;
}

/** @param {Uint8Array} left @param {Uint8Array} right @returns {Uint8Array} */
function join(left, right) {
  return equal(left, EMPTY) && equal(right, EMPTY) ? EMPTY : nodeHash(left, right);
}

/** @param {string} text canonical @returns {Coin} */
function parseCoin(text) {
  const what = "coin";
  const names = ["credential", "style", "count", "last", "surrendered", "ballots"];
  const read = fields(loads(text, what, COIN_LIMIT), what, ...names);
  return {
    credential: read.text("credential"),
    style: read.text("style"),
    count: read.integer("count"),
    last: read.integer("last"),
    surrendered: read.boolean("surrendered"),
    ballots: read.map("ballots", 0, MAX_CONTESTS, (value) => {
      const ballot = fields(value, "ballot of a coin", "contest", "tracker", "position");
      return { contest: ballot.text("contest"), tracker: ballot.text("tracker"), position: ballot.integer("position") };
    }),
  };
}
