/** The window in which the camera looks for the QR code of a voting code. */

import { dialogAt } from "../look/page.js";

export class Camera {
  #page;
  #found;
  #over = new AbortController();

  /** @param {Pick<import("./view.js").VotingView, "write" | "word">} page @param {(text: string) => unknown} found */
  constructor(page, found) {
    this.#page = page;
    this.#found = found;
    dialogAt("camera")?.addEventListener("close", () => this.#over.abort());
  }

  /** Look until a code is found, or the window is closed. The reader is loaded when it is first asked for. */
  async open() {
    const video = document.querySelector("#camera video");
    if (!(video instanceof HTMLVideoElement)) return;
    this.#over.abort();
    this.#over = new AbortController();
    const over = this.#over.signal;
    dialogAt("camera")?.showModal();
    this.#says("camera.starting");
    const found = (/** @type {string} */ text) => {
      this.close();
      void this.#found(text);
    };
    try {
      const { watch } = await import("../look/qr_read.js");
      await watch(video, found, over);
      if (!over.aborted) this.#says("camera.looking");
    } catch {
      if (!over.aborted) this.#says("camera.none");
    }
  }

  /** Stop looking. */
  close() {
    this.#over.abort();
    dialogAt("camera")?.close();
  }

  /** @param {string} key */
  #says(key) {
    this.#page.write("camera-says", this.#page.word(key));
  }
}
