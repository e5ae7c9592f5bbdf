/** How large things may be, each number once (docs/protocol.md §1), as in src/ippyo/poll/limits.py. */

/** Bytes of the canonical text. */
export const MANIFEST_LIMIT = 4 * 1024 * 1024;
export const GENESIS_LIMIT = 4 * 1024 * 1024;
export const TRUSTEES_LIMIT = 4 * 1024 * 1024;
export const BALLOT_LIMIT = 400 * 1024;

export const MAX_CONTESTS = 64;
export const MAX_STYLES = 64;
export const MAX_ANSWERS = 200;
export const MAX_TRUSTEES = 30;
export const MAX_ISSUERS = 16;
export const MAX_OFFICERS = 32;
export const MAX_WITNESSES = 64;
