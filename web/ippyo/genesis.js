/** Genesis: every key of a poll in one text, whose hash is the poll's fingerprint Phi (docs/protocol.md §5). */

import { fields, loads, sha256b64, unb64 } from "./canonical.js";
import { decodeEd25519 } from "./ed25519.js";
import { GENESIS_LIMIT, MAX_ISSUERS, MAX_OFFICERS, MAX_STYLES, MAX_WITNESSES } from "./limits.js";
import { RsaPublicKey } from "./rsa.js";
import { oneOf, requireThat, unique } from "./rules.js";

/** @typedef {import("./canonical.js").JsonValue} JsonValue */

/** Names of a comet poll's operators begin so among the witnesses. */
const OPERATOR_PREFIX = "ippyo.node/";
const VERIFIER_KEY = /^([!-*,-~]{1,200})\+([0-9a-f]{8})\+([A-Za-z0-9+/]{44})$/;

/** @typedef {{ name: string, key: string, styles: { style: string, key: RsaPublicKey }[] }} Issuer */
/** @typedef {{ engine: "embedded" | "comet", log: string, witnesses: string[], quorum: number }} Ledger */

/**
 * @typedef {object} Genesis
 * @property {string} fingerprint Phi
 * @property {string} manifest mh
 * @property {string} trustees hash
 * @property {string} publicKey str(y)
 * @property {Issuer[]} issuers
 * @property {{ threshold: number, keys: string[] }} officers
 * @property {Ledger} ledger keys in C2SP form
 */

/** @param {string} text canonical @returns {Genesis} */
export function parseGenesis(text) {
  const what = "genesis";
  const names = ["version", "manifest", "trustees", "ceremony", "public_key", "issuers", "officers", "ledger"];
  const read = fields(loads(text, what, GENESIS_LIMIT), what, ...names);
  requireThat(read.integer("version") === 1, what, "has another version");
  const [manifest = "", trustees = ""] = ["manifest", "trustees", "ceremony"].map((name) => {
    unb64(read.text(name, 43), `${what}: ${name}`, 32);
    return read.text(name);
  });
  const issuers = read.map("issuers", 1, MAX_ISSUERS, parseIssuer);
  unique(issuers.map((issuer) => issuer.name), what, "issuer");
  unique(issuers.map((issuer) => issuer.key), what, "issuer's key");
  // The key alone says what a ticket is for: one key for two styles would make one ticket good for both.
  unique(issuers.flatMap((issuer) => issuer.styles.map((style) => style.key.n)), what, "RSA key");
  return {
    fingerprint: sha256b64(`ippyo-poll-v1|${text}`),
    manifest,
    trustees,
    publicKey: read.text("public_key", 2000),
    issuers,
    officers: parseOfficers(read.raw("officers")),
    ledger: parseLedger(read.raw("ledger")),
  };
}

/** @param {string} vkey a C2SP verifier key @returns {string} the name in it */
export function verifierName(vkey) {
  return VERIFIER_KEY.exec(vkey)?.[1] ?? "";
}

/** @param {JsonValue} value @returns {Issuer} */
function parseIssuer(value) {
  const read = fields(value, "issuer", "name", "key", "styles");
  const key = read.text("key", 100);
  decodeEd25519(key);
  const styles = read.map("styles", 1, MAX_STYLES, (entry) => {
    const style = fields(entry, "issuer's key of a style", "style", "key");
    return { style: style.text("style", 40), key: RsaPublicKey.fromText(style.text("key", 2000)) };
  });
  return { name: read.text("name"), key, styles };
}

/** @param {JsonValue} value @returns {{ threshold: number, keys: string[] }} */
function parseOfficers(value) {
  const read = fields(value, "officers", "threshold", "keys");
  const keys = read.texts("keys", 1, MAX_OFFICERS, 100);
  for (const key of keys) decodeEd25519(key);
  unique(keys, "genesis", "officer's key");
  return { threshold: read.integer("threshold", 1, keys.length), keys };
}

/** @param {JsonValue} value @returns {Ledger} */
function parseLedger(value) {
  const read = fields(value, "ledger", "engine", "log", "witnesses", "quorum");
  const log = read.text("log", 400);
  const witnesses = read.texts("witnesses", 0, MAX_WITNESSES, 400);
  const parts = [log, ...witnesses].map((vkey) => VERIFIER_KEY.exec(vkey));
  requireThat(!parts.includes(null), "genesis", "holds a verifier key that is not of the form NAME+HASH+KEY");
  unique(parts.map((part) => part?.[1]), "genesis", "log or witness");
  // The first of the 33 bytes says the kind of key; the key itself must not serve two.
  const keys = parts.map((part) => unb64(part?.[3] ?? "", "verifier key", 33).slice(1).join());
  unique(keys, "genesis", "key of log or witness");
  const engine = oneOf(read.text("engine"), /** @type {const} */ (["embedded", "comet"]), "engine");
  const quorum = read.integer("quorum", 0, witnesses.length);
  if (engine === "comet") requireOperators(witnesses, quorum);
  return { engine, log, witnesses, quorum };
}

/**
 * Operators come first, and no quorum is without more than two thirds of them (docs/nodes.md).
 *
 * @param {string[]} witnesses @param {number} quorum
 */
function requireOperators(witnesses, quorum) {
  const isOperator = witnesses.map((vkey) => vkey.startsWith(OPERATOR_PREFIX));
  const operators = isOperator.filter(Boolean).length;
  const first = operators > 0 && !isOperator.slice(0, operators).includes(false);
  requireThat(first, "genesis", "names no operators, or not all of them before the other witnesses");
  // Even if all other witnesses are among those who cosigned.
  const enough = 3 * (quorum - (witnesses.length - operators)) > 2 * operators;
  requireThat(enough, "genesis", "has a quorum that does not take more than two thirds of the operators");
}
