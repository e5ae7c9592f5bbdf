/** A poll whose issuers' secret keys the tests have, and a desk, further issuers and a card agent made of it. */

import { dumps, sha256b64, b64, unb64 } from "../ippyo/canonical.js";
import { fromInteger, toInteger } from "../ippyo/bytes.js";
import { Device } from "../ippyo/device.js";
import { IppyoError } from "../ippyo/errors.js";
import { RsaPublicKey } from "../ippyo/rsa.js";
import { vectors } from "./vectors.js";

const contract = vectors("contract");
const { keys } = vectors("ticket");
const SECRETS = [keys.A, keys.B, keys.C];

/** @param {any} key @returns {bigint} */
function secretExponent({ p, q }) {
  let [a, b, u, v] = [65537n, (BigInt(p) - 1n) * (BigInt(q) - 1n), 1n, 0n];
  const order = b;
  while (b !== 0n) [a, b, u, v] = [b, a % b, v, u - (a / b) * v];
  return ((u % order) + order) % order;
}

/** @param {any} key of vectors/ticket.json @param {string} blinded Base64 @returns {string} the blind signature */
export function blindSign(key, blinded) {
  const { n, size } = RsaPublicKey.fromText(key.public);
  let [result, base, exponent] = [1n, toInteger(unb64(blinded, "blinded", size)), secretExponent(key)];
  for (; exponent > 0n; exponent >>= 1n) {
    if (exponent & 1n) result = (result * base) % n;
    base = (base * base) % n;
  }
  return b64(fromInteger(result, size));
}

/**
 * @param {number} issuers 1 or 2, each with one key for the only style, `all`
 * @param {Record<string, unknown>} policies changes
 */
export function smallPoll(issuers = 2, policies = {}) {
  const [manifest, genesis] = [JSON.parse(contract.manifest), JSON.parse(contract.genesis)];
  manifest.styles = [{ ...manifest.styles[0], contests: manifest.contests.map((/** @type {any} */ c) => c.id) }];
  Object.assign(manifest.policies, policies);
  manifest.issuers.length = issuers;
  genesis.issuers.length = issuers;
  const style = manifest.styles[0].id;
  genesis.issuers.forEach((/** @type {any} */ issuer, /** @type {number} */ i) => {
    issuer.styles = [{ style, key: SECRETS[i].public }];
  });
  genesis.manifest = sha256b64(`ippyo-manifest-v1|${dumps(manifest)}`);
  const texts = { manifest: dumps(manifest), genesis: dumps(genesis), trustees: contract.trustees };
  return { fingerprint: sha256b64(`ippyo-poll-v1|${texts.genesis}`), texts, style, secrets: SECRETS.slice(0, issuers) };
}

/** @returns {import("../ippyo/client.js").DeviceClient} a device without a worker */
export function localDevice() {
  const device = /** @type {any} */ (new Device());
  const get = (/** @type {unknown} */ _, /** @type {string} */ name) => {
    return async (/** @type {any[]} */ ...values) => device[name](...values);
  };
  return new Proxy(device, { get });
}

/** @returns {Storage} */
export function memoryStorage() {
  /** @type {Map<string, string>} */
  const kept = new Map();
  return /** @type {any} */ ({
    getItem: (/** @type {string} */ key) => kept.get(key) ?? null,
    setItem: (/** @type {string} */ key, /** @type {string} */ value) => kept.set(key, value),
    removeItem: (/** @type {string} */ key) => kept.delete(key),
    get length() {
      return kept.size;
    },
  });
}

/** A server: answers by `METHOD path`; what is not there cannot be reached. Every request is noted in `asked`. */
export class Server {
  /** @type {{ route: string, body: any, headers: Record<string, string>, credentials: string | undefined }[]} */
  asked = [];

  /** @param {Record<string, (body: any, text: string) => unknown>} routes */
  constructor(routes) {
    this.routes = routes;
  }

  /** @param {string} url @param {RequestInit} init @returns {Promise<Response>} */
  fetch = async (url, init) => {
    const route = `${init.method} ${url}`;
    const text = String(init.body ?? "");
    const body = text === "" ? undefined : JSON.parse(text);
    this.asked.push({ route, body, headers: /** @type {any} */ (init.headers ?? {}), credentials: init.credentials });
    const answer = this.routes[route];
    if (answer === undefined) throw new TypeError("fetch failed");
    try {
      return Response.json(await answer(body, text));
    } catch (error) {
      if (!(error instanceof IppyoError)) throw error;
      const message = { ja: `理由 ${error.code}`, en: `reason ${error.code}` };
      return Response.json({ code: error.code, message }, { status: 403 });
    }
  };
}
