// Copies what the pages need of the locked npm packages into web/vendor, and makes every import in it relative.
//
// Why not an import map: browsers apply one to documents only, and the secrets live in a worker. Relative imports work
// in the page, in the worker and in Node alike, and need nothing inline: `script-src 'self'` is the whole policy.
// Nothing else is changed: the copies differ from the packages in the addresses after `from` alone.

import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { fileURLToPath } from "node:url";

const WEB = join(dirname(fileURLToPath(import.meta.url)), "..");
const PACKAGES = join(WEB, "node_modules");
const VENDOR = join(WEB, "vendor");

/** What Ippyo's own modules import; what these import follows by itself. */
const ENTRIES = [
  "@noble/curves/abstract/edwards.js",
  "@noble/hashes/hkdf.js",
  "@noble/hashes/sha2.js",
  "qr/decode.js",
  "uqr/dist/index.mjs",
];

const SPECIFIER = /(\bfrom\s*|\bimport\s*\(?\s*)(["'])([^"'\s]+)\2/g;
const PACKAGE = /^(?:@[^/]+\/)?[^/]+/;

/** @param {string} path of a file in node_modules, or of its types @returns {string} its path below web/vendor */
function place(path) {
  return path.replace("@", "").replace("/dist/", "/").replace(/\.d\.mts$/, ".d.ts").replace(/\.mjs$/, ".js");
}

/** @param {string} importer @param {string} specifier @returns {string} the path of what is imported */
function resolve(importer, specifier) {
  const file = specifier.startsWith(".") ? posix.join(posix.dirname(importer), specifier) : specifier;
  return importer.endsWith(".d.ts") ? file.replace(/\.[jt]s$/, ".d.ts") : file;
}

/** @param {string} path @param {Set<string>} done Copies one file of node_modules, and all that it imports. */
function copy(path, done) {
  if (done.has(path)) return;
  done.add(path);
  const text = readFileSync(join(PACKAGES, path), "utf8");
  /** @type {string[]} */
  const imported = [];
  const rewritten = text.replace(SPECIFIER, (whole, before, quote, specifier, offset) => {
    // Examples in comments import, too, and sentences say where something comes from.
    const line = text.slice(text.lastIndexOf("\n", offset) + 1, offset + whole.length);
    if (!/^\s*(?:import\b|export\b|\})/.test(line)) return whole;
    const target = resolve(path, specifier);
    imported.push(target);
    const relative = posix.relative(posix.dirname(place(path)), place(target)).replace(/\.d\.ts$/, ".js");
    return `${before}${quote}${relative.startsWith(".") ? relative : `./${relative}`}${quote}`;
  });
  const target = join(VENDOR, place(path));
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, rewritten.replace(/\n\/\/# sourceMappingURL=.*\n?$/, "\n"));
  for (const next of imported) copy(next, done);
}

rmSync(VENDOR, { recursive: true, force: true });
const done = new Set();
for (const entry of ENTRIES) {
  copy(entry, done);
  copy(entry.replace(/\.mjs$/, ".d.mts").replace(/\.js$/, ".d.ts"), done);
}
for (const name of new Set([...done].map((path) => PACKAGE.exec(path)?.[0] ?? ""))) {
  copyFileSync(join(PACKAGES, name, "LICENSE"), join(VENDOR, place(name), "LICENSE"));
}
