/** A device that many use (投票所の端末): whoever walks away leaves nothing, after a warning. */

import { dialogAt } from "../look/page.js";

const QUIET_MS = 90_000;
const WARNING_MS = 30_000;
const TICK_MS = 500;

/**
 * @param {string} search of the page's address, in which the operator may shorten the time by `quiet` (seconds); nobody
 *   can make it longer than it is
 * @returns {{ quiet: number, warning: number }} milliseconds before the warning, and from there until all is wiped
 */
export function patience(search) {
  const asked = 1000 * Number(new URLSearchParams(search).get("quiet"));
  const quiet = asked > 0 ? Math.min(QUIET_MS, asked) : QUIET_MS;
  return { quiet, warning: Math.min(WARNING_MS, 3 * quiet) };
}

/**
 * @typedef {object} IdleHooks
 * @property {() => boolean} needed whether there is anything to wipe
 * @property {(seconds: number) => void} warn tells how long is left
 * @property {() => void} calm the warning may go
 * @property {() => void} wipe
 */

/** Watches for a person; the clock is a parameter, so that tests need not wait. */
export class Idle {
  #hooks;
  #now;
  #last;
  #warned = false;
  #quiet;
  #warning;

  /**
   * @param {IdleHooks} hooks @param {() => number} now milliseconds
   * @param {{ quiet: number, warning: number }} patience
   */
  constructor(hooks, now, { quiet, warning }) {
    this.#hooks = hooks;
    this.#now = now;
    this.#quiet = quiet;
    this.#warning = warning;
    this.#last = now();
  }

  /** Somebody is there. */
  touch() {
    this.#last = this.#now();
    if (this.#warned) this.#hooks.calm();
    this.#warned = false;
  }

  /** Look at the clock. */
  tick() {
    if (!this.#hooks.needed()) {
      this.touch();
      return;
    }
    const quiet = this.#now() - this.#last;
    if (quiet >= this.#quiet + this.#warning) {
      this.touch();
      this.#hooks.wipe();
    } else if (quiet >= this.#quiet) {
      this.#warned = true;
      this.#hooks.warn(Math.ceil((this.#quiet + this.#warning - quiet) / 1000));
    }
  }
}

/**
 * Watch for a person at this device: the window `#idle` warns, and what `tell` writes into it says how long is left.
 *
 * @param {{ needed: () => boolean, tell: (seconds: number) => void, wipe: () => void }} page
 */
export function watchPerson({ needed, tell, wipe }) {
  const warn = (/** @type {number} */ seconds) => {
    tell(seconds);
    if (!dialogAt("idle")?.open) dialogAt("idle")?.showModal();
  };
  const calm = () => dialogAt("idle")?.close();
  const idle = new Idle({ needed, warn, calm, wipe }, Date.now, patience(window.location.search));
  for (const name of ["pointerdown", "keydown", "touchstart", "input"]) {
    window.addEventListener(name, () => idle.touch(), { passive: true, capture: true });
  }
  setInterval(() => idle.tick(), TICK_MS);
}
