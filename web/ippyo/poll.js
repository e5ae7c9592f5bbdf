/**
 * A poll as the voter's device knows it: texts that were fetched from anywhere, found to be those of a fingerprint that
 * the page brought along.
 */

import { fields, list, loads, sha256b64 } from "./canonical.js";
import { makeElection } from "./election.js";
import { CheckError } from "./errors.js";
import { parseGenesis, verifierName } from "./genesis.js";
import * as group from "./group.js";
import { MAX_TRUSTEES, TRUSTEES_LIMIT } from "./limits.js";
import { parseManifest } from "./manifest.js";

/** @typedef {import("./manifest.js").Manifest} Manifest */
/** @typedef {import("./genesis.js").Genesis} Genesis */
/** @typedef {import("./election.js").Election} Election */
/** @typedef {import("./rsa.js").RsaPublicKey} RsaPublicKey */
/** @typedef {{ manifest: string, genesis: string, trustees: string }} PollTexts */

/** Manifest, genesis and trustees' key, which belong together and to the fingerprint. */
export class Poll {
  /** @type {Election[]} */
  #elections;

  /** @param {Manifest} manifest @param {Genesis} genesis @param {group.Element} key */
  constructor(manifest, genesis, key) {
    /** @readonly */
    this.manifest = manifest;
    /** @readonly */
    this.genesis = genesis;
    /** @readonly Phi */
    this.fingerprint = genesis.fingerprint;
    this.#elections = manifest.contests.map((contest) => makeElection(manifest, contest, key));
  }

  /**
   * @param {string} fingerprint Phi, pinned: from the page, the letter or the code's QR, never from the same answer
   * @param {PollTexts} texts canonical
   * @returns {Poll}
   */
  static open(fingerprint, texts) {
    if (sha256b64(`ippyo-poll-v1|${texts.genesis}`) !== fingerprint) {
      throw new CheckError("wrong-poll", "The poll's keys are not those that its fingerprint names.");
    }
    const genesis = parseGenesis(texts.genesis);
    const manifest = parseManifest(texts.manifest);
    if (sha256b64(`ippyo-trustees-v1|${texts.trustees}`) !== genesis.trustees) {
      throw new CheckError("wrong-poll", "The trustees are not those that the poll's fingerprint names.");
    }
    if (manifest.group !== group.NAME) {
      throw new CheckError("unknown-group", "This page cannot vote in a poll of a finite-field group.");
    }
    const problem = misfit(manifest, genesis);
    if (problem !== null) throw new CheckError("wrong-poll", `The poll's texts do not belong together: ${problem}.`);
    const key = trusteesKey(texts.trustees, manifest.trustees);
    if (group.encode(key) !== genesis.publicKey) {
      throw new CheckError("wrong-poll", "The poll's public key is not that of its trustees.");
    }
    return new Poll(manifest, genesis, group.precompute(key));
  }

  /** @param {string} id @returns {Election} */
  election(id) {
    const found = this.#elections.find((election) => election.contest.id === id);
    if (found === undefined) throw new CheckError("no-such-contest", "The poll has no such contest.");
    return found;
  }

  /** @param {string} style @returns {RsaPublicKey[]} the issuers' keys for a ballot style, in issuer order */
  ticketKeys(style) {
    const keys = this.genesis.issuers.flatMap((issuer) => issuer.styles.filter((entry) => entry.style === style));
    if (keys.length === 0) throw new CheckError("bad-ticket", "The poll has no such ballot style.");
    return keys.map((entry) => entry.key);
  }
}

/** @param {Manifest} manifest @param {Genesis} genesis @returns {string | null} why they do not belong together */
function misfit(manifest, genesis) {
  const styles = manifest.styles.map((style) => style.id).join();
  if (genesis.manifest !== manifest.hash) return "genesis names another manifest";
  if (genesis.issuers.map((issuer) => issuer.name).join("\n") !== manifest.issuers.join("\n")) return "other issuers";
  if (genesis.issuers.some((issuer) => issuer.styles.map((entry) => entry.style).join() !== styles)) {
    return "an issuer lacks a key for each ballot style";
  }
  const { total, threshold } = manifest.officers;
  if (genesis.officers.keys.length !== total || genesis.officers.threshold !== threshold) return "other officers";
  if (verifierName(genesis.ledger.log) !== `ippyo.poll/${manifest.id}`) return "the log has another name";
  return null;
}

/**
 * @param {string} text canonical T (docs/protocol.md §4) @param {import("./manifest.js").Quorum} quorum
 * @returns {group.Element} y = product of the A_i0. What the trustees signed, the record's verifier checks; the text
 *   itself is pinned.
 */
function trusteesKey(text, quorum) {
  const what = "trustees";
  const [entry] = list(loads(text, what, TRUSTEES_LIMIT), what, 1, 1);
  const [kind, value] = list(entry, what, 2, 2);
  const names = ["threshold", "certs", "coefexps", "signatures", "verification_keys"];
  const read = fields(value, what, ...names);
  const { total, threshold } = quorum;
  if (kind !== "Pedersen" || read.integer("threshold") !== threshold) {
    throw new CheckError("wrong-poll", "The trustees are not as many as the poll says.");
  }
  const firsts = read.map("coefexps", total, Math.min(total, MAX_TRUSTEES), (signed) => {
    const message = fields(signed, what, "message", "signature").text("message", TRUSTEES_LIMIT);
    const inner = fields(loads(message, what, TRUSTEES_LIMIT), what, "coefexps");
    const [first] = inner.texts("coefexps", threshold, threshold, group.TEXT_LENGTH);
    return group.decodeKey(first ?? "", what);
  });
  return firsts.reduce((sum, element) => sum.add(element), group.IDENTITY);
}
