/** A voter's device at a booth, and a ledger that proves one coin at most. */

import { generateKeyPairSync, sign } from "node:crypto";
import { concat, hex, utf8 } from "../ippyo/bytes.js";
import { b64, dumps, sha256, sha256b64, unb64 } from "../ippyo/canonical.js";
import { padded } from "../ippyo/notes.js";
import { Poll } from "../ippyo/poll.js";
import { TicketRequest, ticketText } from "../ippyo/ticket.js";
import { VotingCode } from "../ippyo/voting_code.js";
import { BoothDevice } from "../voting/device.js";
import { blindSign, smallPoll } from "./desk_of_tests.js";

/**
 * @param {string} log the name of the log, which gets a key of ours
 * @returns its key for genesis, and what a booth answers when the ledger holds a coin with this `last`
 */
function ledgerOf(log) {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const data = concat(Uint8Array.of(1), new Uint8Array(publicKey.export({ type: "spki", format: "der" }).subarray(-32)));
  const id = hex(sha256(concat(utf8(`${log}\n`), data)).subarray(0, 4));
  /** @param {string} poll @param {string} credential @param {number} last 0: no coin @param {any[]} ballots @returns {any} */
  const answer = (poll, credential, last, ballots) => {
    const coin = last === 0 ? null : { credential, style: "all", count: 1, last, surrendered: false, ballots };
    const coins = coin === null ? [] : [dumps(coin)];
    const [high = 0, low = 0] = sha256(`ippyo-coin-v1|${credential}`);
    const siblings = Array(16).fill(b64(new Uint8Array(32)));
    let node = sha256(concat(Uint8Array.of(0), utf8(`${coins[0]}\n`)));
    for (let level = 0, at = 256 * high + low; level < 16; level += 1, at >>= 1) {
      const [left, right] = at & 1 ? [new Uint8Array(32), node] : [node, new Uint8Array(32)];
      node = sha256(concat(Uint8Array.of(1), left, right));
    }
    const coinRoot = b64(coin === null ? new Uint8Array(32) : node);
    const root = b64(sha256("some tree"));
    const status = { poll, phase: "open", size: last + 1, root, coin_root: coinRoot, state: { any: last } };
    const rest = sha256b64(dumps(status.state));
    const state = sha256b64(`ippyo-state-v1|${poll}|open|${status.size}|${root}|${coinRoot}|${rest}`);
    const header = { poll, height: 1, time: 5, previous: root, size: status.size, root, state };
    const signature = b64(sign(null, utf8(`ippyo-block-v1\n${dumps(header)}`), privateKey));
    return { coin, coin_root: coinRoot, proof: { coins, siblings }, status, header: dumps({ header, signature }) };
  };
  /** @param {string} poll @param {string} type @param {string} text of a transaction @param {string[]} trackers */
  const receipt = (poll, type, text, trackers) => {
    const entry = `ippyo-entry-v1|${type}|${sha256b64(text)}|${trackers.join(",")}`;
    const root = sha256(concat(Uint8Array.of(0), utf8(entry)));
    const note = `${log}\n1\n${padded(root)}\n`;
    const signature = concat(Buffer.from(id, "hex"), new Uint8Array(sign(null, utf8(note), privateKey)));
    const extra = padded(utf8(dumps({ poll, entry })));
    return `c2sp.org/tlog-proof@v1\nextra ${extra}\nindex 0\n\n${note}\n— ${log} ${padded(signature)}\n`;
  };
  return { key: `${log}+${id}+${Buffer.from(data).toString("base64")}`, answer, receipt };
}

/** @returns a device with code and ticket, and what its ledger says of a coin with a `last` */
export function ready() {
  const { texts: plain, style, secrets } = smallPoll();
  const genesis = JSON.parse(plain.genesis);
  const ledger = ledgerOf(genesis.ledger.log.split("+")[0]);
  genesis.ledger.log = ledger.key;
  const texts = { ...plain, genesis: dumps(genesis) };
  const fingerprint = sha256b64(`ippyo-poll-v1|${texts.genesis}`);
  const poll = Poll.open(fingerprint, texts);
  const code = VotingCode.generate();
  const request = new TicketRequest(code, fingerprint, style, poll.ticketKeys(style));
  const answers = request.blinded.map((blinded, i) => unb64(blindSign(secrets[i], Buffer.from(blinded).toString("base64").replace(/=+$/, "")), "x"));
  const device = new BoothDevice();
  const { contests } = device.open(fingerprint, texts);
  const credential = device.useCode(code.reveal());
  const ticket = ticketText(request.finish(answers));
  device.takeTicket(ticket);
  const coin = (/** @type {number} */ last, /** @type {any[]} */ ballots = []) => ledger.answer(fingerprint, credential, last, ballots);
  const receipt = (/** @type {string} */ type, /** @type {string} */ text, /** @type {string[]} */ trackers) => {
    return ledger.receipt(fingerprint, type, text, trackers);
  };
  return { receipt, credential, device, poll, texts, coin, code: code.reveal(), ticket, contests: contests.map(({ id }) => id) };
}

/** @param {Poll} poll @param {string[]} contests */
export function answersTo(poll, contests) {
  return contests.map((id) => ({ contest: id, choice: poll.election(id).contest.answers.map((_, i) => (i === 0 ? 1 : 0)) }));
}
