/** The manifest (選挙定義): all that is fixed before the first key is made (docs/protocol.md §3). */

import { fields, loads, sha256b64 } from "./canonical.js";
import { parseContest } from "./contest.js";
import { MANIFEST_LIMIT, MAX_CONTESTS, MAX_ISSUERS, MAX_OFFICERS, MAX_STYLES, MAX_TRUSTEES } from "./limits.js";
import { bilingual, identifier, line, oneOf, prose, requireThat, unique } from "./rules.js";

/** @typedef {import("./canonical.js").JsonValue} JsonValue */
/** @typedef {import("./rules.js").Text} Text */
/** @typedef {import("./contest.js").Contest} Contest */

const LAST_TIME = 253_370_764_799;
const GROUPS = /** @type {const} */ (["Ed25519", "BELENIOS-2048", "RFC-3526-2048"]);

/** @typedef {{ id: string, name: Text, contests: string[] }} Style */
/** @typedef {{ total: number, threshold: number }} Quorum */

/**
 * @typedef {object} Policies
 * @property {"signature" | "user"} certificate
 * @property {("card-reader" | "digital-auth")[]} channels
 * @property {"none" | "registration-code" | "passkey" | "both"} second_factor
 * @property {"blind-ticket"} anonymity
 * @property {"last-counts" | "never"} revote
 * @property {("kiosk" | "remote")[]} places
 */

/**
 * @typedef {object} Manifest
 * @property {string} hash mh
 * @property {string} id
 * @property {Text} title
 * @property {Text | null} description
 * @property {typeof GROUPS[number]} group
 * @property {number} opens seconds since 1970 UTC
 * @property {number} closes the first second that is too late
 * @property {Policies} policies
 * @property {Quorum} trustees
 * @property {string[]} issuers
 * @property {Quorum} officers
 * @property {Style[]} styles
 * @property {Contest[]} contests
 */

/** @param {string} text canonical @returns {Manifest} which keeps every rule of §3 */
export function parseManifest(text) {
  const what = "manifest";
  const names = ["version", "id", "profile?", "title", "description?", "group", "opens", "closes", "policies"];
  names.push("trustees", "issuers", "officers", "styles", "contests");
  const read = fields(loads(text, what, MANIFEST_LIMIT), what, ...names);
  requireThat(read.integer("version") === 1, what, "has another version");
  if (read.has("profile")) identifier(read.text("profile"), "profile");
  const manifest = {
    hash: sha256b64(`ippyo-manifest-v1|${text}`),
    id: identifier(read.text("id"), what),
    title: bilingual(read.raw("title"), "title of the manifest", line),
    description: read.has("description") ? bilingual(read.raw("description"), "description", prose) : null,
    group: oneOf(read.text("group"), GROUPS, "group"),
    opens: read.integer("opens", 0, LAST_TIME),
    closes: read.integer("closes", 0, LAST_TIME),
    policies: parsePolicies(read.raw("policies")),
    trustees: parseQuorum(read.raw("trustees"), "trustees", MAX_TRUSTEES),
    issuers: read.texts("issuers", 1, MAX_ISSUERS, MANIFEST_LIMIT).map((name) => line(name, "name of an issuer")),
    officers: parseQuorum(read.raw("officers"), "officers", MAX_OFFICERS),
    styles: read.map("styles", 1, MAX_STYLES, parseStyle),
    contests: read.map("contests", 1, MAX_CONTESTS, parseContest),
  };
  requireThat(manifest.opens < manifest.closes, what, "closes before it opens");
  unique(manifest.issuers, what, "issuer");
  unique(manifest.contests.map((contest) => contest.id), what, "contest");
  unique(manifest.styles.map((style) => style.id), what, "style");
  requireStylesFit(manifest.styles, manifest.contests.map((contest) => contest.id));
  return manifest;
}

/**
 * @param {Style[]} styles
 * @param {string[]} order ids of the contests: styles keep their order, and name each of them
 */
function requireStylesFit(styles, order) {
  for (const { contests } of styles) {
    const places = contests.map((id) => order.indexOf(id));
    const ascending = places.every((place, i) => place > (i === 0 ? -1 : (places[i - 1] ?? 0)));
    requireThat(ascending, "style", "names contests that are unknown, repeated or out of order");
  }
  const voted = new Set(styles.flatMap((style) => style.contests));
  requireThat(order.every((id) => voted.has(id)), "manifest", "has a contest that stands in no style");
}

/** @param {JsonValue} value @returns {Style} */
function parseStyle(value) {
  const read = fields(value, "style", "id", "name", "contests");
  return {
    id: identifier(read.text("id"), "style"),
    name: bilingual(read.raw("name"), "name of a style", line),
    contests: read.texts("contests", 1, MAX_CONTESTS, 100),
  };
}

/** @param {JsonValue} value @param {string} what @param {number} most @returns {Quorum} */
function parseQuorum(value, what, most) {
  const read = fields(value, what, "total", "threshold");
  const total = read.integer("total", 1, most);
  return { total, threshold: read.integer("threshold", 1, total) };
}

/** @param {JsonValue} value @returns {Policies} */
function parsePolicies(value) {
  const what = "policies";
  const names = ["certificate", "channels", "second_factor", "anonymity", "revote", "places"];
  const read = fields(value, what, ...names);
  /** @template {string} T @param {string} name @param {readonly T[]} known @returns {T} */
  const one = (name, known) => oneOf(read.text(name), known, what);
  /** @template {string} T @param {string} name @param {readonly T[]} known @returns {T[]} */
  const some = (name, known) => {
    const values = read.texts(name, 1, known.length, 100).map((entry) => oneOf(entry, known, what));
    requireThat([...new Set(values)].sort().join() === values.join(), what, `does not have its ${name} in order`);
    return values;
  };
  return {
    certificate: one("certificate", ["signature", "user"]),
    channels: some("channels", ["card-reader", "digital-auth"]),
    second_factor: one("second_factor", ["none", "registration-code", "passkey", "both"]),
    anonymity: one("anonymity", ["blind-ticket"]),
    revote: one("revote", ["last-counts", "never"]),
    places: some("places", ["kiosk", "remote"]),
  };
}
