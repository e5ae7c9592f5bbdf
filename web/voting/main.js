/** The booth's page: joins the way of a voter to the page, the gateway, the worker and the camera. */

import { connectBooth } from "./client.js";
import { Gateway } from "./gateway.js";
import { awaitHandover } from "./handed_over.js";
import { Idle, watchWindow } from "./kiosk.js";
import { VotingView } from "./view.js";
import { Way } from "./way.js";
import { plain } from "./words.js";

const HOUR_MS = 3_600_000;
const CLOCK_MS = 1000;

/** @param {string} text @param {string} name offers a file to the voter */
function saveFile(text, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** @param {string} id @returns {HTMLDialogElement | null} */
function dialog(id) {
  const found = document.getElementById(id);
  return found instanceof HTMLDialogElement ? found : null;
}

/** @param {HTMLElement} app */
function run(app) {
  const { api = "/api/", poll = "", registry = "", language = "ja", kiosk = "false" } = app.dataset;
  const page = new VotingView(app);
  const way = new Way({
    page,
    gateway: new Gateway(api, window.fetch.bind(window)),
    device: connectBooth(),
    storage: window.localStorage,
    fingerprint: poll,
    language: language === "en" ? "en" : "ja",
    drawQr: async (text) => (await import("../registration/qr.js")).drawQr(text),
    pause: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
    now: Date.now,
  });
  const isKiosk = kiosk !== "false";

  let camera = new AbortController();
  const closeCamera = () => {
    camera.abort();
    dialog("camera")?.close();
  };
  const scanCode = async () => {
    const video = document.querySelector("#camera video");
    if (!(video instanceof HTMLVideoElement)) return;
    camera.abort();
    camera = new AbortController();
    const over = camera.signal;
    dialog("camera")?.showModal();
    page.write("camera-says", page.word("camera.starting"));
    try {
      const { watch } = await import("./scan.js");
      const found = (/** @type {string} */ text) => {
        closeCamera();
        void way.enterCode(text);
      };
      await watch(video, found, over);
      if (!over.aborted) page.write("camera-says", page.word("camera.looking"));
    } catch {
      if (!over.aborted) page.write("camera-says", page.word("camera.none"));
    }
  };
  const startAgain = async () => {
    closeCamera();
    await way.forget(isKiosk);
    page.show("welcome");
    window.location.replace(`${window.location.pathname}${window.location.search.replace("from=registration", "")}`);
  };
  const copy = (/** @type {string} */ text) =>
    navigator.clipboard.writeText(text).then(() => page.say("copied"), () => page.say("not-copied"));

  /** @type {Record<string, (value: string) => unknown>} */
  const actions = {
    begin: () => way.begin(),
    resume: () => way.resume(),
    "form:code": () => way.enterCode(),
    scan: () => scanCode(),
    "camera-close": () => closeCamera(),
    "form:ticket": () => way.giveTicket(page.field("ticket").value),
    again: () => way.again(),
    mark: (value) => way.mark(value),
    "form:contest": () => way.next(),
    change: (value) => way.change(Number(value)),
    reviewed: () => way.reviewed(),
    "form:free-will": () => way.freeWill(),
    cast: () => way.cast(),
    check: () => way.check(),
    "next-part": () => way.nextPart(),
    "copy-opening": () => copy(way.openingParts),
    seal: () => way.seal(),
    keep: () => way.keepOrNot(),
    save: () => saveFile(way.receipt, "ippyo-receipt.txt"),
    print: () => window.print(),
    retry: () => way.retry(),
    back: () => way.back(),
    finish: () => startAgain(),
    furigana: () => {
      const off = document.documentElement.classList.toggle("no-furigana");
      document.querySelector("[data-do=furigana]")?.setAttribute("aria-pressed", String(!off));
    },
    help: () => dialog("help")?.showModal(),
    "help-close": () => dialog("help")?.close(),
    "full-screen": () => document.documentElement.requestFullscreen().catch(() => undefined),
    stay: () => dialog("idle")?.close(),
  };
  /** These never wait for what is under way. */
  const always = new Set([
    ...["mark", "keep", "furigana", "help", "help-close", "print", "stay", "finish"],
    // A person who is asked whether the page may use the camera can take all the time there is.
    ...["scan", "camera-close"],
  ]);

  let busy = false;
  page.listen(async (action, event, value) => {
    const act = actions[action];
    if (act === undefined) return;
    if (event.type === "click" && action !== "mark" && action !== "keep") event.preventDefault();
    if (always.has(action)) {
      act(value);
      return;
    }
    // A second click while the first is under way means nothing new.
    if (busy) return;
    busy = true;
    page.busy(true);
    try {
      await act(value);
    } finally {
      busy = false;
      page.busy(false);
    }
  });

  for (const input of document.querySelectorAll("input[type=file]")) {
    input.addEventListener("change", async () => {
      const file = input instanceof HTMLInputElement ? input.files?.[0] : undefined;
      if (file === undefined) return;
      if (input.id === "ticket-file") {
        page.field("ticket").value = await file.text();
        await way.giveTicket(page.field("ticket").value);
        return;
      }
      const text = await (await import("./scan.js")).readPicture(file);
      if (text === null) page.wrong("voting-code", "no-qr");
      else await way.enterCode(text);
    });
  }
  dialog("camera")?.addEventListener("close", () => camera.abort());

  // The browser's own "back" goes one question back, and never drops what was answered.
  window.history.replaceState({ ippyo: 0 }, "");
  document.addEventListener("ippyo-screen", (event) => {
    const { before } = /** @type {CustomEvent} */ (event).detail;
    if (before === "welcome") window.history.pushState({ ippyo: 1 }, "");
  });
  window.addEventListener("popstate", () => {
    if (page.shown === "welcome") return;
    way.back();
    if (page.shown !== "welcome") window.history.pushState({ ippyo: 1 }, "");
  });
  window.addEventListener("beforeunload", (event) => {
    if (!page.leavable()) event.preventDefault();
  });
  // Who comes back by the browser's own button must not find somebody else's ballot on the screen.
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) window.location.reload();
  });

  let warned = "";
  setInterval(() => {
    const left = way.left;
    const bar = document.getElementById("closing");
    if (left === null || bar === null || page.shown === "done" || page.shown === "waiting") return;
    bar.hidden = left > HOUR_MS;
    const key = left <= 0 ? "closing.over" : left < 60_000 ? "closing.seconds" : "closing.minutes";
    const minutes = Math.ceil(left / 60_000);
    const sentence = page.word(key, { minutes: String(minutes), seconds: String(Math.max(0, Math.ceil(left / 1000))) });
    page.write("closing", sentence);
    // Heard at the hour, at ten minutes, at one, and at the close: not every second.
    const heard = left <= 0 ? "over" : [60, 10, 1].includes(minutes) ? String(minutes) : warned;
    if (heard !== warned && left <= HOUR_MS) {
      warned = heard;
      const status = document.getElementById("status");
      if (status !== null) status.textContent = plain(sentence);
    }
  }, CLOCK_MS);

  if (isKiosk) {
    const quiet = Number(new URLSearchParams(window.location.search).get("quiet"));
    const idle = new Idle(
      {
        needed: () => page.shown !== "welcome",
        warn: (seconds) => {
          page.write("idle", page.word("idle.warning", { seconds: String(seconds) }));
          const warning = dialog("idle");
          if (warning !== null && !warning.open) warning.showModal();
        },
        calm: () => dialog("idle")?.close(),
        wipe: () => void startAgain(),
      },
      Date.now,
      // The operator may shorten it in the address; nobody can make it longer than it is.
      quiet > 0 ? Math.min(90_000, 1000 * quiet) : undefined,
      quiet > 0 ? Math.min(30_000, 3000 * quiet) : undefined,
    );
    watchWindow(idle);
  }
  const resume = document.getElementById("resume");
  if (resume !== null) resume.hidden = isKiosk || way.kept === null;
  document.documentElement.dataset.script = "on";
  awaitHandover(window, registry, (handed) => void way.takeOver(handed));
}

const app = document.getElementById("app");
if (app !== null) run(app);
