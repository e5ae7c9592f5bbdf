/** A device that many use (投票所の端末): whoever walks away leaves nothing, after a warning. */

const QUIET_MS = 90_000;
const WARNING_MS = 30_000;
const TICK_MS = 500;

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
   * @param {number} [quiet] before the warning @param {number} [warning] before all is wiped
   */
  constructor(hooks, now, quiet = QUIET_MS, warning = WARNING_MS) {
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

/** @param {Idle} idle watches this window from now on */
export function watchWindow(idle) {
  for (const name of ["pointerdown", "keydown", "touchstart", "input"]) {
    window.addEventListener(name, () => idle.touch(), { passive: true, capture: true });
  }
  setInterval(() => idle.tick(), TICK_MS);
}
