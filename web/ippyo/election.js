/** Each contest as one election in the sense of the record format (docs/protocol.md §3). */

import { toInteger } from "./bytes.js";
import { dumps, sha256, sha256b64 } from "./canonical.js";
import * as group from "./group.js";

/** @typedef {import("./manifest.js").Manifest} Manifest */
/** @typedef {import("./contest.js").Contest} Contest */

const BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const DIGITS = 44;
const UUID_LENGTH = 22;

/**
 * One contest with the trustees' key.
 *
 * @typedef {object} Election
 * @property {Contest} contest
 * @property {group.Element} key y
 * @property {string} uuid
 * @property {string} fingerprint phi
 */

/** @param {string} mh hash of the manifest @param {string} contest its id @returns {string} */
export function contestUuid(mh, contest) {
  let rest = toInteger(sha256(`ippyo-uuid-v1|${mh}|${contest}`));
  let digits = "";
  for (let i = 0; i < DIGITS; i += 1) {
    digits = BASE58[Number(rest % 58n)] + digits;
    rest /= 58n;
  }
  return digits.slice(0, UUID_LENGTH);
}

/** @param {Manifest} manifest @param {Contest} contest @param {string} publicKey str(y) @returns {string} its text */
export function electionText(manifest, contest, publicKey) {
  const { answers, blank, min, max, title } = contest;
  const question = {
    answers: answers.map((answer) => `${answer.number} ${answer.name.ja}`),
    ...(blank ? { blank } : {}),
    min,
    max,
    question: title.ja,
  };
  return dumps({
    version: 1,
    description: manifest.description?.ja ?? "",
    name: manifest.title.ja,
    group: manifest.group,
    public_key: publicKey,
    questions: [question],
    uuid: contestUuid(manifest.hash, contest.id),
    ippyo: { manifest: manifest.hash, contest: contest.id },
  });
}

/**
 * @param {Manifest} manifest in the group Ed25519 @param {Contest} contest
 * @param {group.Element} key y @returns {Election}
 */
export function makeElection(manifest, contest, key) {
  return {
    contest,
    key,
    uuid: contestUuid(manifest.hash, contest.id),
    fingerprint: sha256b64(electionText(manifest, contest, group.encode(key))),
  };
}
