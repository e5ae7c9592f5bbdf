/** The vectors that Python runs, too. */

import { readFileSync } from "node:fs";

/** @param {string} name @returns {any} the decoded file vectors/NAME.json */
export function vectors(name) {
  return JSON.parse(readFileSync(new URL(`../../vectors/${name}.json`, import.meta.url), "utf8"));
}

/** @param {string} code @returns {(error: unknown) => boolean} for assert.throws: a refusal with this code */
export function refusal(code) {
  return (error) => error instanceof Error && "code" in error && error.code === code;
}
